package search_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// A shelf is a few resources of one type, found the slow way.
type shelf map[string]string

// find gives the ids that match, in the order asked for.
func (s shelf) find(t *testing.T, v fhir.Version, typ, query string) string {
	t.Helper()
	q, err := parse(v, typ, query)
	if err != nil {
		t.Fatalf("%v %s?%s: %v", v, typ, query, err)
	}
	modified := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	order := map[string]string{}
	var keys []string
	for id, body := range s {
		enc := keysOf(t, v, typ, body)
		if q.Match(id, modified, enc) {
			k := string(append(q.AppendSort(nil, id, modified, enc), id...))
			order[k] = id
			keys = append(keys, k)
		}
	}
	for i := range keys { // few enough
		for j := i; j > 0 && keys[j] < keys[j-1]; j-- {
			keys[j], keys[j-1] = keys[j-1], keys[j]
		}
	}
	var ids []string
	for _, k := range keys {
		ids = append(ids, order[k])
	}
	return strings.Join(ids, " ")
}

type question struct{ req, query, want string }

func (s shelf) ask(t *testing.T, typ string, versions []fhir.Version, questions []question) {
	t.Helper()
	for _, v := range versions {
		for _, q := range questions {
			t.Run(fmt.Sprintf("%s/%v/%s", q.req, v, q.query), func(t *testing.T) {
				if got := s.find(t, v, typ, q.query); got != q.want {
					t.Errorf("%s?%s gives [%s], want [%s]", typ, q.query, got, q.want)
				}
			})
		}
	}
}

// people are the fixtures of interface §12, and two more.
func people(v fhir.Version) shelf {
	family := func(s string) string {
		if v == fhir.DSTU2 {
			return `["` + s + `"]`
		}
		return `"` + s + `"`
	}
	mr := `{"type":{"coding":[{"system":"http://hl7.org/fhir/v2/0203","code":"MR"}]},"system":"urn:mrn","value":"%s"}`
	return shelf{
		"p1": `{"name":[{"family":` + family("Okafor-Lund") + `,"given":["Amina","T."]}],"gender":"female","birthDate":"1957-06-05","identifier":[` + fmt.Sprintf(mr, "7001001") + `]}`,
		"p2": `{"name":[{"family":` + family("O'Brien") + `,"given":["Zoë"]}],"gender":"male","birthDate":"1980-02-29","identifier":[` + fmt.Sprintf(mr, "7001002") + `]}`,
		"p3": `{"name":[{"family":` + family("Lund") + `,"given":["Aminata"]}],"gender":"female","birthDate":"1957-06","identifier":[` + fmt.Sprintf(mr, "7001003") + `]}`,
		"p4": `{"name":[{"text":"Dr. Łukasz von Straße, jr."},{"family":` + family("陳") + `,"given":["大文"]}],"active":true,"deceasedDateTime":"2019-12-31","identifier":[{"value":"A,b|C"}]}`,
		"p5": `{"name":{"family":"Solo","given":"Single","prefix":"Prof."},"deceasedBoolean":false,"birthDate":"not a date","identifier":{"system":"urn:x","value":7}}`,
	}
}

