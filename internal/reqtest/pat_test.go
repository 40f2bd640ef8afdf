package reqtest

import (
	"net/http"
	"strings"
	"testing"
)

func patRequirements() []requirement {
	return []requirement{
		{ID: "PAT-1", Text: "read gives the required fields in the version's shape", Run: patRead},
		{ID: "PAT-2", Text: "_search by form finds one", Run: finds("given=amina&family=okafor", "p1")},
		{ID: "PAT-3", Text: "family:contains", Run: finds("family:contains=LUND", "p1", "p3")},
		{ID: "PAT-4", Text: "plain family finds parts", Run: finds("family=lund", "p1", "p3")},
		{ID: "PAT-5", Text: "family:exact", Run: several(finds("family:exact=lund"), finds("family:exact=Lund", "p3"), finds("family:exact=Okafor-Lund", "p1"))},
		{ID: "PAT-6", Text: "given finds parts", Run: finds("given=min", "p1", "p3")},
		{ID: "PAT-7", Text: "accents fold", Run: several(finds("given=zoe", "p2"), finds("given=ZO%C3%8B", "p2"), finds("given=zo%C3%AB", "p2"), finds("given=zoe%CC%88", "p2"))},
		{ID: "PAT-8", Text: "apostrophes and plus signs decode", Run: several(finds("family=o%27brien", "p2"), finds("family=o'brien", "p2"), finds("name=amina+okafor", "p1"), finds("name=okafor%20amina", "p1"), finds("name=amina+zoe"))},
		{ID: "PAT-9", Text: "birthdate by precision", Run: several(finds("birthdate=1957-06-05", "p1"), finds("birthdate=1957-06", "p1", "p3"), finds("birthdate=1957", "p1", "p3"), finds("birthdate=1958"))},
		{ID: "PAT-10", Text: "birthdate ranges", Run: several(finds("birthdate=ge1957-06-01&birthdate=lt1958", "p1", "p3"), finds("birthdate=ge1957-06-01&birthdate=lt1958&birthdate=1957-06-05", "p1"))},
		{ID: "PAT-11", Text: "a bad birthdate is refused", Run: patBadDate},
		{ID: "PAT-12", Text: "gender without case", Run: several(finds("gender=female", "p1", "p3"), finds("gender=FEMALE", "p1", "p3"))},
		{ID: "PAT-13", Text: "identifier with and without system", Run: several(
			finds("identifier=7001001", "p1"),
			finds("identifier=https://hospital-a.example/mrn%7C7001001", "p1"),
			finds("identifier=https://hospital-b.example/mrn%7C7001001"),
			finds("identifier=http://hl7.org/fhir/v2/0203%7C7001001"),
			finds("identifier=http://terminology.hl7.org/CodeSystem/v2-0203%7C7001001"),
			finds("identifier=%7C7001001"),
			finds("identifier=7001001,7001003", "p1", "p3"),
			finds("identifier=700100"),
		)},
		{ID: "PAT-14", Text: "id and _id", Run: several(finds("id=p1", "p1"), finds("_id=p1", "p1"), finds("_id=p1,p2", "p1", "p2"), finds("id=p1,p2", "p1", "p2"), finds("id=nope"), finds("_id=P1"))},
		{ID: "PAT-15", Text: "a page of one, and the next", Run: patPages},
		{ID: "PAT-16", Text: "_count=0 is the total alone", Run: patCountOnly},
		{ID: "PAT-17", Text: "no match is an empty searchset", Run: patNone},
		{ID: "PAT-18", Text: "GET finds the same; URL and body combine", Run: patGet},
		{ID: "PAT-19", Text: "an unsupported modifier is refused", Run: patModifier},
		{ID: "PAT-20", Text: "a form without its content type is read", Run: patContentType},
		{ID: "PAT-21", Text: "an empty search is capped or refused", Run: patEmpty},
	}
}

// finds is a test that a form finds exactly those patients, by POST and GET.
func finds(body string, ids ...string) func(*testing.T, *Target) {
	return func(t *testing.T, g *Target) {
		c := g.as(t, tenantA)
		c.find(t, body).searchset(t, g).has(t, ids...)
		c.search(t, "Patient?"+body).has(t, ids...)
	}
}

