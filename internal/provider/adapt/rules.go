package adapt

import (
	"iter"
	"strings"
	"sync"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// rules say, for one resource type in one version, what the app needs filled.
type rules struct {
	statusParam string   // search parameter that tells what was entered in error
	status      string   // and the path of the element
	concepts    []string // CodeableConcepts whose text and display fill each other
	references  []string // References whose display must be there
	fills       []func(*pass)
}

// ruleSets are the rules of each version, made once.
var ruleSets = [...]func() map[string]*rules{
	fhir.DSTU2: sync.OnceValue(func() map[string]*rules { return rulesOf(fhir.DSTU2) }),
	fhir.STU3:  sync.OnceValue(func() map[string]*rules { return rulesOf(fhir.STU3) }),
	fhir.R4:    sync.OnceValue(func() map[string]*rules { return rulesOf(fhir.R4) }),
}

// rulesOf gives the rules of a version by type. Paths are dotted member names;
// arrays are walked.
func rulesOf(v fhir.Version) map[string]*rules {
	request := &rules{
		statusParam: "status", status: "status",
		concepts: []string{"medicationCodeableConcept"},
		fills:    []func(*pass){dosageText("dosageInstruction")},
	}
	statement := &rules{
		statusParam: "status", status: "status",
		concepts:   []string{"medicationCodeableConcept"},
		references: []string{"medicationReference"},
		fills:      []func(*pass){dosageText("dosage")},
	}
	m := map[string]*rules{
		"Patient":             {fills: []func(*pass){patientName, patientGender, patientMRN}},
		"Observation":         {statusParam: "status", status: "status", concepts: []string{"code", "component.code"}, fills: []func(*pass){vitalSigns, need("status", `"unknown"`)}},
		"Condition":           {statusParam: "verification-status", status: "verificationStatus", concepts: []string{"code", "severity"}},
		"Encounter":           {statusParam: "status", status: "status", concepts: []string{"type"}, references: []string{"location.location", "participant.individual"}},
		"AllergyIntolerance":  {statusParam: "verification-status", status: "verificationStatus", concepts: []string{"code", "reaction.substance", "reaction.manifestation"}},
		"MedicationStatement": statement,
		"Medication":          {concepts: []string{"code"}},
		"Coverage":            {statusParam: "status", status: "status", references: []string{"payor"}},
	}
	switch v {
	case fhir.DSTU2:
		m["Patient"].references = []string{"careProvider"}
		m["AllergyIntolerance"] = &rules{statusParam: "status", status: "status", concepts: []string{"substance", "reaction.substance", "reaction.manifestation"}}
		m["Coverage"] = &rules{references: []string{"issuer"}, fills: []func(*pass){coveragePlan}}
		request.references = []string{"prescriber", "medicationReference"}
		m["MedicationOrder"] = request
	case fhir.STU3:
		m["Patient"].references = []string{"generalPractitioner"}
		m["Coverage"].fills = []func(*pass){coverageGrouping}
		m["AllergyIntolerance"].fills = []func(*pass){need("verificationStatus", `"unconfirmed"`)}
		request.references = []string{"requester.agent", "medicationReference"}
		request.fills = append(request.fills, need("intent", `"order"`))
		m["MedicationRequest"] = request
	case fhir.R4:
		m["Patient"].references = []string{"generalPractitioner"}
		m["Coverage"].fills = []func(*pass){coverageClass}
		request.references = []string{"requester", "medicationReference"}
		request.fills = append(request.fills, need("intent", `"order"`), need("status", `"unknown"`))
		m["MedicationRequest"] = request
	}
	return m
}

// need is the fill that gives a resource a member it must have.
func need(member, raw string) func(*pass) {
	return func(p *pass) {
		if !p.root.Get(member).Exists() {
			p.set(p.root, fhir.Member{Name: member, Raw: []byte(raw)})
		}
	}
}

// inError reports whether the record says of itself that it was a mistake: a
// plain code up to STU3, a CodeableConcept in R4.
func (r *rules) inError(root fhir.Node) bool {
	if r.status == "" {
		return false
	}
	s := root.Get(r.status)
	if s.Is(enteredInError) {
		return true
	}
	for c := range s.Get("coding").Values() {
		if c.Get("code").Is(enteredInError) {
			return true
		}
	}
	return false
}

// nodes yields the values at a dotted path, walking through arrays.
func nodes(n fhir.Node, path string) iter.Seq[fhir.Node] {
	return func(yield func(fhir.Node) bool) { visit(n, path, yield) }
}

func visit(n fhir.Node, path string, yield func(fhir.Node) bool) bool {
	if !n.IsArray() {
		return !n.Exists() || step(n, path, yield)
	}
	for v := range n.Children() {
		if !step(v, path, yield) {
			return false
		}
	}
	return true
}

func step(v fhir.Node, path string, yield func(fhir.Node) bool) bool {
	if path == "" {
		return yield(v)
	}
	name, rest, _ := strings.Cut(path, ".")
	return visit(v.Get(name), rest, yield)
}