func TestPatient(t *testing.T) {
	for _, v := range fhir.Versions() {
		people(v).ask(t, "Patient", []fhir.Version{v}, []question{
			{"PAT-2", "given=amina&family=okafor", "p1"},
			{"PAT-3", "family:contains=LUND", "p1 p3"},
			{"PAT-4", "family=lund", "p1 p3"},
			{"PAT-5", "family:exact=lund", ""},
			{"PAT-5", "family:exact=Lund", "p3"},
			{"PAT-6", "given=min", "p1 p3"},
			{"PAT-7", "given=zoe", "p2"},
			{"PAT-7", "given=ZOË", "p2"},
			{"PAT-7", "given=Zoe\u0308", "p2"},
			{"PAT-7", "given:exact=Zoe\u0308", "p2"},
			{"PAT-8", "family=o'brien", "p2"},
			{"PAT-8", "family=o’brien", "p2"},
			{"PAT-8", "name=amina okafor", "p1"},
			{"PAT-8", "name=okafor  AMINA", "p1"},
			{"PAT-8", "name=amina brien", ""},
			{"PAT-9", "birthdate=1957-06-05", "p1"},
			{"PAT-9", "birthdate=1957-06", "p1 p3"},
			{"PAT-9", "birthdate=1957", "p1 p3"},
			{"PAT-10", "birthdate=ge1957-06-01&birthdate=lt1958", "p1 p3"},
			{"PAT-12", "gender=female", "p1 p3"},
			{"PAT-12", "gender=FEMALE", "p1 p3"},
			{"PAT-12", "gender=http://hl7.org/fhir/administrative-gender|female", "p1 p3"},
			{"PAT-12", "gender=urn:other|female", ""},
			{"PAT-13", "identifier=7001001", "p1"},
			{"PAT-13", "identifier=urn:mrn|7001001", "p1"},
			{"PAT-13", "identifier=urn:other|7001001", ""},
			{"PAT-13", "identifier=http://hl7.org/fhir/v2/0203|7001001", ""},
			{"PAT-13", "identifier=|7001001", ""},
			{"PAT-13", "identifier=urn:mrn|", "p1 p2 p3"},
			{"PAT-14", "id=p1", "p1"},
			{"PAT-14", "_id=p1", "p1"},
			{"PAT-14", "_id=p1,p2", "p1 p2"},
			{"PAT-14", "id=nope", ""},
			{"PAT-14", "_id=P1", ""},
			{"PAT-17", "family=nobody", ""},

			{"6", "name=陳", "p4"},
			{"6", "name=文", "p4"},
			{"6", "name=陳大文", "p4"},
			{"6", "name=lukasz strasse", "p4"},
			{"6", "name=prof", "p5"},
			{"6.1", " family =lund", "p1 p3"},
			{"6.1", "family%3Acontains=LUND", "p1 p3"},
			{"6.1", "family=", "p1 p2 p3 p4 p5"},
			{"6.1", "shoe-size=9&family=lund", "p1 p3"},
			{"6.2", "birthdate=06/05/1957", "p1"},
			{"6.2", "birthdate=ne1957", "p2"},
			{"6.2", "birthdate=sa1957-06-30", "p2"},
			{"6.2", "birthdate=eb1957-07", "p1 p3"},
			{"6.2", "birthdate=gt1957-06-05", "p2 p3"},
			{"6.2", "birthdate=ge1957-06-05", "p1 p2 p3"},
			{"6.2", "birthdate=lt1957-06-05", "p3"},
			{"6.2", "birthdate=le1957-06-05", "p1 p3"},
			{"6.6", `identifier=A\,b\|C`, "p4"},
			{"6.6", `identifier=|A\,b\|C`, "p4"},
			{"6.6", "family=brien,solo", "p2 p5"},
			{"6.6", "family=lund&given=aminata", "p3"},

			{"missing", "birthdate:missing=true", "p4 p5"},
			{"missing", "gender:missing=false", "p1 p2 p3"},
			{"not", "gender:not=female", "p2 p4 p5"},
			{"not", "gender:not=female,male", "p4 p5"},
			{"not", "_id:not=p1,p2", "p3 p4 p5"},
			{"deceased", "deceased=true", "p4"},
			{"deceased", "deceased=false", "p1 p2 p3 p5"},
			{"lastUpdated", "_lastUpdated=2026", "p1 p2 p3 p4 p5"},
			{"lastUpdated", "_lastUpdated=gt2026-01-01T00:00:00Z", ""},
			{"lastUpdated", "_lastUpdated=2026-01-01T00:00:00Z", "p1 p2 p3 p4 p5"},
			{"sort", "_sort=birthdate", "p3 p1 p2 p4 p5"},
			{"sort", "_sort:desc=birthdate", "p2 p1 p3 p4 p5"},
			{"sort", "_sort=-birthdate", "p2 p1 p3 p4 p5"},
			{"sort", "_sort=gender,-family", "p1 p3 p2 p4 p5"},
			{"sort", "_sort=-_id", "p5 p4 p3 p2 p1"},
		})
	}
}

