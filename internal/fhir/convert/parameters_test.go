package convert

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// faceTypes are the types that every face of a version guarantees (interface
// §1, quirk 10, and what they refer to).
func faceTypes(v fhir.Version) []string {
	types := []string{
		"AllergyIntolerance", "Condition", "Coverage", "Encounter", "Location", "Medication", "MedicationStatement", "Observation",
		"Organization", "Patient", "Practitioner",
	}
	if v == fhir.DSTU2 {
		return append(types, "MedicationOrder")
	}
	return append(types, "MedicationRequest", "PractitionerRole")
}

// eachPair runs a test for the six pairs of different versions.
func eachPair(t *testing.T, f func(t *testing.T, p *pair)) {
	t.Helper()
	for _, face := range fhir.Versions() {
		for _, provider := range fhir.Versions() {
			if face != provider {
				t.Run(fmt.Sprintf("%v over %v", face, provider), func(t *testing.T) { f(t, pairOf(face, provider)) })
			}
		}
	}
}

// A definition is the rest of a parameter's line in the version's table.
type definition struct{ kind, paths, components string }

func definitions(t *testing.T, v fhir.Version) map[string]definition {
	t.Helper()
	text, err := os.ReadFile("../search/definitions/" + v.String() + ".tsv")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]definition{}
	for l := range strings.Lines(string(text)) {
		f := append(strings.Split(strings.TrimRight(l, "\n"), "\t"), "", "", "", "", "")
		out[f[0]+" "+f[1]] = definition{f[2], f[3], f[5]}
	}
	return out
}

// renamedElements are parameters without a rule whose path differs only by an
// element's name: version-mapping, in the section of the type.
var renamedElements = map[string]string{
	"Condition patient":            "§6 patient, subject",
	"Condition subject":            "§6 patient, subject",
	"Condition encounter":          "§6 encounter, context",
	"Observation encounter":        "§5 encounter, context",
	"Encounter patient":            "§7 patient, subject",
	"Encounter subject":            "§7 patient, subject",
	"AllergyIntolerance date":      "§8 recordedDate, assertedDate",
	"AllergyIntolerance last-date": "§8 lastOccurence, lastOccurrence",
	"MedicationRequest patient":    "§9 patient, subject",
	"MedicationOrder patient":      "§9 patient, subject",
	"MedicationRequest requester":  "§9 requester, requester.agent",
	"MedicationStatement patient":  "§10 patient, subject",
	"Coverage patient":             "§11 subscriber, beneficiary (interface §6)",
	"Location name":                "§12 alias is not in DSTU2",
	"Organization name":            "§12 alias is not in DSTU2",
	"Medication form":              "product.form, form",
	"Medication ingredient":        "product.ingredient.item, ingredient.item",
	"Observation date":             "§5 effectiveTiming and effectiveInstant are R4's",
}

// Every parameter of every type a face serves has exactly one fate. One without
// a line of its own is the provider's of the same name: it must read the same
// element.
func TestEveryParameterHasAFate(t *testing.T) {
	defs := map[fhir.Version]map[string]definition{}
	for _, v := range fhir.Versions() {
		defs[v] = definitions(t, v)
	}
	eachPair(t, func(t *testing.T, p *pair) {
		counts := map[fate]int{}
		for _, typ := range faceTypes(p.face) {
			provided, _ := mapping.Type(typ, p.face, p.provider)
			for _, def := range p.faceDefs.Params(typ) {
				counts[p.rule(typ, def.Name).fate()]++
				if p.rules[typ][def.Name] != nil || p.rules["*"][def.Name] != nil || def.Number() == 0 {
					continue
				}
				to := p.providerDefs.Param(provided, def.Name)
				if to == nil {
					t.Errorf("%s %s: the provider has no such parameter and no rule says what becomes of it", typ, def.Name)
					continue
				}
				mine, theirs := defs[p.face][typ+" "+def.Name], defs[p.provider][provided+" "+def.Name]
				if mine != theirs && (mine.kind != theirs.kind || renamedElements[typ+" "+def.Name] == "") {
					t.Errorf("%s %s: no rule, but it is %v here and %v there", typ, def.Name, mine, theirs)
				}
			}
		}
		for _, f := range []fate{same, renamed, mapped, wide} {
			if counts[f] == 0 {
				t.Errorf("no parameter is %v", f)
			}
		}
		if counts[0] > 0 {
			t.Errorf("%d parameters have no fate", counts[0])
		}
		t.Logf("same %d, renamed %d, value-mapped %d, wide %d", counts[same], counts[renamed], counts[mapped], counts[wide])
	})
}

