package search_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

func TestUsedParameters(t *testing.T) {
	for _, tc := range []struct {
		name    string
		v       fhir.Version
		typ     string
		query   string
		used    string
		ignored string
	}{
		{"the spelling of DSTU2", fhir.DSTU2, "Encounter", "patient=p1&_sort=-date,status&_count=1", "patient=p1&_sort:desc=date&_sort=status&_count=1", ""},
		{"the spelling of STU3", fhir.STU3, "Encounter", "patient=p1&_sort:desc=date&_sort=status&_count=1", "patient=p1&_sort=-date,status&_count=1", ""},
		{"aliases are shown by their name", fhir.R4, "AllergyIntolerance", "Patient=p1&id=a", "patient=p1&_id=a", ""},
		{"modifiers and values stay", fhir.R4, "Patient", `family:exact=A\,b&gender:not=male`, `family:exact=A\,b&gender:not=male`, ""},
		{"what is unknown is left out", fhir.R4, "Patient", "bogus=1&family=x&bogus:y=2&_sort=bogus,family", "family=x&_sort=family", "bogus bogus:y _sort"},
		{"empty values are no constraint", fhir.R4, "Patient", "family=&family=,&given= &=x", "", ""},
		{"the smallest count holds", fhir.R4, "Patient", "_count=10&family=x&_count=5&_count=7", "_count=5&family=x", ""},
		{"includes that lead nowhere are left out", fhir.R4, "Observation", "_include=Observation:subject&_include=Observation:nothing&_include:iterate=Patient:link:Practitioner", "_include=Observation:subject", "_include _include"},
		{"how the edge writes is not the search's", fhir.R4, "Patient", "_format=json&_pretty=true&family=x", "family=x", ""},
		{"controls", fhir.R4, "Patient", "_summary=count&_elements=name,Patient.birthDate,name.given&_total=none", "_summary=count&_elements=name,Patient.birthDate,name.given&_total=none", ""},
		{"a composite is no order", fhir.R4, "Observation", "_sort=code-value-quantity,_lastUpdated", "_sort=_lastUpdated", "_sort"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, err := parse(tc.v, tc.typ, tc.query)
			if err != nil {
				t.Fatal(err)
			}
			var used []string
			for _, p := range q.Used {
				used = append(used, p.Name+"="+p.Value)
			}
			if diff := cmp.Diff(tc.used, strings.Join(used, "&")); diff != "" {
				t.Errorf("used, -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.ignored, strings.Join(q.Ignored, " ")); diff != "" {
				t.Errorf("ignored, -want +got:\n%s", diff)
			}
		})
	}
}

func TestControls(t *testing.T) {
	q, err := parse(fhir.R4, "Observation", "_count=0&_summary=text&_elements=code,Observation.status,code.coding&_include:iterate=Observation:subject:Patient&_revinclude=Provenance:target&_include=Observation:*")
	if err != nil {
		t.Fatal(err)
	}
	if q.Count != 0 || q.Summary != "text" {
		t.Errorf("count %d, summary %q", q.Count, q.Summary)
	}
	if diff := cmp.Diff([]string{"code", "status"}, q.Elements); diff != "" {
		t.Errorf("elements:\n%s", diff)
	}
	if len(q.Include) < 10 || q.Include[0].Target != "Patient" || !q.Include[0].Iterate || q.Include[1].Iterate {
		t.Errorf("includes: %+v", q.Include)
	}
	if len(q.RevInclude) != 1 || q.RevInclude[0].Source != "Provenance" || q.RevInclude[0].Param.Name != "target" {
		t.Errorf("revincludes: %+v", q.RevInclude)
	}
	if q, err = parse(fhir.R4, "Observation", "code=x"); err != nil || q.Count != -1 {
		t.Errorf("without a count: %d, %v", q.Count, err)
	}
	if q, err = parse(fhir.R4, "Observation", "_count=99999999999999999999"); err != nil || q.Count < 1<<30 {
		t.Errorf("a count beyond all bounds: %d, %v", q.Count, err)
	}
}

func TestRefusals(t *testing.T) {
	for query, code := range map[string]string{
		"birthdate=1957-13-40": "value", "birthdate=1957-02-30": "value", "birthdate=1957-6": "value", "birthdate=13/45/1957": "value", "birthdate=0000": "value",
		"birthdate=xx1957": "value", "birthdate=1957-06-05T10": "value", "birthdate=1957-06-05T25:00": "value", "birthdate=1957-06-05T10:00+99:00": "value", "birthdate=gt": "value",
		"_count=abc": "value", "_count=-1": "value", "_count=1.5": "value", "_count=": "", "_summary=all": "value", "_total=some": "value",
		"family:foo=x": "not-supported", "family:text=x": "not-supported", "gender:contains=x": "not-supported", "birthdate:exact=1957": "not-supported", "_count:max=1": "not-supported",
		"general-practitioner:Patient=x": "not-supported", "general-practitioner:Nonsense=x": "not-supported", "general-practitioner.name=x": "not-supported",
		"general-practitioner:Practitioner.name=x": "not-supported", "_has:Observation:patient:code=1": "not-supported", "_sort:up=family": "not-supported", "_include:all=Patient:link": "not-supported",
		"family:missing=maybe": "value", "identifier=a|b|c": "value", "identifier=|": "value", "_include=Patient": "value", "_include=a:b:c:d": "value",
		"general-practitioner=Practitioner/": "value",
	} {
		_, err := parse(fhir.R4, "Patient", query)
		if code == "" {
			if err != nil {
				t.Errorf("%s: %v", query, err)
			}
			continue
		}
		if fe := fhir.AsError(err); err == nil || fe.Kind != fhir.KindInvalid || fe.Issues[0].Code != code {
			t.Errorf("%s: got %v, want 400 %s", query, err, code)
		}
	}
	for query, code := range map[string]string{"value-quantity=abc": "value", "value-quantity=1|2": "value", "code-value-quantity=1": "value", "code-value-quantity=a$b": "value", "value-quantity=1e": "value"} {
		if _, err := parse(fhir.R4, "Observation", query); err == nil || fhir.AsError(err).Issues[0].Code != code {
			t.Errorf("%s: got %v, want 400 %s", query, err, code)
		}
	}
}