func TestObservation(t *testing.T) {
	vital := func(category, rest string) string {
		return `{"status":"final","category":` + category + `,"subject":{"reference":"Patient/p1"},` + rest + `}`
	}
	loinc := func(code string) string {
		return `"code":{"coding":[{"system":"http://loinc.org","code":"` + code + `"}]}`
	}
	s := shelf{
		"hr":   vital(`{"coding":[{"code":"vital-signs"}]}`, loinc("8867-4")+`,"effectiveDateTime":"2009-06-01T10:00:00+02:00","valueQuantity":{"value":72.0,"unit":"{beats}/min","system":"http://unitsofmeasure.org","code":"/min"}`),
		"bp":   vital(`[{"coding":[{"system":"http://hl7.org/fhir/observation-category","code":"vital-signs"}],"text":"Vital Signs"}]`, loinc("55284-4")+`,"effectivePeriod":{"start":"2009-06-01T08:30:00Z"},"component":[{`+loinc("8480-6")+`,"valueQuantity":{"value":107}},{`+loinc("8462-4")+`,"valueQuantity":{"value":60}}]`),
		"rr":   vital(`[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}]`, loinc("9279-1")+`,"effectiveDateTime":"2010"`),
		"none": vital(`[{"coding":[{"system":"https://hl7.org/fhir/observation-category","code":"vital-signs","display":"Vital Signs"}]}]`, loinc("39156-5")),
		"lab":  `{"status":"entered-in-error","category":[{"coding":[{"code":"laboratory"}]}],"subject":{"reference":"Group/p1"},"effectiveDateTime":"2009-01-01","valueCodeableConcept":{"text":"Positive"}}`,
		"far":  `{"status":"final","category":[{"coding":[{"code":"laboratory"}]}],"subject":{"reference":"http://far.example/fhir/Patient/p1"}}`,
	}
	s.ask(t, "Observation", fhir.Versions(), []question{
		{"OBS-1", "patient=p1&_sort:desc=date&category=vital-signs", "rr bp hr none"},
		{"OBS-2", "patient=p1&_sort=-date&category=vital-signs", "rr bp hr none"},
		{"OBS-2", "patient=p1&_sort%3Adesc=date&category=vital-signs", "rr bp hr none"},
		{"OBS-3", "patient=p1&sort:desc=date&category=vital-signs", "rr bp hr none"},
		{"OBS-4", "category=http://hl7.org/fhir/observation-category|vital-signs&_sort=-date", "rr bp none"},
		{"OBS-4", "category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs&_sort=-date", "rr bp none"},
		{"OBS-7", "patient=p1&_sort=date", "hr bp rr none"},
		{"OBS-8", "subject=Patient/p1&_sort=-date", "rr bp hr none"},
		{"OBS-8", "patient=Patient/p1/_history/3&_sort=-date", "rr bp hr none"},
		{"OBS-8", "patient=http://far.example/fhir/Patient/p1", "far"},
		{"OBS-9", "code=8480-6", "bp"},
		{"OBS-9", "code=http://loinc.org|8867-4,9279-1", "hr rr"},
		{"OBS-10", "date=ge2009-01-01&date=lt2010-01-01&_sort=date", "lab hr bp"},
		{"OBS-11", "status:not=entered-in-error&patient=p1&_sort=-date", "rr bp hr none"},
		{"6.2", "date=sa2009-06-01T08:00:00Z", "bp rr"},
		{"6.2", "date=2009-06-01T10:00 02:00", "hr"},
		{"6.2", "date=2009-06-01T08:00Z", "hr"},
		{"ref", "subject:Group=p1", "lab"},
		{"ref", "subject=p1&_sort=-date", "rr bp hr lab none"},
		{"ref", "patient:missing=true", "lab"},
		{"ref", "subject:missing=true", ""},
		{"text", "category:text=vital&_sort=-date", "bp none"},
		{"text", "category:text=VITAL signs,x&_sort=-date", "bp none"},
		{"quantity", "value-quantity=72", "hr"},
		{"quantity", "value-quantity=72.4", ""},
		{"quantity", "value-quantity=7e1", "hr"},
		{"quantity", "value-quantity=gt71.9", "hr"},
		{"quantity", "value-quantity=72|http://unitsofmeasure.org|/min", "hr"},
		{"quantity", "value-quantity=72||{beats}/min", "hr"},
		{"quantity", "value-quantity=72|http://unitsofmeasure.org|mmHg", ""},
		{"quantity", "value-quantity=ap70", "hr"},
		{"composite", "code-value-quantity=8867-4$gt70", "hr"},
		{"composite", "code-value-quantity=http://loinc.org|8867-4$lt70", ""},
	})
	s.ask(t, "Observation", []fhir.Version{fhir.STU3, fhir.R4}, []question{
		{"composite", "component-code-value-quantity=8480-6$gt100", "bp"},
		{"composite", "component-code-value-quantity=8462-4$gt100", ""},
		{"composite", "combo-code-value-quantity=8462-4$60,8867-4$72", "bp hr"},
	})
}

