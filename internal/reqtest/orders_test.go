package reqtest

import (
	"net/http"
	"strings"
	"testing"
)

func medRequirements() []requirement {
	return []requirement{
		{ID: "MED-1", Text: "DSTU2: two orders with date, prescriber and drug", Run: medOrders, Only: []string{"dstu2"}},
		{ID: "MED-2", Text: "STU3, R4: two requests with date, requester, intent and drug", Run: medOrders, Only: []string{"stu3", "r4"}},
		{ID: "MED-3", Text: "displays come from the target or the contained Medication", Run: medDisplay},
		{ID: "MED-4", Text: "dosage text; DSTU2 keeps dateEnded", Run: medDosage},
		{ID: "MED-5", Text: "MedicationStatement answers, be it empty", Run: medStatement},
		{ID: "MED-6", Text: "the other version's order type is refused, softly in a batch", Run: medOther},
	}
}

func medOrders(t *testing.T, g *Target) {
	p := g.as(t, tenantA).search(t, g.Face.Med+"?patient=p1&_count=10").has(t, "m1", "m2")
	when, who := "authoredOn", "requester.agent.display"
	switch {
	case g.Face.dstu2():
		when, who = "dateWritten", "prescriber.display"
	case g.Face.r4():
		who = "requester.display"
	}
	for id, date := range map[string]string{"m1": "2016-04-01", "m2": "2017-06-01"} {
		m := p.by(t, id)
		if str(m, when) != date || str(m, who) != "Dr. Ines Halvorsen" {
			t.Errorf("%s: %s %q, %s %q", id, when, str(m, when), who, str(m, who))
		}
		if !g.Face.dstu2() && str(m, "intent") != "order" {
			t.Errorf("%s: intent %q", id, str(m, "intent"))
		}
		if str(m, "medicationReference.display") == "" && str(m, "medicationCodeableConcept.text") == "" {
			t.Errorf("%s: no drug is named", id)
		}
	}
}

func medDisplay(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for id, want := range map[string]string{"m1": "lisinopril 10 MG Oral Tablet", "m3": "Salbutamol inhaler"} {
		m := c.get(t, g.Face.Med+"/"+id).want(t, http.StatusOK)
		if got := str(m.json, "medicationReference.display"); got != want {
			t.Errorf("%s: medicationReference.display is %q, want %q", id, got, want)
		}
	}
	m2 := c.get(t, g.Face.Med+"/m2").want(t, http.StatusOK)
	if got := str(m2.json, "medicationCodeableConcept.text"); got != "metformin 500 MG Oral Tablet" {
		t.Errorf("m2: medicationCodeableConcept.text is %q", got)
	}
}

func medDosage(t *testing.T, g *Target) {
	p := g.as(t, tenantA).search(t, g.Face.Med+"?patient=p1")
	if got := str(p.by(t, "m1"), "dosageInstruction.0.text"); got != "One tablet each morning" {
		t.Errorf("m1: dosage %q", got)
	}
	if got := str(p.by(t, "m2"), "dosageInstruction.0.text"); !strings.Contains(got, "500") || !strings.Contains(got, "mg") {
		t.Errorf("m2: dosage %q, want one composed from 500 mg", got)
	}
	if g.Face.dstu2() && str(p.by(t, "m1"), "dateEnded") != "2017-04-01" {
		t.Errorf("m1: dateEnded %q", str(p.by(t, "m1"), "dateEnded"))
	}
}

func medStatement(t *testing.T, g *Target) {
	g.as(t, tenantA).search(t, "MedicationStatement?patient=p1").has(t)
	g.as(t, tenantA).search(t, "MedicationStatement?patient=p4").has(t, "ms1")
}