// No rule is about a parameter that one of the versions does not have.
func TestRulesNameWhatExists(t *testing.T) {
	eachPair(t, func(t *testing.T, p *pair) {
		for _, typ := range slices.Sorted(maps.Keys(p.rules)) {
			if typ == "*" {
				continue
			}
			if !slices.Contains(faceTypes(p.face), typ) {
				if typ == practitionerRole && p.face == fhir.DSTU2 {
					continue
				}
				t.Errorf("rules about %s, which is no type of the face", typ)
				continue
			}
			provided, ok := mapping.Type(typ, p.face, p.provider)
			if p.synthesised(typ) {
				provided, ok = practitioner, true
			}
			if !ok {
				t.Errorf("%s has no counterpart", typ)
			}
			for name, r := range p.rules[typ] {
				if p.faceDefs.Param(typ, name) == nil {
					t.Errorf("%s %s: the face has no such parameter", typ, name)
				}
				if r.ask != "" && p.providerDefs.Param(provided, r.ask) == nil {
					t.Errorf("%s %s: the provider has no %s", typ, name, r.ask)
				}
			}
		}
		for typ, d := range p.doubts {
			provided, _ := mapping.Type(typ, p.face, p.provider)
			if name, _, _ := strings.Cut(d.find.Name, ":"); name != "" && p.providerDefs.Param(provided, name) == nil {
				t.Errorf("%s: what may be left out is found by %s, which the provider does not have", typ, name)
			}
		}
	})
}

func TestParametersRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no arrow":             "Patient\n23 family family",
		"no provider's name":   "Patient\n2>3 family",
		"unknown how":          "Patient\n2>3 family family often",
		"two rules":            "Patient\n2>3 family family\n2>34 family -",
		"finds nothing":        "Patient\n2>3 ! active",
		"unknown how of doubt": "Patient\n2>3 ! active=true wide",
		"two doubts":           "Patient\n2>3 ! -\n2>3 ! -",
	} {
		if _, err := parsePairs(text); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v, want an error that names the line", name, err)
		}
	}
}

func params(query string) []fhir.Param {
	var out []fhir.Param
	for p := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(p, "="); ok {
			out = append(out, fhir.Param{Name: name, Value: value})
		}
	}
	return out
}

func query(params []fhir.Param) string {
	var out []string
	for _, p := range params {
		out = append(out, p.Name+"="+p.Value)
	}
	return strings.Join(out, "&")
}

