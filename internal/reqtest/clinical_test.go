package reqtest

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func condRequirements() []requirement {
	return []requirement{
		{ID: "COND-1", Text: "ten of twelve", Run: condCount},
		{ID: "COND-2", Text: "every condition has a display", Run: condDisplay},
		{ID: "COND-3", Text: "date and patient under the version's names", Run: condShape},
		{ID: "COND-4", Text: "severity keeps its display", Run: condSeverity},
	}
}

func condCount(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	p := c.search(t, "Condition?patient=p1&_count=10")
	if len(p.ids) != 10 || p.total != 12 || p.next == "" {
		t.Fatalf("%d entries of %d, next %q, want 10 of 12 and a next link", len(p.ids), p.total, p.next)
	}
	n := c.search(t, p.next)
	all := append(slices.Clone(p.ids), n.ids...)
	slices.Sort(all)
	if len(slices.Compact(all)) != 12 || len(n.ids) != 2 {
		t.Errorf("the two pages have %v", all)
	}
}

func condDisplay(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for id, want := range map[string]string{"c01": "Hypertensive disorder", "c11": "Pain in left knee", "c12": "84229001", "c13": "Short of breath"} {
		r := c.get(t, "Condition/"+id).want(t, http.StatusOK)
		if got := str(r.json, "code.coding.0.display"); got != want {
			t.Errorf("%s: code.coding[0].display is %q, want %q", id, got, want)
		}
	}
	for _, r := range c.search(t, "Condition?patient=p1&_count=50").resources {
		if str(r, "code.coding.0.display") == "" || str(r, "code.text") == "" {
			t.Errorf("%s: code %v", str(r, "id"), at(r, "code"))
		}
	}
}

func condShape(t *testing.T, g *Target) {
	for _, r := range g.as(t, tenantA).search(t, "Condition?patient=p1&_count=50").resources {
		when, who, status := "assertedDate", "subject.reference", "verificationStatus"
		switch {
		case g.Face.dstu2():
			when, who = "dateRecorded", "patient.reference"
		case g.Face.r4():
			when, status = "recordedDate", "verificationStatus.coding.0.code"
		}
		got := str(r, when)
		if !dateTime.MatchString(got) || g.Face.dstu2() && len(got) > 10 {
			t.Errorf("%s: %s is %q", str(r, "id"), when, got)
		}
		if !strings.HasSuffix(str(r, who), "Patient/p1") || str(r, status) != "confirmed" {
			t.Errorf("%s: %s %q, %s %q", str(r, "id"), who, str(r, who), status, str(r, status))
		}
	}
}

func condSeverity(t *testing.T, g *Target) {
	r := g.as(t, tenantA).get(t, "Condition/c01").want(t, http.StatusOK)
	if str(r.json, "severity.coding.0.display") != "Severe" || str(r.json, "severity.coding.0.code") != "24484000" {
		t.Errorf("severity %v", at(r.json, "severity"))
	}
}

func encRequirements() []requirement {
	return []requirement{
		{ID: "ENC-1", Text: "the latest encounter, in both sort syntaxes", Run: encLatest},
		{ID: "ENC-2", Text: "status is the version's", Run: encStatus},
		{ID: "ENC-3", Text: "type and location are named, the current location first", Run: encDisplay},
		{ID: "ENC-4", Text: "a sloppy start is emitted as a dateTime", Run: encSloppy},
		{ID: "ENC-5", Text: "class in the version's shape", Run: encClass},
		{ID: "ENC-6", Text: "equal starts: open first; no period last", Run: encOrder},
	}
}

func encLatest(t *testing.T, g *Target) {
	for _, sort := range []string{"_sort:desc=date", "_sort=-date", "_sort%3Adesc=date", "sort:desc=date"} {
		p := g.as(t, tenantA).search(t, "Encounter?patient=p1&"+sort+"&_count=1").inOrder(t, "e3")
		if p.total != 3 {
			t.Errorf("%s: total %d, want 3", sort, p.total)
		}
	}
}

