package apptest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Finding is a difference between what the app shows of a patient and what
// the record has.
type Finding struct{ Patient, What, Want, Got string }

func (f Finding) String() string {
	return fmt.Sprintf("Patient/%s: %s: want %s, got %s", f.Patient, f.What, f.Want, f.Got)
}

// Shown is what the app shows of one patient: the row, and the sections of the
// page.
type Shown struct {
	Entry    Entry
	Sections map[string]Section
}

// newestRead is how many of the newest vital signs a list reads: a cell may say
// that there is none among them.
const newestRead = 100

// Judge holds what is shown of a patient against the record.
func (r *Record) Judge(id string, shown Shown) []Finding {
	p := r.people[id]
	if p == nil {
		return []Finding{{id, "the patient", "one of the record", "shown"}}
	}
	j := &judging{id: id, version: r.version, person: p, shown: shown, types: map[string]string{}, withheld: map[string][]object{}}
	for i, typ := range recordTypes(r.version) {
		j.types[kinds[i]] = typ
		for _, o := range p.of[typ] {
			if modified(o) && (kinds[i] != "vitals" || isVital(o)) {
				j.withheld[kinds[i]] = append(j.withheld[kinds[i]], o)
			}
		}
	}
	j.identity()
	j.settled()
	j.onlyOfPatient()
	j.vitals()
	j.problems()
	j.allergies()
	j.medications()
	j.encounters()
	j.coverage()
	return j.found
}

type judging struct {
	id, version string
	person      *person
	shown       Shown
	found       []Finding
	types       map[string]string   // by kind
	withheld    map[string][]object // by kind: what nobody may show who does not understand it
}

// modified reports whether a record has something that may change its meaning
// (FHIR R4 extensibility §2.4.1): it must not be shown as if it had not.
func modified(o object) bool { return len(list(o, "modifierExtension")) > 0 }

func (j *judging) say(what, want, got string) {
	if want != got {
		j.found = append(j.found, Finding{j.id, what, strconv.Quote(want), strconv.Quote(got)})
	}
}

func (j *judging) count(what string, want, got int) {
	j.say(what, strconv.Itoa(want), strconv.Itoa(got))
}

// of are the records of a type that can be shown.
func (j *judging) of(typ string) []object {
	return slices.DeleteFunc(slices.Clone(j.person.of[typ]), modified)
}

// identity: name, birth date, gender and, when typed, the record number.
func (j *judging) identity() {
	got, p := j.shown.Entry.Identity, j.person.patient
	name := nameOf(list(p, "name"))
	switch {
	case name == nil: // the interface demands a family name, and a partner that has none says so
		if got.Family != "" {
			j.say("family name", "Unknown", got.Family)
		}
	case strs(name, "family")+strs(name, "given") == "":
		j.say("name as text", str(name, "text"), got.Text)
	default:
		if want := strs(name, "family"); want != "" || got.Family != "Unknown" {
			j.say("family name", want, got.Family)
		}
		j.say("given names", strs(name, "given"), got.Given)
	}
	j.say("birth date", str(p, "birthDate"), got.Born)
	if want := str(p, "gender"); want != "" || got.Gender != "unknown" {
		j.say("gender", want, got.Gender)
	}
	if numbers := typedMR(list(p, "identifier")); len(numbers) == 0 {
		j.say("MRN", "", got.MRN)
	} else if !slices.Contains(numbers, got.MRN) {
		j.say("MRN", strings.Join(numbers, " or "), got.MRN)
	}
	j.say("state of the row", "ok", j.shown.Entry.State)
}

// nameOf is the name to show: official, else usual, else without use, else any.
func nameOf(names []any) any {
	for _, use := range []string{"official", "usual", "", "nickname"} {
		for _, n := range names {
			if ended := str(n, "period", "end"); str(n, "use") == use && (ended == "" || when(ended).After(time.Now())) && (strs(n, "family") != "" || strs(n, "given") != "" || str(n, "text") != "") {
				return n
			}
		}
	}
	if len(names) > 0 {
		return names[0]
	}
	return nil
}