func medOther(t *testing.T, g *Target) {
	other := "MedicationOrder"
	if g.Face.dstu2() {
		other = "MedicationRequest"
	}
	c := g.as(t, tenantA)
	for _, path := range []string{other + "?patient=p1", other + "/m1"} {
		c.get(t, path).want(t, http.StatusNotFound).outcome(t, "not-supported")
	}
	es := c.batch(t, "batch", other+"?patient=p1", "Patient/p1").entries(t, "batch-response", 2)
	entryStatus(t, es[0], "404")
	checkOutcome(t, "batch", entryOutcome(g, es[0]), "not-supported")
	entryStatus(t, es[1], "200")
}

func covRequirements() []requirement {
	return []requirement{
		{ID: "COV-1", Text: "Coverage by patient on every version", Run: covFound},
		{ID: "COV-2", Text: "plan, group, payor in the version's shape", Run: covShape},
		{ID: "COV-3", Text: "a beneficiary who is not the subscriber is found", From: []string{"stu3", "r4"}, Run: covBeneficiary, Only: []string{"stu3", "r4"}},
	}
}

func covFound(t *testing.T, g *Target) {
	for _, query := range []string{"patient=p1", "patient=Patient/p1", "Patient=p1"} {
		g.as(t, tenantA).search(t, "Coverage?"+query).has(t, "cov-1")
	}
	g.as(t, tenantA).search(t, "Coverage?patient=p2").has(t)
}

func covShape(t *testing.T, g *Target) {
	cov := g.as(t, tenantA).search(t, "Coverage?patient=p1").by(t, "cov-1")
	want := map[string]string{"period.start": "2018-01-01", "period.end": "2019-12-31"}
	switch {
	case g.Face.dstu2():
		want["plan"], want["group"], want["issuer.display"] = "Gold 500 Family Plan", "Harbour Works", "Nordlys Health Cover"
		want["subscriber.reference"], want["subscriberId.value"] = "Patient/p1", "NL-7001001-01"
	case g.Face.stu3():
		want["grouping.groupDisplay"], want["grouping.planDisplay"], want["subscriberId"] = "Harbour Works", "Gold 500 Family Plan", "NL-7001001-01"
		want["payor.0.display"] = "Nordlys Health Cover"
	default:
		want["class.0.name"], want["class.1.name"], want["subscriberId"] = "Harbour Works", "Gold 500 Family Plan", "NL-7001001-01"
		want["payor.0.display"] = "Nordlys Health Cover"
	}
	for path, value := range want {
		if got := str(cov, path); strings.TrimPrefix(got, g.Base+"/") != value {
			t.Errorf("%s is %q, want %q", path, got, value)
		}
	}
}

func covBeneficiary(t *testing.T, g *Target) {
	g.as(t, tenantA).search(t, "Coverage?patient=p4").has(t, "cov-4")
}

func locRequirements() []requirement {
	return []requirement{
		{ID: "LOC-1", Text: "an encounter's location is readable under the name shown", Run: locName},
		{ID: "LOC-2", Text: "all eight types, Practitioner and Organization are readable", Run: locAll},
	}
}

func locName(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, e := range c.search(t, "Encounter?patient=p1").resources {
		for _, l := range list(e, "location") {
			ref := strings.TrimPrefix(str(l, "location.reference"), g.Base+"/")
			if got, want := c.get(t, ref).want(t, http.StatusOK).text(t, "name"), str(l, "location.display"); got != want {
				t.Errorf("%s is called %q, the encounter shows %q", ref, got, want)
			}
		}
	}
}

func locAll(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, path := range []string{
		"Patient/p1", "Observation/v-hr", "Condition/c01", "Encounter/e1", "AllergyIntolerance/a1", "Coverage/cov-1",
		g.Face.Med + "/m1", "Location/loc-w3", "Practitioner/prac-1", "Organization/org-1", "Medication/med-1", "MedicationStatement/ms1",
	} {
		r := c.get(t, path).want(t, http.StatusOK)
		if got := r.text(t, "resourceType") + "/" + r.text(t, "id"); got != path {
			t.Errorf("%s is %s", path, got)
		}
	}
}