func encStatus(t *testing.T, g *Target) {
	legal := []string{"planned", "arrived", "in-progress", "onleave", "finished", "cancelled"}
	if !g.Face.dstu2() {
		legal = append(legal, "triaged", "unknown")
	}
	for _, patient := range []string{"p1", "p4", "p5"} {
		for _, r := range g.as(t, tenantA).search(t, "Encounter?patient="+patient).resources {
			if !slices.Contains(legal, str(r, "status")) {
				t.Errorf("%s: status %q", str(r, "id"), str(r, "status"))
			}
		}
	}
}

func encDisplay(t *testing.T, g *Target) {
	p := g.as(t, tenantA).search(t, "Encounter?patient=p1")
	for id, want := range map[string][2]string{
		"e1": {"Check up", "Emergency Department"}, "e2": {"Encounter for symptom", "Ward 3 East"}, "e3": {"Inpatient stay", "Ward 3 East"},
	} {
		e := p.by(t, id)
		if got := [2]string{str(e, "type.0.coding.0.display"), str(e, "location.0.location.display")}; got != want {
			t.Errorf("%s: type and first location are %q, want %q", id, got, want)
		}
	}
	if n := len(list(p.by(t, "e3"), "location")); n != 2 {
		t.Errorf("e3 has %d locations, want both", n)
	}
}

func encSloppy(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, e := range []any{c.get(t, "Encounter/e5-sloppy").want(t, http.StatusOK).json, c.search(t, "Encounter?patient=p5").by(t, "e5-sloppy")} {
		if got := str(e, "period.start"); !dateTime.MatchString(got) || !strings.HasPrefix(got, "2018-09-17T13:00:00") {
			t.Errorf("period.start %q, want 2018-09-17T13:00:00 with a zone", got)
		}
	}
}

func encClass(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for id, want := range map[string][2]string{"e1": {"ambulatory", "AMB"}, "e3": {"inpatient", "IMP"}} {
		e := c.get(t, "Encounter/"+id).want(t, http.StatusOK).json
		if g.Face.dstu2() {
			if str(e, "class") != want[0] {
				t.Errorf("%s: class %v, want the code %s", id, at(e, "class"), want[0])
			}
		} else if str(e, "class.code") != want[1] || str(e, "class.system") == "" {
			t.Errorf("%s: class %v, want a Coding of %s", id, at(e, "class"), want[1])
		}
	}
}

func encOrder(t *testing.T, g *Target) {
	for _, sort := range []string{"_sort:desc=date", "_sort=-date"} {
		g.as(t, tenantA).search(t, "Encounter?patient=p4&"+sort).inOrder(t, "e4-open", "e4-closed", "e4-none")
	}
	p := g.as(t, tenantA).search(t, "Encounter?patient=p4&_sort=date")
	if len(p.ids) != 3 || p.ids[2] != "e4-none" {
		t.Errorf("oldest first is %v, want the one without a period last", p.ids)
	}
}

func algRequirements() []requirement {
	return []requirement{
		{ID: "ALG-1", Text: "both allergies, Patient= too", Run: algBoth},
		{ID: "ALG-2", Text: "substance and status in the version's shape", Run: algShape},
		{ID: "ALG-3", Text: "verificationStatus always; clinicalStatus unless entered in error", Run: algStatus, Only: []string{"stu3", "r4"}},
		{ID: "ALG-4", Text: "note and reaction in the version's shape", Run: algReaction},
		{ID: "ALG-5", Text: "text and display are filled from each other", Run: algFilled},
	}
}

func algBoth(t *testing.T, g *Target) {
	for _, query := range []string{"patient=p1", "Patient=p1", "Patient%20=%20p1", "patient=Patient/p1"} {
		g.as(t, tenantA).search(t, "AllergyIntolerance?"+query).has(t, "a1", "a2")
	}
}

func (f Face) substance() string {
	if f.dstu2() {
		return "substance"
	}
	return "code"
}