func typedMR(identifiers []any) (out []string) {
	for _, i := range identifiers {
		if has(at(i, "type"), "MR") && str(i, "value") != "" {
			out = append(out, strings.Join(strings.Fields(str(i, "value")), " "))
		}
	}
	return out
}

// settled: no cell is left to be guessed from emptiness (ui §6.1).
func (j *judging) settled() {
	for column, c := range j.shown.Entry.Cells {
		switch c.Status {
		case "loaded":
			if len(c.Items) == 0 {
				j.say("cell "+column, "items, as it is loaded", "none")
			}
		case "none":
			j.count("items of the empty cell "+column, 0, len(c.Items))
		case "failed":
			if c.Reason == "" || len(j.withheld[column]) == 0 {
				j.say("status of cell "+column, "loaded or none", c.Status+" "+c.Reason)
			}
		default:
			j.say("status of cell "+column, "loaded or none", c.Status+" "+c.Reason)
		}
	}
	for _, k := range kinds {
		s := j.shown.Sections[k]
		if n := len(j.withheld[k]); n > 0 {
			j.say("section "+k+", of which some cannot be given", "incomplete", complete(s))
			continue
		}
		if s.Status != "loaded" && s.Status != "none" {
			j.say("status of section "+k, "loaded or none", s.Status+" "+s.Reason)
		}
		j.say("section "+k, "complete", complete(s))
	}
}

func complete(s Section) string {
	if s.Complete {
		return "complete"
	}
	return "incomplete"
}

// total wants as many in a section as the record has. Of those that cannot be
// given the section says that there are more than it shows.
func (j *judging) total(kind string, want int) {
	s := j.shown.Sections[kind]
	if n := len(j.withheld[kind]); n > 0 {
		if kind != "vitals" {
			j.count("items of section "+kind, want, len(s.Items))
		}
		return
	}
	j.count("section "+kind, want, s.Total)
}

// onlyOfPatient: each item is a record of this patient, and none that was
// entered in error.
func (j *judging) onlyOfPatient() {
	check := func(where, kind, id string) {
		id, _, _ = strings.Cut(id, "#")
		i := slices.IndexFunc(j.of(j.types[kind]), func(o object) bool { return str(o, "id") == id })
		switch {
		case i < 0:
			j.say(where, "a record of this patient", id)
		case inError(j.of(j.types[kind])[i]):
			j.say(where, "nothing entered in error", id)
		}
	}
	for column, c := range j.shown.Entry.Cells {
		kind := column
		switch column {
		case "gender", "gp", "preferred", "identity":
			continue // of the Patient
		case "status", "type", "location", "admitted", "day":
			kind = "encounters"
		default:
			if j.types[kind] == "" {
				kind = "vitals"
			}
		}
		for _, it := range c.Items {
			check("cell "+column, kind, it.ID)
		}
	}
	for k, s := range j.shown.Sections {
		for _, it := range s.Items {
			check("section "+k, k, it.ID)
		}
		for _, v := range s.Series {
			for _, pt := range v.Points {
				check("series "+v.Vital, "vitals", pt.ID)
			}
		}
	}
}

func inError(o object) bool {
	return str(o, "status") == "entered-in-error" || has(at(o, "verificationStatus"), "entered-in-error")
}

func (j *judging) problems() {
	all, active := 0, map[string]bool{}
	for _, c := range j.of("Condition") {
		if inError(c) || has(at(c, "verificationStatus"), "refuted") || !says(at(c, "code")) && !narrated(c) {
			continue
		}
		all++
		status := at(c, "clinicalStatus")
		ended := slices.ContainsFunc([]string{"abatementDateTime", "abatementPeriod", "abatementAge", "abatementString", "abatementBoolean", "abatementQuantity", "abatementRange", "abatement"},
			func(name string) bool { return at(c, name) != nil && at(c, name) != false })
		if has(status, "active", "recurrence", "relapse") || status == nil && !ended {
			active[str(c, "id")] = true
		}
	}
	j.total("problems", all)
	j.items("active problems", active, j.shown.Entry.Cells["problems"].Items)
}

