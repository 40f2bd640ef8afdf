package chart_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// now is when every record here is looked at.
var now = time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)

// records makes Records of resources of one type, written without it.
func records(t *testing.T, typ string, bodies ...string) *chart.Records {
	t.Helper()
	all := make([][]byte, len(bodies))
	for i, b := range bodies {
		all[i] = fmt.Appendf(nil, `{"resourceType":%q,"id":"%d",%s`, typ, i+1, strings.TrimPrefix(b, "{"))
	}
	r, err := chart.Bodies(now, all...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lines writes a cell as people see it: one line an item.
func lines(c chart.Cell) string {
	out := make([]string, 0, len(c.Items))
	for _, it := range c.Items {
		s := it.Text
		for _, more := range []string{it.Unit, it.Severity, it.Detail, it.State, it.TimeLabel, it.Time, it.Trend} {
			if more != "" {
				s += " | " + more
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func TestIdentityOf(t *testing.T) {
	t.Parallel()
	mr := func(system, value string) string {
		return `{"type":{"coding":[{"system":"` + system + `","code":"MR"}]},"value":"` + value + `"}`
	}
	const v2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
	for _, tt := range []struct {
		name, patient string
		want          chart.Identity
	}{
		{
			"official before usual", `"name":[{"use":"usual","given":["Amy"]},{"use":"official","family":"Okafor-Lund","given":["Amina","T."],"prefix":["Dr."],"suffix":["PhD"]}]`,
			chart.Identity{Family: "Okafor-Lund", Given: "Amina T.", Prefix: "Dr.", Suffix: "PhD", Preferred: "Amy"},
		},
		{"usual where there is no other", `"name":[{"use":"usual","given":["Anahera"]}]`, chart.Identity{Given: "Anahera"}},
		{"never an old one before one in use", `"name":[{"use":"old","family":"Before"},{"use":"maiden","family":"Earlier"},{"family":"Now"}]`, chart.Identity{Family: "Now"}},
		{"one that has ended is old", `"name":[{"use":"official","family":"Before","period":{"end":"2020-01-01"}},{"use":"usual","family":"Now"}]`, chart.Identity{Family: "Now"}},
		{"an old one where there is no other", `"name":[{"use":"old","family":"Before"}]`, chart.Identity{Family: "Before"}},
		{"text alone", `"name":[{"text":"陳大文"}]`, chart.Identity{Text: "陳大文"}},
		{
			"Chinese, called otherwise", `"name":[{"use":"official","family":"陳","given":["大文"]},{"use":"usual","text":"David Chan"}]`,
			chart.Identity{Family: "陳", Given: "大文", Preferred: "David Chan"},
		},
		{"called the same", `"name":[{"use":"official","family":"Lund","given":["Ada"]},{"use":"usual","text":"Ada Lund"}]`, chart.Identity{Family: "Lund", Given: "Ada"}},
		{"withheld", `"name":[{"use":"official","_family":{"extension":[]},"given":["K."]}]`, chart.Identity{Given: "K."}},
		{"line breaks", `"name":[{"family":"O'Brien \n Smith"}]`, chart.Identity{Family: "O'Brien Smith"}},
		{"MRN in the old system", `"identifier":[` + mr("http://hl7.org/fhir/v2/0203", "7") + `]`, chart.Identity{MRN: "7"}},
		{"MRN in the new system", `"identifier":[{"value":"1"},` + mr(v2, "7") + `]`, chart.Identity{MRN: "7"}},
		{"MRN by type, whatever its use", `"identifier":[{"use":"official","value":"1"},{"use":"usual",` + mr(v2, "7")[1:] + `]`, chart.Identity{MRN: "7"}},
		{"an old MRN only where there is no other", `"identifier":[{"use":"old",` + mr(v2, "1")[1:] + `,` + mr(v2, "7") + `]`, chart.Identity{MRN: "7"}},
		{"MR of a stranger's system is none", `"identifier":[` + mr("urn:mine", "7") + `]`, chart.Identity{}},
		{"MRN as configured", `"identifier":[{"system":"urn:mrn","value":"7"}]`, chart.Identity{MRN: "7"}},
		{
			"born, gender, GP", `"birthDate":"1957-06","gender":"female","generalPractitioner":[{},{"display":"Dr. Halvorsen"}]`,
			chart.Identity{Born: "1957-06", Gender: "female", GP: "Dr. Halvorsen"},
		},
		{"deceased, no date", `"deceasedBoolean":true`, chart.Identity{Deceased: "yes"}},
		{"not deceased", `"deceasedBoolean":false`, chart.Identity{}},
		{"deceased then", `"deceasedDateTime":"2020-01-02"`, chart.Identity{Deceased: "2020-01-02"}},
		{
			"inactive and merged", `"active":false,"link":[{"type":"seealso","other":{"reference":"Patient/1"}},{"type":"replaced-by","other":{"reference":"http://x/Patient/2/_history/3"}}]`,
			chart.Identity{Inactive: true, Replaced: "2"},
		},
	} {
		got, err := chart.IdentityOf([]byte(`{"resourceType":"Patient",`+tt.patient+`}`), now, chart.MRN{System: "urn:mrn"})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if _, err := chart.IdentityOf([]byte(`{"resourceType":"Observation"}`), now); err == nil {
		t.Error("another resource was taken for a patient")
	}
}

func TestIdeographic(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"陳大文": true, "歐陽 娜娜": true, "さくら": true, "김민준": true, "Chan": false, "陳 David": false, "": false, "محمد": false} {
		if chart.Ideographic(name) != want {
			t.Errorf("%q: want %v", name, want)
		}
	}
}

func TestAdult(t *testing.T) {
	t.Parallel()
	for born, want := range map[string]bool{
		"2008-11-28": true, "2008-11-29": false, "2008": false, "2007": true, "2008-11": false, "2008-10": true, "": false, "x": false, "1931-04-04": true,
	} {
		if chart.Adult(born, now) != want {
			t.Errorf("born %q: want %v", born, want)
		}
	}
}

// quantity is a vital sign measured at 8 o'clock less some hours.
func quantity(code, value, unit string, hours int) string {
	return fmt.Sprintf(`{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":%q}]},"effectiveDateTime":%q,"valueQuantity":{"value":%s,"unit":%q}}`,
		code, now.Add(-time.Duration(hours)*time.Hour).Format(time.RFC3339), value, unit)
}

func pressure(upper, lower string) string {
	part := func(code, value string) string {
		if value == "" {
			return `{"code":{"coding":[{"system":"http://loinc.org","code":"` + code + `"}]},"dataAbsentReason":{"text":"unknown"}}`
		}
		return `{"code":{"coding":[{"system":"http://loinc.org","code":"` + code + `"}]},"valueQuantity":{"value":` + value + `,"unit":"mmHg","code":"mm[Hg]"}}`
	}
	return `{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"effectiveDateTime":"2026-11-28T08:00:00Z","component":[` +
		part("8462-4", lower) + `,` + part("8480-6", upper) + `]}`
}

func TestVitalCells(t *testing.T) {
	t.Parallel()
	at := "2026-11-28T0"
	for _, tt := range []struct {
		name, column string
		observations []string
		want         string
	}{
		{"decimals as written", "hr", []string{quantity("8867-4", "72.0", "beats/minute", 1)}, "72.0 | /min | measured | " + at + "8:00:00Z"},
		{
			"the newest, and its trend", "hr",
			[]string{quantity("8867-4", "72", "/min", 3), quantity("8867-4", "80", "beats/minute", 1), quantity("8867-4", "90", "/min", 2)},
			"80 | /min | measured | " + at + "8:00:00Z | down",
		},
		{"no trend between units", "temp", []string{quantity("8310-5", "37.2", "Cel", 1), quantity("8331-1", "99", "degF", 2)}, "37.2 | °C | measured | " + at + "8:00:00Z"},
		{"kin codes are one vital", "temp", []string{quantity("8310-5", "37.2", "Cel", 2), quantity("8331-1", "38.1", "°C", 1)}, "38.1 | °C | measured | " + at + "8:00:00Z | up"},
		{"blood pressure is one item", "bp", []string{pressure("118", "76")}, "118/76 | mmHg | measured | " + at + "8:00:00Z"},
		{"half a blood pressure", "bp", []string{pressure("104", "")}, "104/– | mmHg | measured | " + at + "8:00:00Z"},
		{"none of a blood pressure", "bp", []string{pressure("", "")}, ""},
		{"two observations are one pressure", "bp", []string{quantity("8480-6", "118", "mmHg", 1), quantity("8462-4", "76", "mm[Hg]", 1)}, "118/76 | mmHg | measured | " + at + "8:00:00Z"},
		{"of two times they are two", "bp", []string{quantity("8480-6", "118", "mmHg", 1), quantity("8462-4", "76", "mmHg", 2)}, "118/– | mmHg | measured | " + at + "8:00:00Z"},
		{
			"a vital within a panel", "spo2",
			[]string{`{"status":"final","code":{"text":"Set"},"effectiveDateTime":"2026-11-28","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"59408-5"}]},"valueQuantity":{"value":97,"unit":"%"}}]}`},
			"97 | % | measured | 2026-11-28",
		},
		{"preliminary is said", "hr", []string{strings.Replace(quantity("8867-4", "72", "/min", 1), "final", "preliminary", 1)}, "72 | /min | preliminary | measured | " + at + "8:00:00Z"},
		{"amended is said", "hr", []string{strings.Replace(quantity("8867-4", "72", "/min", 1), "final", "amended", 1)}, "72 | /min | amended | measured | " + at + "8:00:00Z"},
		{"entered in error is left out", "weight", []string{strings.Replace(quantity("29463-7", "720.0", "kg", 1), "final", "entered-in-error", 1), quantity("29463-7", "72.0", "kg", 2)}, "72.0 | kg | measured | " + at + "7:00:00Z"},
		{"cancelled is left out", "hr", []string{strings.Replace(quantity("8867-4", "72", "/min", 1), "final", "cancelled", 1)}, ""},
		{
			"a period counts from its start", "rr",
			[]string{`{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"9279-1"}]},"effectivePeriod":{"start":"2026-11-28T04:00:00Z","end":"2026-11-28T08:00:00Z"},"valueQuantity":{"value":19.0,"unit":"/min"}}`},
			"19.0 | /min | measured | 2026-11-28T04:00:00Z",
		},
		{
			"an instant", "rr",
			[]string{`{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"9279-1"}]},"effectiveInstant":"2026-11-28T04:00:00Z","valueQuantity":{"value":19,"unit":"/min"}}`},
			"19 | /min | measured | 2026-11-28T04:00:00Z",
		},
		{
			"a comparator is part of the value", "rr",
			[]string{`{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"9279-1"}]},"effectiveDateTime":"2026-11-28","valueQuantity":{"value":8,"comparator":"<","unit":"/min"}}`},
			"<8 | /min | measured | 2026-11-28",
		},
		{"a code of another system is another thing", "hr", []string{strings.Replace(quantity("8867-4", "72", "/min", 1), "http://loinc.org", "urn:local", 1)}, ""},
		{"pain as a number", "pain", []string{`{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"72514-3"}]},"effectiveDateTime":"2026-11-28","valueInteger":4}`}, "4 | measured | 2026-11-28"},
		{"no value says nothing", "hr", []string{`{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"dataAbsentReason":{"text":"error"}}`}, ""},
		{
			"without a time it is older than any", "hr",
			[]string{`{"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"valueQuantity":{"value":50,"unit":"/min"}}`, quantity("8867-4", "72", "/min", 9)},
			"72 | /min | measured | 2026-11-28T00:00:00Z",
		},
	} {
		c := chart.Cells(chart.Vitals, records(t, "Observation", tt.observations...), now)[tt.column]
		want := chart.Loaded
		if tt.want == "" {
			want = chart.None
		}
		if got := lines(c); got != tt.want || c.Status != want {
			t.Errorf("%s: %s %q, want %s %q", tt.name, c.Status, got, want, tt.want)
		}
	}
}

// A vital that is not among the newest measurements may have an older one that
// was not read: the cell must not say that there is none.
func TestVitalsThatWereNotReadAreNotNone(t *testing.T) {
	t.Parallel()
	r := records(t, "Observation", quantity("8867-4", "72", "/min", 1))
	r.Complete = false
	cells := chart.Cells(chart.Vitals, r, now)
	if cells["weight"].Note != chart.NotInNewest || cells["hr"].Note != "" {
		t.Errorf("weight %+v, hr %+v", cells["weight"], cells["hr"])
	}
}

func TestSeries(t *testing.T) {
	t.Parallel()
	r := records(
		t, "Observation",
		quantity("8310-5", "37.2", "Cel", 1), quantity("8310-5", "99.0", "[degF]", 2), quantity("8310-5", "38.0", "°C", 3),
		pressure("118", "76"), pressure("104", ""), quantity("8867-4", "72.0", "bpm", 1), quantity("8478-0", "71.50", "mmHg", 1), quantity("29463-7", "70", "kg", 1),
	)
	say := func(born string) string {
		var b strings.Builder
		for _, s := range chart.SectionOf(chart.Vitals, r, born, now).Series {
			fmt.Fprintf(&b, "%s [%s]", s.Vital, s.Unit)
			if s.Min != nil {
				fmt.Fprintf(&b, " %v–%v", *s.Min, *s.Max)
			}
			if s.Low != nil {
				fmt.Fprintf(&b, " %s %v–%v", s.Band, *s.Low, *s.High)
			}
			if s.Low2 != nil {
				fmt.Fprintf(&b, " over %v–%v", *s.Low2, *s.High2)
			}
			for _, p := range s.Points {
				b.WriteString(" " + p.Text)
			}
			b.WriteByte('\n')
		}
		return b.String()
	}
	want := `hr [/min] 30–200 adults 60–100 72.0
bp [mmHg] 40–220 adults 90–120 over 60–80 118/76
temp [°C] 34–42 adults 36.1–37.2 37.2 38.0
temp [°F] 93–108 adults 97–99 99.0
weight [kg] 70
8478-0 [mmHg] 71.50
`
	if diff := cmp.Diff(want, say("1957-06-05")); diff != "" {
		t.Errorf("of an adult (-want +got):\n%s", diff)
	}
	if got := say("2020-01-01"); strings.Contains(got, "adults") {
		t.Errorf("GTAB: a child is measured by the band of adults:\n%s", got)
	}
	if got := say(""); strings.Contains(got, "adults") {
		t.Errorf("GTAB: someone of no known age is measured by the band of adults:\n%s", got)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	condition := func(clinical, verification, more string) string {
		return `{"clinicalStatus":{"coding":[{"code":"` + clinical + `"}]},"verificationStatus":{"coding":[{"code":"` + verification + `"}]},` + more + `}`
	}
	all := []string{
		condition("active", "confirmed", `"code":{"text":"Asthma"},"onsetDateTime":"2011-02","severity":{"coding":[{"display":"Severe"}]}`),
		condition("active", "provisional", `"code":{"coding":[{"display":"Delirium"}]},"recordedDate":"2026-11-27"`),
		condition("resolved", "confirmed", `"code":{"text":"Pneumonia"}`),
		condition("inactive", "confirmed", `"code":{"text":"Cellulitis"}`),
		condition("active", "refuted", `"code":{"text":"Stroke"}`),
		condition("active", "entered-in-error", `"code":{"text":"Wrong patient"}`),
		condition("relapse", "confirmed", `"code":{"text":"Depression"},"onsetAge":{"value":40,"unit":"a"}`),
		`{"code":{"text":"Mumps"},"abatementDateTime":"1990"}`,
		`{"code":{"text":"Deafness"}}`,
		`{"text":{"div":"<div>Hard of hearing &amp; <b>dizzy</b></div>"},"code":{}}`,
		`{"code":{}}`,
	}
	c := chart.Cells(chart.Problems, records(t, "Condition", all...), now)["problems"]
	want := `Delirium | provisional | active | recorded | 2026-11-27
Asthma | Severe | active | started | 2011-02
Hard of hearing & dizzy
Condition/11
Depression | relapse
Deafness`
	if diff := cmp.Diff(want, lines(c)); diff != "" {
		t.Errorf("cell (-want +got):\n%s", diff)
	}
	s := chart.SectionOf(chart.Problems, records(t, "Condition", all...), "", now)
	if len(s.Items) != 9 || s.Total != 9 || !s.Complete {
		t.Errorf("the section has %d of %d: what is over is shown there, what is refuted is not", len(s.Items), s.Total)
	}
}

func TestAllergiesAreOneOfFourStates(t *testing.T) {
	t.Parallel()
	allergy := func(clinical, verification, more string) string {
		return `{"clinicalStatus":{"coding":[{"code":"` + clinical + `"}]},"verificationStatus":{"coding":[{"code":"` + verification + `"}]},` + more + `}`
	}
	sct := func(code, display string) string {
		return `"code":{"coding":[{"system":"http://snomed.info/sct","code":"` + code + `","display":"` + display + `"}]}`
	}
	penicillin := allergy("active", "confirmed", `"code":{"text":"Penicillin"},"criticality":"high","reaction":[{"manifestation":[{"text":"Hives"}],"severity":"mild"},{"manifestation":[{"coding":[{"display":"Wheeze"}]}],"severity":"severe"}],"recordedDate":"1998"`)
	for _, tt := range []struct {
		name      string
		resources []string
		state     chart.AllergyState
		status    chart.Status
		lines     string
	}{
		{"PAB-0064 known", []string{penicillin}, chart.KnownAllergies, chart.Loaded, "Penicillin | severe | Hives, Wheeze | active | recorded | 1998"},
		{"PAB-0064 no known: 716186003", []string{allergy("active", "confirmed", sct("716186003", "No known allergy"))}, chart.NoKnownAllergies, chart.Loaded, "No known allergy | active"},
		{"PAB-0064 no known: of drugs", []string{allergy("active", "confirmed", sct("409137002", "No known drug allergy"))}, chart.NoKnownAllergies, chart.Loaded, "No known drug allergy | active"},
		{"PAB-0064 no known: in words", []string{allergy("active", "unconfirmed", `"code":{"text":"No known allergies"}`)}, chart.NoKnownAllergies, chart.Loaded, "No known allergies | active"},
		{"PAB-0064 no known: NKDA", []string{`{"code":{"text":"NKDA"}}`}, chart.NoKnownAllergies, chart.Loaded, "NKDA"},
		{"PAB-0064 not recorded", nil, chart.AllergiesNotRecorded, chart.None, ""},
		{"a known one beside a negation of drugs", []string{allergy("active", "confirmed", sct("409137002", "No known drug allergy")), penicillin}, chart.KnownAllergies, chart.Loaded, "Penicillin | severe | Hives, Wheeze | active | recorded | 1998"},
		{"resolved says nothing of now", []string{allergy("resolved", "confirmed", `"code":{"text":"Egg"}`)}, chart.AllergiesNotRecorded, chart.None, ""},
		{"refuted is none", []string{allergy("inactive", "refuted", `"code":{"text":"Egg"}`)}, chart.AllergiesNotRecorded, chart.None, ""},
		{"entered in error is none", []string{allergy("active", "entered-in-error", `"code":{"text":"Egg"}`)}, chart.AllergiesNotRecorded, chart.None, ""},
		{"a refuted negation is none", []string{allergy("active", "refuted", sct("716186003", "No known allergy"))}, chart.AllergiesNotRecorded, chart.None, ""},
		{"a substance of the reaction alone", []string{`{"reaction":[{"substance":{"text":"Latex"}}]}`}, chart.KnownAllergies, chart.Loaded, "Latex"},
		{"critical without a reaction", []string{`{"code":{"text":"Bee"},"criticality":"high"}`}, chart.KnownAllergies, chart.Loaded, "Bee | high"},
		{"NKA is not a beginning of words", []string{`{"code":{"text":"Nkandla plum"}}`}, chart.KnownAllergies, chart.Loaded, "Nkandla plum"},
	} {
		r := records(t, "AllergyIntolerance", tt.resources...)
		c := chart.Cells(chart.Allergies, r, now)["allergies"]
		s := chart.SectionOf(chart.Allergies, r, "", now)
		if c.Note != string(tt.state) || c.Status != tt.status || lines(c) != tt.lines || s.Allergy != tt.state {
			t.Errorf("%s: cell %s %q %q, section %q; want %s %q %q", tt.name, c.Status, c.Note, lines(c), s.Allergy, tt.status, tt.state, tt.lines)
		}
	}
}

// PAB-0064: that a part of an answer holds no allergy, or only a negation, does
// not make "no known allergies".
func TestAllergiesOfAPartAreUnavailable(t *testing.T) {
	t.Parallel()
	r := records(t, "AllergyIntolerance", `{"code":{"text":"No known allergies"}}`)
	r.Complete, r.Total = false, 600
	c := chart.Cells(chart.Allergies, r, now)["allergies"]
	s := chart.SectionOf(chart.Allergies, r, "", now)
	if c.Note != string(chart.AllergiesUnavailable) || c.Status != chart.Failed || s.Allergy != chart.AllergiesUnavailable || s.Status != chart.Failed || s.Total != 600 {
		t.Errorf("cell %+v, section %+v", c, s)
	}
}

func TestMedications(t *testing.T) {
	t.Parallel()
	order := func(status, more string) string { return `{"status":"` + status + `","intent":"order",` + more + `}` }
	all := []string{
		order("active", `"medicationCodeableConcept":{"text":"Apixaban 5 mg"},"authoredOn":"2026-11-02","requester":{"display":"Dr. Who"},"dosageInstruction":[{"text":"1 tablet twice a day"}]`),
		order("on-hold", `"medicationReference":{"display":"Metformin"},"authoredOn":"2026-11-01"`),
		order("stopped", `"medicationCodeableConcept":{"text":"Warfarin"}`),
		order("completed", `"medicationCodeableConcept":{"text":"Ceftriaxone"}`),
		order("cancelled", `"medicationCodeableConcept":{"text":"Naproxen"}`),
		order("draft", `"medicationCodeableConcept":{"text":"Sertraline"}`),
		order("entered-in-error", `"medicationCodeableConcept":{"text":"Donepezil"}`),
		order("active", `"doNotPerform":true,"medicationCodeableConcept":{"text":"Aspirin"}`),
		`{"status":"active","intent":"plan","medicationCodeableConcept":{"text":"Paracetamol"}}`,
		order("active", `"medicationCodeableConcept":{"text":"Amoxicillin"},"extension":[{"url":"http://hl7.org/fhir/1.0/StructureDefinition/extension-MedicationOrder.dateEnded","valueDateTime":"2026-11-20"}]`),
		order("active", `"medicationReference":{"reference":"#m"},"contained":[{"resourceType":"Medication","id":"m","code":{"text":"Insulin"}}],"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":4,"unit":"units"}}],"asNeededBoolean":true}]`),
	}
	c := chart.Cells(chart.Medications, records(t, "MedicationRequest", all...), now)["medications"]
	want := `Apixaban 5 mg | 1 tablet twice a day · Dr. Who | active | written | 2026-11-02
Metformin | on-hold | written | 2026-11-01
Insulin | 4 units, as needed | active`
	if diff := cmp.Diff(want, lines(c)); diff != "" {
		t.Errorf("a stopped medicine is not current (-want +got):\n%s", diff)
	}
	states := map[string]string{}
	for _, it := range chart.SectionOf(chart.Medications, records(t, "MedicationRequest", all...), "", now).Items {
		states[it.Text] = fmt.Sprint(it.State, " ", it.Current)
	}
	wantStates := map[string]string{
		"Apixaban 5 mg": "active true", "Metformin": "on-hold true", "Warfarin": "stopped false", "Ceftriaxone": "completed false", "Naproxen": "cancelled false",
		"Sertraline": "draft false", "Aspirin": "doNotPerform false", "Paracetamol": "plan false", "Amoxicillin": "stopped false", "Insulin": "active true",
	}
	if diff := cmp.Diff(wantStates, states); diff != "" {
		t.Errorf("section (-want +got):\n%s", diff)
	}
}

func TestStay(t *testing.T) {
	t.Parallel()
	encounter := func(status, start, end, place string) string {
		return `{"status":"` + status + `","class":{"code":"IMP"},"type":[{"text":"Stay ` + status + `"}],"period":{"start":"` + start + `","end":"` + end + `"},"location":[{"location":{"display":"` + place + `"}}]}`
	}
	for _, tt := range []struct {
		name       string
		encounters []string
		location   string
		day        string
		moment     string
		current    bool
	}{
		{"in progress before newer ones", []string{encounter("finished", "2026-11-27", "2026-11-27", "Clinic"), encounter("in-progress", "2026-11-20T10:00:00Z", "", "7E-12")}, "7E-12", "9", "admitted 2026-11-20T10:00:00Z", true},
		{"arrived counts", []string{encounter("arrived", "2026-11-28T08:00:00Z", "", "ED")}, "ED", "1", "admitted 2026-11-28T08:00:00Z", true},
		{"triaged counts", []string{encounter("triaged", "2026-11-28T08:00:00Z", "", "ED")}, "ED", "1", "admitted 2026-11-28T08:00:00Z", true},
		{"on leave counts", []string{encounter("onleave", "2026-11-01", "", "7E-1")}, "7E-1", "28", "admitted 2026-11-01", true},
		{"the newest of two in progress", []string{encounter("in-progress", "2026-11-01", "", "Old"), encounter("in-progress", "2026-11-26", "", "New")}, "New", "3", "admitted 2026-11-26", true},
		{"finished is discharged", []string{encounter("finished", "2026-01-01", "2026-01-05", "Old"), encounter("finished", "2026-11-01", "2026-11-05", "7E-3")}, "7E-3", "", "discharged 2026-11-05", false},
		{"planned is nowhere yet", []string{encounter("planned", "2026-12-24", "", "Clinic"), encounter("finished", "2026-11-01", "2026-11-05", "7E-3")}, "7E-3", "", "discharged 2026-11-05", false},
		{"cancelled never was", []string{encounter("cancelled", "2026-11-27", "", "Clinic")}, "", "", "", false},
		{"entered in error never was", []string{encounter("entered-in-error", "2026-11-27", "", "Clinic")}, "", "", "", false},
		{"the bed that is active", []string{`{"status":"in-progress","period":{"start":"2026-11-28T01:00:00Z"},"location":[{"location":{"display":"ED"},"status":"completed"},{"location":{"display":"7E-4"},"status":"active"},{"location":{"display":"7E-9"},"status":"reserved"}]}`}, "7E-4", "1", "admitted 2026-11-28T01:00:00Z", true},
	} {
		cells := chart.Cells(chart.Encounters, records(t, "Encounter", tt.encounters...), now)
		text := func(column string) string {
			if len(cells[column].Items) == 0 {
				return ""
			}
			return cells[column].Items[0].Text
		}
		moment, current := "", false
		if items := cells["status"].Items; len(items) > 0 {
			moment, current = items[0].TimeLabel+" "+items[0].Time, items[0].Current
		}
		if text("location") != tt.location || text("day") != tt.day || moment != tt.moment || current != tt.current {
			t.Errorf("%s: in %q on day %q, %q, current %v", tt.name, text("location"), text("day"), moment, current)
		}
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	c := chart.Cells(chart.Coverage, records(
		t, "Coverage",
		`{"status":"active","payor":[{"display":"Tide Mutual"}],"class":[{"type":{"coding":[{"code":"group"}]},"value":"G1"},{"type":{"coding":[{"code":"plan"}]},"name":"Gold","value":"P1"}],"period":{"start":"2020-01-01"}}`,
		`{"status":"active","payor":[{"display":"Old Mutual"}],"period":{"end":"2019-12-31"}}`,
		`{"status":"cancelled","payor":[{"display":"Gone Mutual"}]}`,
		`{"status":"entered-in-error","payor":[{"display":"Nobody"}]}`,
	), now)["coverage"]
	if got, want := lines(c), "Tide Mutual | Gold | active | started | 2020-01-01"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// "10 of 23": what was not read is said, with how many there are.
func TestTotalOfAPart(t *testing.T) {
	t.Parallel()
	r := records(t, "Condition", `{"code":{"text":"A"}}`)
	r.Complete, r.Total = false, 23
	if c := chart.Cells(chart.Problems, r, now)["problems"]; c.Total != 23 {
		t.Errorf("%+v", c)
	}
	if s := chart.SectionOf(chart.Problems, r, "", now); s.Complete || s.Total != 23 || s.Status != chart.Loaded {
		t.Errorf("%+v", s)
	}
}