func TestPlan(t *testing.T) {
	const (
		exact = iota
		filter
	)
	for _, tc := range []struct {
		face, provider fhir.Version
		search, want   string
		how            int
	}{
		// The app's own calls (interface §1) are asked as they are.
		{fhir.STU3, fhir.R4, "Observation?patient=p1&category=vital-signs&_sort=-date", "Observation?patient=p1&category=vital-signs&_sort=-date", exact},
		{fhir.DSTU2, fhir.R4, "Observation?patient=p1&_sort:desc=date&category=vital-signs", "Observation?patient=p1&category=vital-signs&_sort=-date", exact},
		{fhir.R4, fhir.DSTU2, "Observation?patient=p1&category=vital-signs&_sort=-date", "Observation?patient=p1&category=vital-signs&_sort:desc=date", exact},
		{fhir.DSTU2, fhir.STU3, "Encounter?patient=p1&_sort:desc=date&_count=1", "Encounter?patient=p1&_sort=-date&_count=1", exact},
		{fhir.DSTU2, fhir.R4, "MedicationOrder?patient=p1&_count=10", "MedicationRequest?patient=p1&_count=10", exact},
		{fhir.STU3, fhir.DSTU2, "MedicationRequest?patient=p1", "MedicationOrder?patient=p1", exact},
		{fhir.DSTU2, fhir.R4, "Patient?given=amina&family=okafor", "Patient?given=amina&family=okafor", exact},
		{fhir.STU3, fhir.R4, "Patient?identifier=7001001", "Patient?identifier=7001001", filter}, // L-2
		{fhir.R4, fhir.DSTU2, "Patient?identifier=urn:x|7001001", "Patient?identifier=urn:x|7001001", exact},
		{fhir.DSTU2, fhir.STU3, "Coverage?patient=p1", "Coverage?patient=p1", filter}, // found as beneficiary too
		{fhir.R4, fhir.DSTU2, "Coverage?patient=p1", "Coverage?patient=p1", exact},

		// Names.
		{fhir.DSTU2, fhir.R4, "Patient?careprovider=x", "Patient?general-practitioner=Organization/x,Practitioner/x", exact},
		{fhir.STU3, fhir.DSTU2, "Patient?general-practitioner=Practitioner/x", "Patient?careprovider=Practitioner/x", exact},
		{fhir.DSTU2, fhir.STU3, "Patient?deathdate=2019", "Patient?death-date=2019", exact},
		{fhir.STU3, fhir.R4, "Condition?asserted-date=ge2019", "Condition?recorded-date=ge2019", exact},
		{fhir.R4, fhir.DSTU2, "Condition?recorded-date=2019&_sort=recorded-date", "Condition?date-recorded=2019&_sort=date-recorded", exact},
		{fhir.DSTU2, fhir.R4, "Condition?date-recorded=2019&patient=p1", "Condition?patient=p1", filter}, // L-15
		{fhir.DSTU2, fhir.STU3, "Condition?onset=2019", "Condition?onset-date=2019", exact},
		{fhir.DSTU2, fhir.STU3, "MedicationStatement?effectivedate=2019", "MedicationStatement?effective=2019", exact},
		{fhir.R4, fhir.STU3, "MedicationRequest?encounter=e1", "MedicationRequest?context=Encounter/e1", exact},
		{fhir.STU3, fhir.R4, "Observation?context=e1", "Observation?encounter=Encounter/e1", exact},
		{fhir.DSTU2, fhir.STU3, "MedicationOrder?datewritten=2019&_sort:desc=datewritten", "MedicationRequest?authoredon=2019&_sort=-authoredon", exact},
		{fhir.DSTU2, fhir.R4, "AllergyIntolerance?patient=p1&substance=peanut", "AllergyIntolerance?patient=p1&code=peanut", filter}, // and in reactions
		{fhir.DSTU2, fhir.R4, "AllergyIntolerance?patient=p1&reporter=Practitioner/x", "AllergyIntolerance?patient=p1&asserter=Practitioner/x", exact},
		{fhir.DSTU2, fhir.R4, "Coverage?patient=p1&issuer=o1", "Coverage?patient=p1&payor=Organization/o1", filter},

		// Values.
		{fhir.DSTU2, fhir.STU3, "Condition?clinicalstatus=relapse", "Condition?clinical-status=recurrence", exact},
		{fhir.DSTU2, fhir.R4, "Observation?status=amended", "Observation?status=amended,corrected", exact},
		{fhir.DSTU2, fhir.R4, "Observation?status:not=amended", "Observation?status:not=amended,corrected", exact},
		{fhir.DSTU2, fhir.STU3, "MedicationOrder?status=stopped,active", "MedicationRequest?status=stopped,cancelled,active", exact},
		{fhir.DSTU2, fhir.STU3, "AllergyIntolerance?criticality=CRITH", "AllergyIntolerance?criticality=high", exact},
		{fhir.STU3, fhir.R4, "MedicationRequest?intent=order", "MedicationRequest?intent=order,original-order,reflex-order,filler-order", exact},
		{fhir.DSTU2, fhir.STU3, "Encounter?status=arrived", "Encounter?status=arrived,triaged", exact},
		{fhir.DSTU2, fhir.STU3, "Encounter?status=finished", "Encounter?", filter}, // L-20
		{fhir.DSTU2, fhir.R4, "AllergyIntolerance?patient=p1&status=active", "AllergyIntolerance?patient=p1", filter},
		{fhir.DSTU2, fhir.R4, "Observation?category=laboratory", "Observation?category=laboratory", filter}, // L-8
		{fhir.R4, fhir.STU3, "Condition?clinical-status=http://terminology.hl7.org/CodeSystem/condition-clinical|active", "Condition?clinical-status=active", filter},
		{
			fhir.R4, fhir.STU3, "Observation?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs",
			"Observation?category=http://hl7.org/fhir/observation-category|vital-signs", exact,
		},
		{fhir.STU3, fhir.R4, "Observation?code=http://loinc.org|8867-4,9279-1", "Observation?code=http://loinc.org|8867-4,9279-1", exact},
		{fhir.DSTU2, fhir.R4, "MedicationOrder?identifier=http://hl7.org/fhir/v2/0203|x", "MedicationRequest?identifier=http://hl7.org/fhir/v2/0203|x", filter},
		{fhir.STU3, fhir.R4, "Observation?based-on=MedicationRequest/m1", "Observation?based-on=MedicationRequest/m1", filter},
		{fhir.STU3, fhir.R4, "Observation?code-value-quantity=8867-4$72", "Observation?code=8867-4", filter}, // L-11
		{fhir.STU3, fhir.DSTU2, "Observation?code-value-quantity=http://loinc.org|8867-4$gt72", "Observation?code-value-quantity=http://loinc.org|8867-4$gt72", exact},
		{fhir.R4, fhir.STU3, "Patient?birthdate=06/05/1957", "Patient?birthdate=1957-06-05", exact},
		{fhir.R4, fhir.DSTU2, "Patient?family=van berg", "Patient?family=berg", filter}, // L-1
		{fhir.R4, fhir.DSTU2, "Patient?family:exact=Lund", "Patient?family=Lund", filter},
		{fhir.R4, fhir.DSTU2, "Patient?name=amina okafor", "Patient?name=amina okafor", exact},
		{fhir.STU3, fhir.DSTU2, "PractitionerRole?practitioner=Practitioner/d", "PractitionerRole?_id=d", exact},

		// Modifiers and the rest.
		{fhir.STU3, fhir.R4, "Observation?subject:Patient=p1", "Observation?subject=Patient/p1", exact},
		{fhir.STU3, fhir.R4, "Condition?patient=p1&code:text=flu", "Condition?patient=p1&code:text=flu", exact},
		{fhir.STU3, fhir.R4, "Condition?patient=p1&code:missing=true", "Condition?patient=p1", filter},
		{fhir.STU3, fhir.R4, "Observation?subject:identifier=urn:x|1", "Observation?subject:identifier=urn:x|1", exact},
		{fhir.DSTU2, fhir.R4, "Observation?subject:identifier=urn:x|1", "Observation?", filter},
		{fhir.STU3, fhir.R4, "Patient?_lastUpdated=ge2020&_tag=x&_id=p1,p2", "Patient?_lastUpdated=ge2020&_tag=x&_id=p1,p2", exact},
		{fhir.STU3, fhir.R4, "Patient?_profile=http://x", "Patient?_profile=http://x", filter},
		{fhir.STU3, fhir.R4, "Patient?_elements=name&_summary=false&_count=5", "Patient?_count=5", exact},
		{fhir.STU3, fhir.R4, "Patient?_summary=count", "Patient?_summary=count", exact},
		{fhir.R4, fhir.DSTU2, "Patient?_sort=family", "Patient?", filter},
		{fhir.R4, fhir.STU3, "Patient?_sort=-birthdate,_id", "Patient?_sort=-birthdate,_id", exact},
		{fhir.DSTU2, fhir.R4, "MedicationOrder?_include=MedicationOrder:prescriber", "MedicationRequest?_include=MedicationRequest:requester", exact},
		{fhir.R4, fhir.DSTU2, "Patient?_revinclude:iterate=MedicationRequest:patient", "Patient?_revinclude:recurse=MedicationOrder:patient", exact},
	} {
		typ, q, _ := strings.Cut(tc.search, "?")
		p := pairOf(tc.face, tc.provider)
		provided, ok := mapping.Type(typ, tc.face, tc.provider)
		if !ok {
			provided = practitioner
		}
		req := &fhir.Request{Interaction: fhir.Search, Type: typ, Params: params(q)}
		pl, err := p.plan(req, provided, search.Options{})
		if err != nil {
			t.Errorf("%v over %v: %s: %v", tc.face, tc.provider, tc.search, err)
			continue
		}
		asked := pl.first(req)
		if pl.here {
			asked = pl.wider(req)
		}
		wantType, want, _ := strings.Cut(tc.want, "?")
		if got := query(asked.Params); got != want || pl.here != (tc.how == filter) || wantType != provided && provided != practitioner {
			t.Errorf("%v over %v: %s\nasks %s?%s, filtered here: %v\nwant %s", tc.face, tc.provider, tc.search, provided, got, pl.here, tc.want)
		}
		if len(pl.ignored) > 0 || !slices.Equal(pl.used, pl.want.Used) {
			t.Errorf("%s: used %v, ignored %v", tc.search, pl.used, pl.ignored)
		}
	}
}