// items wants these records in a cell, each once.
func (j *judging) items(what string, want map[string]bool, got []Item) {
	j.count("count of "+what, len(want), len(got))
	for _, it := range got {
		if !want[it.ID] {
			j.say(what, "none of "+it.ID, it.Text+" "+it.State)
		}
		if it.Text == "" || !it.Current {
			j.say(what, "current, with words", fmt.Sprintf("%q current %t", it.Text, it.Current))
		}
	}
}

// noAllergy are codes of SNOMED CT that say that there is none.
var noAllergy = []string{"716186003", "409137002", "428607008", "429625007", "160244002"}

func (j *judging) allergies() {
	all, state := 0, "notRecorded"
	for _, a := range j.of("AllergyIntolerance") {
		code := cmp.Or(at(a, "code"), at(a, "substance"))
		if inError(a) || str(a, "status") == "refuted" || has(at(a, "verificationStatus"), "refuted") || !says(code) && !narrated(a) && !says(at(a, "reaction", "substance")) {
			continue
		}
		all++
		status := cmp.Or(at(a, "clinicalStatus"), at(a, "status"))
		switch {
		case status != nil && !has(status, "active", "confirmed", "unconfirmed"):
		case has(code, noAllergy...):
			if state == "notRecorded" {
				state = "none"
			}
		default:
			state = "known"
		}
	}
	j.total("allergies", all)
	if len(j.withheld["allergies"]) > 0 && state != "known" {
		state = "unavailable"
	}
	j.say("PAB-0064: title of the section", state, j.shown.Sections["allergies"].Allergy)
	j.say("PAB-0064: note of the cell", state, j.shown.Entry.Cells["allergies"].Note)
}

func (j *judging) medications() {
	all, current, stopped := 0, map[string]bool{}, 0
	for _, m := range j.of(j.types["medications"]) {
		if inError(m) {
			continue
		}
		all++
		status := cmp.Or(str(m, "status"), "active")
		ended := str(m, "dateEnded") != "" && when(str(m, "dateEnded")).Before(time.Now())
		unordered := slices.Contains([]string{"proposal", "plan"}, str(m, "intent")) || at(m, "doNotPerform") == true
		if slices.Contains([]string{"active", "on-hold", "unknown"}, status) && !ended && !unordered {
			current[str(m, "id")] = true
		} else {
			stopped++
		}
	}
	section := j.shown.Sections["medications"]
	j.total("medications", all)
	j.items("current medications", current, j.shown.Entry.Cells["medications"].Items)
	past := 0
	for _, it := range section.Items {
		if !it.Current {
			past++
		}
	}
	j.count("medications that are not current", stopped, past)
}

func (j *judging) encounters() {
	all, here := 0, false
	var newest time.Time
	for _, e := range j.of("Encounter") {
		status := str(e, "status")
		if inError(e) || status == "cancelled" {
			continue
		}
		all++
		here = here || slices.Contains([]string{"in-progress", "arrived", "triaged", "onleave"}, status)
		if t := when(str(e, "period", "start")); t.After(newest) {
			newest = t
		}
	}
	section := j.shown.Sections["encounters"]
	j.total("encounters", all)
	if len(section.Items) == 0 {
		return
	}
	first := section.Items[0]
	j.say("the first encounter is in progress", strconv.FormatBool(here), strconv.FormatBool(first.Current))
	cell := j.shown.Entry.Cells["status"]
	if here && (len(cell.Items) != 1 || !cell.Items[0].Current) {
		j.say("the stay's status", "of the encounter in progress", fmt.Sprintf("%+v", cell.Items))
	}
	if !here && j.shown.Entry.Bed != "" && j.shown.Entry.BedFrom == "ehr" {
		j.say("bed of who has left", "", j.shown.Entry.Bed)
	}
	if !here && !newest.IsZero() && len(cell.Items) == 1 {
		for _, e := range j.of("Encounter") {
			if str(e, "id") == cell.Items[0].ID && !when(str(e, "period", "start")).Equal(newest) && str(e, "status") == "finished" {
				j.say("the stay is the newest encounter", newest.Format(time.RFC3339), str(e, "period", "start"))
			}
		}
	}
}

func (j *judging) coverage() {
	all := 0
	for _, c := range j.of("Coverage") {
		if !inError(c) {
			all++
		}
	}
	j.total("coverage", all)
}