func TestEncounter(t *testing.T) {
	for _, v := range fhir.Versions() {
		subject := "subject"
		if v == fhir.DSTU2 {
			subject = "patient"
		}
		at := func(period string) string {
			return `{"` + subject + `":{"reference":"Patient/p1"},"period":` + period + `}`
		}
		shelf{
			"a-closed":  at(`{"start":"2018-09-17T13:00:00Z","end":"2018-09-18"}`),
			"b-open":    at(`{"start":"2018-09-17T15:00:00+02:00"}`),
			"c-old":     at(`{"start":"2017"}`),
			"d-vendor":  at(`{"start":"09/18/2018 1:00:00 PM"}`),
			"e-end":     at(`{"end":"2018-09-17T13:00:00Z"}`),
			"f-none":    at(`{}`),
			"g-strange": at(`{"start":"soon"}`),
		}.ask(t, "Encounter", []fhir.Version{v}, []question{
			{"ENC-1", "patient=p1&_sort:desc=date&_count=1", "d-vendor b-open a-closed e-end c-old f-none g-strange"},
			{"ENC-1", "patient=p1&_sort=-date&_count=1", "d-vendor b-open a-closed e-end c-old f-none g-strange"},
			{"ENC-6", "patient=p1&_sort=date", "c-old b-open a-closed e-end d-vendor f-none g-strange"},
			{"6.2", "date=gt2018-09-18&_sort=date", "c-old b-open d-vendor"},
			{"6.2", "date=eb2018-09-18", "e-end"},
			{"6.2", "date=sa2018-09-17", "d-vendor"},
		})
	}
}

func TestOtherTypes(t *testing.T) {
	both := []fhir.Version{fhir.STU3, fhir.R4}
	shelf{"c": `{"subscriber":{"reference":"Patient/p1"}}`}.ask(t, "Coverage", fhir.Versions(), []question{{"COV-1", "patient=p1", "c"}, {"COV-1", "patient=p2", ""}})
	shelf{"c": `{"beneficiary":{"reference":"Patient/p1"},"subscriber":{"reference":"Patient/s"}}`}.ask(t, "Coverage", both, []question{{"COV-3", "patient=p1", "c"}, {"COV-3", "patient=s", "c"}})
	shelf{"a": `{"patient":{"reference":"Patient/p1"}}`}.ask(t, "AllergyIntolerance", fhir.Versions(), []question{{"ALG-1", "patient=p1", "a"}, {"ALG-1", "Patient =  p1 ", "a"}})
	shelf{"m": `{"subject":{"reference":"Patient/p1"},"authoredOn":"2019-01-02"}`}.ask(t, "MedicationRequest", both, []question{{"MED-2", "patient=p1&authoredon=2019-01", "m"}})
	shelf{"m": `{"patient":{"reference":"Patient/p1"},"dateWritten":"2019-01-02"}`}.ask(t, "MedicationOrder", []fhir.Version{fhir.DSTU2}, []question{{"MED-1", "patient=p1&datewritten=2019-01", "m"}})
	shelf{"l": `{"name":"Ward 7 – Bed 3"}`}.ask(t, "Location", fhir.Versions(), []question{{"LOC-1", "name=ward 7 - bed", "l"}, {"LOC-1", "name:exact=Ward 7", ""}})
	shelf{"c": `{"subject":{"reference":"Patient/p1","identifier":{"system":"urn:mrn","value":"77"}}}`}.ask(t, "Condition", both, []question{
		{"identifier", "subject:identifier=77", "c"}, {"identifier", "subject:identifier=urn:mrn|77", "c"}, {"identifier", "subject:identifier=urn:x|77", ""}, {"identifier", "subject=77", ""},
	})
}

// A date without a zone is one of the zone that the provider is in, on both
// sides: a day in a resource is that day, whatever the zone.
func TestZone(t *testing.T) {
	zone := time.FixedZone("", -5*3600)
	for _, tc := range []struct {
		target, query string
		want          bool
	}{
		{"2019-05-01", "2019-05-01", true},
		{"2019-05-01T23:30:00-05:00", "2019-05-01", true},
		{"2019-05-02T04:30:00Z", "2019-05-01", true},
		{"2019-05-01T04:30:00Z", "2019-05-01", false},
		{"2019-05-01T22:00:00", "2019-05-01", true},
		{"2019-05-01T22:00:00-05:00", "2019-05-01T22:00:00", true},
	} {
		q, err := search.Load(fhir.R4).Parse("Condition", []fhir.Param{{Name: "onset-date", Value: tc.query}}, search.Options{Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Match("", 0, keysOf(t, fhir.R4, "Condition", `{"onsetDateTime":"`+tc.target+`"}`)); got != tc.want {
			t.Errorf("onset-date=%s finds %s: %v, want %v", tc.query, tc.target, got, tc.want)
		}
	}
}

func TestApproximateDate(t *testing.T) {
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for target, want := range map[string]bool{"2010-06-01": true, "2009-01-15": true, "2008-12-15": false, "2011-12-15": false} {
		q, err := search.Load(fhir.R4).Parse("Patient", []fhir.Param{{Name: "birthdate", Value: "ap2010-01-10"}}, search.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Match("", 0, keysOf(t, fhir.R4, "Patient", `{"birthDate":"`+target+`"}`)); got != want {
			t.Errorf("ap2010-01-10 ten years later finds %s: %v, want %v", target, got, want)
		}
	}
}
