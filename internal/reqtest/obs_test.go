package reqtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func obsRequirements() []requirement {
	return []requirement{
		{ID: "OBS-1", Text: "a patient's vitals, newest first", Run: vitalsBy("_sort:desc=date")},
		{ID: "OBS-2", Text: "the other spellings of the sort", Run: several(vitalsBy("_sort=-date"), vitalsBy("_sort%3Adesc=date"), obsAscending)},
		{ID: "OBS-3", Text: "sort without underscore", Run: vitalsBy("sort:desc=date")},
		{ID: "OBS-4", Text: "category in every system and none", Run: obsCategory},
		{ID: "OBS-5", Text: "status, code, time and value in every entry", Run: obsFields},
		{ID: "OBS-6", Text: "category in the version's shape", Run: obsCategoryShape},
		{ID: "OBS-7", Text: "mixed dates sort by instant, missing last", Run: obsMixed},
		{ID: "OBS-8", Text: "three ways to name the patient", Run: obsPatient},
		{ID: "OBS-9", Text: "code finds components; comma is or", Run: obsCode},
		{ID: "OBS-10", Text: "date bounds", Run: obsDates},
		{ID: "OBS-11", Text: "entered in error: withheld here, there on the store's own endpoint", Run: obsInError},
	}
}

// vitals are p1's, newest first.
func vitals() []string { return []string{"v-temp", "v-rr", "v-bp", "v-hr", "v-bmi"} }

func vitalsBy(sort string) func(*testing.T, *Target) {
	return func(t *testing.T, g *Target) {
		g.as(t, tenantA).search(t, "Observation?patient=p1&"+sort+"&category=vital-signs").inOrder(t, vitals()...).has(t, vitals()...)
	}
}

func obsAscending(t *testing.T, g *Target) {
	up := vitals()
	slices.Reverse(up)
	for _, sort := range []string{"_sort=date", "_sort:asc=date"} {
		g.as(t, tenantA).search(t, "Observation?patient=p1&"+sort+"&category=vital-signs").inOrder(t, up...)
	}
}

func mixed() []string {
	return []string{"mx-period", "mx-frac", "mx-offset", "mx-utc", "mx-month", "mx-none"}
}

func obsCategory(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	c.search(t, "Observation?patient=p4&category=vital-signs").has(t, mixed()...)
	for _, system := range []string{"http://hl7.org/fhir/observation-category", "http://terminology.hl7.org/CodeSystem/observation-category"} {
		p := c.search(t, "Observation?patient=p4&category="+system+"%7Cvital-signs")
		for _, id := range mixed() {
			if !slices.Contains(p.ids, id) && id != "mx-offset" { // which has no system
				t.Errorf("category %s|vital-signs does not find %s", system, id)
			}
		}
	}
	c.search(t, "Observation?patient=p1&category=laboratory").has(t, "l-glu")
	c.search(t, "Observation?patient=p1&category=VITAL-SIGNS").has(t, vitals()...)
}

func obsFields(t *testing.T, g *Target) {
	p := g.as(t, tenantA).search(t, "Observation?patient=p1&category=vital-signs")
	for _, o := range p.resources {
		id := str(o, "id")
		if str(o, "status") == "" || str(o, "code.coding.0.code") == "" || str(o, "effectiveDateTime") == "" && at(o, "effectivePeriod") == nil {
			t.Errorf("%s lacks status, code or time", id)
		}
		if str(o, "code.coding.0.display") == "" || str(o, "code.text") == "" {
			t.Errorf("%s: code is not named: %v", id, at(o, "code"))
		}
		if str(o, "subject.reference") != "Patient/p1" && str(o, "subject.reference") != g.Base+"/Patient/p1" {
			t.Errorf("%s: subject %v", id, at(o, "subject"))
		}
		if str(o, "valueQuantity.value") != "" {
			continue
		}
		if len(list(o, "component")) == 0 {
			t.Errorf("%s has neither value nor components", id)
		}
		for _, c := range list(o, "component") {
			if str(c, "code.coding.0.code") == "" || str(c, "valueQuantity.value") == "" || str(c, "code.coding.0.display") == "" {
				t.Errorf("%s: a component lacks code, display or value: %v", id, c)
			}
		}
	}
	if raw := string(p.body); !strings.Contains(raw, "8480-6") || !strings.Contains(raw, "8462-4") {
		t.Error("the blood pressure's components are not there")
	}
}

func obsCategoryShape(t *testing.T, g *Target) {
	for _, o := range g.as(t, tenantA).search(t, "Observation?patient=p1&category=vital-signs").resources {
		path := "category.0.coding.0"
		if g.Face.dstu2() {
			path = "category.coding.0"
		}
		if str(o, path+".system") != g.Face.Category || str(o, path+".code") != "vital-signs" {
			t.Errorf("%s: category %v, want %s|vital-signs in the version's shape", str(o, "id"), at(o, "category"), g.Face.Category)
		}
	}
}

