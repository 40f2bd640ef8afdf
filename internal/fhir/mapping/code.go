package mapping

import (
	"slices"
	"strings"
	"sync"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Names of the code tables (tables/codes.txt), for [Code].
const (
	CodesAddressUse              = "address-use"
	CodesContactPointSystem      = "contact-point-system"
	CodesPatientLink             = "patient-link"
	CodesObservationStatus       = "observation-status"
	CodesDataAbsentReason        = "data-absent-reason"
	CodesContactRelationship     = "contact-relationship"
	CodesConditionCategory       = "condition-category"
	CodesConditionClinical       = "condition-clinical"
	CodesConditionVerification   = "condition-ver-status"
	CodesEncounterStatus         = "encounter-status"
	CodesEncounterClass          = "encounter-class"
	CodesAllergyClinical         = "allergy-clinical"
	CodesAllergyVerification     = "allergy-verification"
	CodesAllergyCriticality      = "allergy-criticality"
	CodesAllergyCategory         = "allergy-category"
	CodesMedicationRequestStatus = "medication-request-status"
	CodesMedicationRequestIntent = "medication-request-intent"
	CodesMedicationStatement     = "medication-statement-status"
	CodesIssueType               = "issue-type"
)

// A codeTable is one section of tables/codes.txt.
type codeTable struct {
	name    string
	systems [versions]string
	coding  bool // for every Coding of the system
	rows    []codeRow
}

type codeRow struct {
	cells [versions]string // a leading ">" is written so and never read so
	keep  bool
	rule  string
}

var codeTables = sync.OnceValue(func() map[string]*codeTable {
	all := map[string]*codeTable{}
	var t *codeTable
	for _, l := range lines("codes") {
		words := strings.Fields(l)
		switch {
		case words[0] == "coding":
			t.coding = true
		case words[0] == "system":
			t.systems = [versions]string(repeat(words[1:]))
		case len(words) == 1:
			t = &codeTable{name: l}
			all[l] = t
		default:
			r := codeRow{cells: [versions]string(repeat(words[:versions]))}
			for _, w := range words[versions:] {
				if w == "keep" {
					r.keep = true
					continue
				}
				r.rule = w
			}
			t.rows = append(t.rows, r)
		}
	}
	return all
})

// translate gives a code's row, and its code in another version: "" when there
// is none. A code without a row is the same everywhere: row is then nil.
func (t *codeTable) translate(code string, from, to fhir.Version) (string, *codeRow) {
	for i := range t.rows {
		if code != "" && t.rows[i].cells[from-1] == code {
			return strings.TrimPrefix(t.rows[i].cells[to-1], ">"), &t.rows[i]
		}
	}
	return code, nil
}

// Code gives the codes of version to that stand for a code of version from in
// one of the code tables: first what [Resource] makes of the code, then every
// code that Resource would turn into it on the way back. A search that asks for
// all of them misses nothing, but may find more than was asked for: judge the
// converted matches. ok is false for a table or a code that is not listed; a
// listed code that nothing stands for gives no codes.
//
// What two elements say together (the status of an AllergyIntolerance or a
// MedicationStatement) is not in the tables.
func Code(table, code string, from, to fhir.Version) (codes []string, ok bool) {
	t := codeTables()[table]
	if t == nil || !from.Valid() || !to.Valid() {
		return nil, false
	}
	forward, r := t.translate(code, from, to)
	if r == nil {
		return nil, false
	}
	if forward != "" {
		codes = append(codes, forward)
	}
	for i := range t.rows {
		c := t.rows[i].cells[to-1]
		if c == "" || c[0] == '>' || slices.Contains(codes, c) {
			continue
		}
		if back, _ := t.translate(c, to, from); back == code {
			codes = append(codes, c)
		}
	}
	return codes, true
}

const (
	baseOld = "http://hl7.org/fhir/"
	baseNew = "http://terminology.hl7.org/CodeSystem/"
)

// systemTable is tables/systems.txt.
type systemTable struct {
	by    [versions]map[string]*[versions]string
	moved map[string]bool
}

var systems = sync.OnceValue(func() *systemTable {
	t := &systemTable{moved: map[string]bool{}}
	for i := range t.by {
		t.by[i] = map[string]*[versions]string{}
	}
	for _, l := range lines("systems") {
		words := strings.Fields(l)
		if words[0] == "moved" {
			for _, n := range words[1:] {
				t.moved[n] = true
			}
			continue
		}
		r := [versions]string(repeat(words))
		for i, u := range r {
			if u != "" && u[0] != '>' {
				t.by[i][u] = &r
			}
		}
	}
	return t
})

// System is the URI of a code system in another version (version-mapping §2).
// A system that sloppy sources give with https:, or in the spelling of another
// version than their own, is understood; an unknown one comes back as it is.
func System(uri string, from, to fhir.Version) string {
	if !from.Valid() || !to.Valid() {
		return uri
	}
	for _, host := range []string{"hl7.org/fhir/", "terminology.hl7.org/"} {
		if rest, ok := strings.CutPrefix(uri, "https://"); ok && strings.HasPrefix(rest, host) {
			uri = "http://" + rest
		}
	}
	if !strings.HasPrefix(uri, baseOld) && !strings.HasPrefix(uri, baseNew) {
		return uri
	}
	t := systems()
	for _, v := range []fhir.Version{from, fhir.R4, fhir.STU3, fhir.DSTU2} {
		if r := t.by[v-1][uri]; r != nil {
			return strings.TrimPrefix(r[to-1], ">")
		}
	}
	if to == fhir.R4 {
		return t.up(uri)
	}
	return t.down(uri)
}

func (t *systemTable) up(uri string) string {
	name, ok := strings.CutPrefix(uri, baseOld)
	switch {
	case !ok:
		return uri
	case strings.HasPrefix(name, "v2/"), strings.HasPrefix(name, "v3/"):
		return baseNew + strings.ReplaceAll(name, "/", "-")
	case t.moved[name]:
		return baseNew + name
	}
	return uri
}

func (t *systemTable) down(uri string) string {
	name, ok := strings.CutPrefix(uri, baseNew)
	switch {
	case !ok:
		return uri
	case strings.HasPrefix(name, "v2-"):
		return baseOld + strings.ReplaceAll(name, "-", "/")
	case strings.HasPrefix(name, "v3-"):
		return baseOld + strings.Replace(name, "-", "/", 1)
	case t.moved[name]:
		return baseOld + name
	}
	return uri
}