func algShape(t *testing.T, g *Target) {
	for _, a := range g.as(t, tenantA).search(t, "AllergyIntolerance?patient=p1").resources {
		id := str(a, "id")
		if str(a, g.Face.substance()+".text") == "" || str(a, g.Face.substance()+".coding.0.display") == "" {
			t.Errorf("%s: %s %v", id, g.Face.substance(), at(a, g.Face.substance()))
		}
		switch {
		case g.Face.dstu2():
			if legal := []string{"active", "unconfirmed", "confirmed", "inactive", "resolved", "refuted", "entered-in-error"}; !slices.Contains(legal, str(a, "status")) {
				t.Errorf("%s: status %q", id, str(a, "status"))
			}
		case g.Face.stu3():
			if str(a, "clinicalStatus") != "active" || str(a, "verificationStatus") == "" {
				t.Errorf("%s: clinicalStatus %v, verificationStatus %v, want codes", id, at(a, "clinicalStatus"), at(a, "verificationStatus"))
			}
		default:
			if str(a, "clinicalStatus.coding.0.code") != "active" || str(a, "verificationStatus.coding.0.code") == "" {
				t.Errorf("%s: clinicalStatus %v, verificationStatus %v, want concepts", id, at(a, "clinicalStatus"), at(a, "verificationStatus"))
			}
		}
		when := "recordedDate"
		if g.Face.stu3() {
			when = "assertedDate"
		}
		if !dateTime.MatchString(str(a, when)) || !strings.HasSuffix(str(a, "patient.reference"), "Patient/p1") {
			t.Errorf("%s: %s %q, patient %v", id, when, str(a, when), at(a, "patient"))
		}
	}
}

// algStatus: a4 was recorded without a verificationStatus, a5 in error.
func algStatus(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, patient := range []string{"p1", "p4", "p5"} {
		for _, a := range c.search(t, "AllergyIntolerance?patient="+patient).resources {
			ver, clin := str(a, "verificationStatus"), at(a, "clinicalStatus")
			if g.Face.r4() {
				ver = str(a, "verificationStatus.coding.0.code")
			}
			if g.Face.stu3() && ver == "" {
				t.Errorf("%s has no verificationStatus", str(a, "id"))
			}
			if (ver == "entered-in-error") != (clin == nil) {
				t.Errorf("%s: verificationStatus %q and clinicalStatus %v", str(a, "id"), ver, clin)
			}
		}
	}
	c.search(t, "AllergyIntolerance?patient=p4").has(t, "a4")
}

func algReaction(t *testing.T, g *Target) {
	p := g.as(t, tenantA).search(t, "AllergyIntolerance?patient=p1")
	a1, a2 := p.by(t, "a1"), p.by(t, "a2")
	note := "note.0.text"
	if g.Face.dstu2() {
		note = "note.text"
	}
	if str(a1, note) != "Carries an adrenaline pen" {
		t.Errorf("%s: %v", note, at(a1, "note"))
	}
	for path, want := range map[string]string{
		"reaction.0.manifestation.0.text": "Hives", "reaction.0.manifestation.0.coding.0.code": "247472004",
		"reaction.0.substance.text": "Peanut - dietary", "reaction.0.substance.coding.0.display": "Peanut - dietary",
	} {
		if got := str(a1, path); got != want {
			t.Errorf("a1: %s is %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{
		"reaction.0.manifestation.0.text": "Swelling of lips", "reaction.0.substance.text": "Cashew", "reaction.0.substance.coding.0.display": "Cashew",
	} {
		if got := str(a2, path); got != want {
			t.Errorf("a2: %s is %q, want %q", path, got, want)
		}
	}
}

func algFilled(t *testing.T, g *Target) {
	p := g.as(t, tenantA).search(t, "AllergyIntolerance?patient=p1")
	for id, want := range map[string]string{"a1": "Peanut", "a2": "Cashew nuts"} {
		a := p.by(t, id)
		if str(a, g.Face.substance()+".text") != want || str(a, g.Face.substance()+".coding.0.display") != want {
			t.Errorf("%s: %v, want text and display %q", id, at(a, g.Face.substance()), want)
		}
	}
}