// Prefer: handling=strict (REQ-HTTP-10).
func TestStrict(t *testing.T) {
	for query, want := range map[string]bool{
		"family=x": true, "_format=json": true, "id=x": true, "sort:desc=family": true, "_count=5": true,
		"bogus=1": false, "_sort=bogus": false, "_include=Patient:bogus": false, "_text=x": false,
	} {
		name, value, _ := strings.Cut(query, "=")
		_, err := search.Load(fhir.R4).Parse("Patient", []fhir.Param{{Name: name, Value: value}}, search.Options{Strict: true})
		if (err == nil) != want {
			t.Errorf("%s: %v", query, err)
		}
		if err != nil && fhir.AsError(err).Issues[0].Code != "not-supported" {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// Diagnostics never repeat a value: it may be a name or a record number.
func TestErrorsKeepSecrets(t *testing.T) {
	for _, query := range []string{"birthdate=Okafor", "identifier=Okafor|Okafor|Okafor", "_count=Okafor", "family:Okafor 1957=x", "family:missing=Okafor", "_include=Okafor", "_summary=Okafor"} {
		if _, err := parse(fhir.R4, "Patient", query); err == nil || strings.Contains(err.Error(), "Okafor") {
			t.Errorf("%s: %v", query, err)
		}
	}
	_, err := search.Load(fhir.R4).Parse("Patient", []fhir.Param{{Name: "Amina Okafor 1957", Value: "1"}}, search.Options{Strict: true})
	if err == nil || strings.Contains(err.Error(), "Okafor") {
		t.Errorf("strict: %v", err)
	}
}

func TestBounds(t *testing.T) {
	many := strings.Repeat("&given=x", 61)[1:]
	if _, err := parse(fhir.R4, "Patient", many); err == nil || fhir.AsError(err).Kind != fhir.KindTooCostly {
		t.Errorf("61 parameters: %v", err)
	}
	if _, err := parse(fhir.R4, "Patient", "_id="+strings.Repeat("x,", 1001)); err == nil || fhir.AsError(err).Kind != fhir.KindTooCostly {
		t.Errorf("1001 values: %v", err)
	}
	if q, err := parse(fhir.R4, "Patient", strings.Repeat("&gender=male", 60)[1:]); err != nil || !q.Match("", 0, keysOf(t, fhir.R4, "Patient", `{"gender":"male"}`)) {
		t.Errorf("60 parameters: %v", err)
	}
}

// A query whose criteria were taken away after Parse decides by those it has.
func TestChangedQuery(t *testing.T) {
	q, err := parse(fhir.R4, "Patient", "gender=male&family=x")
	if err != nil {
		t.Fatal(err)
	}
	keys := keysOf(t, fhir.R4, "Patient", `{"gender":"male"}`)
	if q.Match("", 0, keys) {
		t.Error("matches without a family")
	}
	rest := *q
	rest.Criteria = q.Criteria[:1]
	if !rest.Match("", 0, keys) {
		t.Error("does not match by gender alone")
	}
	if made := search.NewQuery("Patient", search.Criterion{Param: q.Criteria[0].Param, Values: q.Criteria[0].Values}); !made.Match("", 0, keys) || made.Match("", 0, nil) {
		t.Error("NewQuery decides otherwise")
	}
	made := search.Query{Criteria: []search.Criterion{{Param: q.Criteria[0].Param, Values: q.Criteria[0].Values}}}
	if !made.Match("", 0, keys) {
		t.Error("a query made by hand does not match")
	}
}

// What a capability statement declares is taken (REQ-META-7).
func TestDeclaredModifiersAreTaken(t *testing.T) {
	for _, v := range fhir.Versions() {
		d := search.Load(v)
		for _, typ := range d.Types() {
			for _, p := range d.Params(typ) {
				for _, m := range p.Modifiers() {
					value := "true"
					if m == "type" && len(p.Targets) == 0 {
						m = "Patient"
					} else if m == "type" {
						m = p.Targets[0]
					}
					q, err := d.Parse(typ, []fhir.Param{{Name: p.Name + ":" + m, Value: value}}, search.Options{Strict: true})
					if err != nil || len(q.Criteria) != 1 {
						t.Errorf("%v %s?%s:%s: %v", v, typ, p.Name, m, err)
					}
				}
			}
		}
	}
}