func several(tests ...func(*testing.T, *Target)) func(*testing.T, *Target) {
	return func(t *testing.T, g *Target) {
		for _, test := range tests {
			test(t, g)
		}
	}
}

func patRead(t *testing.T, g *Target) {
	r := g.as(t, tenantA).get(t, "Patient/p1").want(t, http.StatusOK)
	family := "name.0.family"
	gp := "generalPractitioner.0.display"
	if g.Face.dstu2() {
		family, gp = "name.0.family.0", "careProvider.0.display"
	}
	for path, want := range map[string]string{
		"resourceType": "Patient", "id": "p1", family: "Okafor-Lund", "name.0.given.0": "Amina", "name.0.given.1": "T.",
		"name.0.use": "official", "name.0.prefix.0": "Mrs.", "gender": "female", "birthDate": "1957-06-05",
		"identifier.0.value": "7001001", "identifier.0.type.coding.0.code": "MR", "identifier.0.type.coding.0.system": g.Face.V2,
		gp: "Dr. Ines Halvorsen",
	} {
		if got := str(r.json, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if str(r.json, "meta.versionId") == "" || str(r.json, "meta.lastUpdated") == "" {
		t.Errorf("meta is %v", at(r.json, "meta"))
	}
}

func patBadDate(t *testing.T, g *Target) {
	for _, bad := range []string{"1957-13-40", "1957-02-30", "yesterday", "zz1957", "1957-6-5"} {
		g.as(t, tenantA).find(t, "birthdate="+bad).want(t, http.StatusBadRequest).outcome(t, "value")
	}
}

func patPages(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	first := c.find(t, "_count=1&gender=female").searchset(t, g)
	if len(first.ids) != 1 || first.total != 2 || first.next == "" {
		t.Fatalf("%d entries of %d, next %q", len(first.ids), first.total, first.next)
	}
	second := c.search(t, first.next)
	if len(second.ids) != 1 || second.total != 2 || second.ids[0] == first.ids[0] || second.next != "" {
		t.Errorf("the next page has %v of %d after %v, next %q", second.ids, second.total, first.ids, second.next)
	}
}

func patCountOnly(t *testing.T, g *Target) {
	for _, query := range []string{"gender=female&_count=0", "gender=female&_summary=count"} {
		p := g.as(t, tenantA).find(t, query).searchset(t, g)
		if p.total != 2 || at(p.json, "entry") != nil {
			t.Errorf("%s: total %d, entry %v", query, p.total, at(p.json, "entry"))
		}
	}
}

func patNone(t *testing.T, g *Target) {
	p := g.as(t, tenantA).find(t, "family=nobodyhasthis").searchset(t, g).has(t)
	if strings.Contains(string(p.body), `"entry"`) {
		t.Errorf("an entry member: %s", p.body)
	}
}

func patGet(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	c.search(t, "Patient?given=amina&family=okafor").has(t, "p1")
	c.post(t, "Patient/_search?family=lund", "application/x-www-form-urlencoded", "birthdate=1957-06-05").searchset(t, g).has(t, "p1")
	c.post(t, "Patient/_search?family=lund", "application/x-www-form-urlencoded", "family=okafor").searchset(t, g).has(t, "p1")
}

func patModifier(t *testing.T, g *Target) {
	c := g.as(t, tenantA)
	c.find(t, "family:foo=x").want(t, http.StatusBadRequest).outcome(t, "not-supported")
	c.get(t, "Patient?birthdate:contains=1957").want(t, http.StatusBadRequest).outcome(t, "not-supported")
}

func patContentType(t *testing.T, g *Target) {
	for _, typ := range []string{"", "text/plain", "application/x-www-form-urlencoded; charset=UTF-8"} {
		g.as(t, tenantA).post(t, "Patient/_search", typ, "given=amina&family=okafor").searchset(t, g).has(t, "p1")
	}
}

func patEmpty(t *testing.T, g *Target) {
	r := g.as(t, tenantA).find(t, "")
	if r.status == http.StatusBadRequest {
		r.outcome(t, "too-costly")
		return
	}
	if p := r.searchset(t, g); p.total != 5 {
		t.Errorf("total %d, want the tenant's 5", p.total)
	}
}