func obsMixed(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	down := mixed()
	for _, sort := range []string{"_sort:desc=date", "_sort=-date"} {
		c.search(t, "Observation?patient=p4&"+sort).inOrder(t, down...)
	}
	up := slices.Clone(down[:5])
	slices.Reverse(up)
	c.search(t, "Observation?patient=p4&_sort=date").inOrder(t, append(up, "mx-none")...)
	// The same order holds across pages.
	var paged []string
	p := c.search(t, "Observation?patient=p4&_sort=-date&_count=2")
	for {
		paged = append(paged, p.ids...)
		if p.next == "" || len(paged) > 10 {
			break
		}
		p = c.search(t, p.next)
	}
	if !slices.Equal(paged, down) {
		t.Errorf("over pages %v, want %v", paged, down)
	}
}

func obsPatient(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	all := append(vitals(), "l-glu")
	for _, query := range []string{
		"patient=p1", "patient=Patient/p1", "patient=Patient%2Fp1", "patient=" + g.Base + "/Patient/p1", "subject=Patient/p1",
		"subject:Patient=p1", "Patient=p1", "patient=%20p1%20", "%20patient%20=p1",
	} {
		c.search(t, "Observation?"+query).has(t, all...)
	}
	c.search(t, "Observation?patient=https://elsewhere.example/fhir/Patient/p1").has(t)
}

func obsCode(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	c.search(t, "Observation?patient=p1&code=8480-6").has(t, "v-bp")
	c.search(t, "Observation?patient=p1&code=http://loinc.org%7C8462-4").has(t, "v-bp")
	c.search(t, "Observation?patient=p1&code=http://loinc.org%7C8867-4,9279-1").has(t, "v-hr", "v-rr")
	c.search(t, "Observation?patient=p1&code=http://loinc.org%7C").has(t, append(vitals(), "l-glu")...)
	c.search(t, "Observation?patient=p1&code=8867-4&code=9279-1").has(t)
	c.search(t, "Observation?patient=p1&code=http://snomed.info/sct%7C8867-4").has(t)
}

func obsDates(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for query, ids := range map[string][]string{
		"date=ge2009-01-01&date=lt2010-01-01": {"v-bmi", "v-hr", "v-bp"},
		"date=ge2010-01-01":                   {"v-rr", "l-glu", "v-temp"},
		"date=gt2010-01-01":                   {"l-glu", "v-temp"},
		"date=le2009-01-01":                   {"v-bmi"},
		"date=lt2009-01-01":                   {},
		"date=2009":                           {"v-bmi", "v-hr", "v-bp"},
		"date=2009-06-15":                     {"v-hr"},
		"date=2009-06-15T10:30:00Z":           {"v-hr"},
		"date=2009-06-15T12:30:00%2B02:00":    {"v-hr"},
		"date=ge2018-09-17T11:00:00Z&date=le2018-09-17T11:00:00Z": {"v-temp"},
		"date=2009,2010": {"v-bmi", "v-hr", "v-bp", "v-rr"},
	} {
		c.search(t, "Observation?patient=p1&"+query).has(t, ids...)
	}
	c.get(t, "Observation?patient=p1&date=2009-99").want(t, http.StatusBadRequest).outcome(t, "value")
}

func obsInError(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	for _, query := range []string{"Observation?patient=p1", "Observation?patient=p1&_sort=-date&_count=1", "Observation?_id=v-eie", "Observation?patient=p1&status=entered-in-error"} {
		if p := c.search(t, query); slices.Contains(p.ids, "v-eie") || strings.Contains(string(p.body), "999.5") {
			t.Errorf("%s: what was entered in error is returned", query)
		}
	}
	if r := c.get(t, "Observation?patient=p1&_count=0"); str(r.json, "total") != "6" {
		t.Errorf("the total is %s, want 6 without what was entered in error", str(r.json, "total"))
	}
	c.get(t, "Observation/v-eie").want(t, http.StatusNotFound)
	if len(g.Source.Bases) > 0 {
		return // what a foreign server does at its own endpoint is its own affair
	}
	own := *g
	own.Base = g.Admin.StoreBase("store-a")
	s := &caller{target: &own, token: c.token, foreign: c.foreign}
	s.search(t, "Observation?patient=p1").has(t, append(vitals(), "l-glu", "v-eie")...)
	s.get(t, "Observation/v-eie").want(t, http.StatusOK)
}

var dateTime = regexp.MustCompile(`^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$`)
