package mappingtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

const (
	d2 = fhir.DSTU2
	s3 = fhir.STU3
	r4 = fhir.R4
)

// The versions by what they have in common.
var (
	up     = []fhir.Version{s3, r4}
	low    = []fhir.Version{d2, s3}
	others = map[fhir.Version][]fhir.Version{d2: {s3, r4}, s3: {d2, r4}, r4: {d2, s3}}
)

// wants are values by path: JSON, [absent] or [present]. A step of a path is a
// member, an element by index (name[0]) or an extension by the end of its URL
// (extension(patient-animal)).
type wants map[string]string

const (
	absent  = ""
	present = "*"
)

// A scenario is one statement of the rules: a resource of one version, and
// what it is to be in others.
type scenario struct {
	name string
	from fhir.Version
	to   []fhir.Version
	typ  string // in the names of from; of the rule's section when empty
	in   string // members, beside those that the version demands
	want wants
	// loss is the rule the report must name.
	loss string
	// withheld: there is no truthful answer.
	withheld bool
	// sloppy: the resource breaks its own version's rules, as sources do.
	sloppy bool
	// home is wanted when the answer is converted back to from.
	home wants
	opt  mapping.Options
}

func (s *scenario) run(t *testing.T) {
	t.Helper()
	if len(s.to) == 0 || s.want == nil && !s.withheld && s.home == nil {
		t.Fatalf("scenario %q asks for nothing", s.name)
	}
	for _, to := range s.to {
		t.Run(strings.TrimSpace(arrow(s.from, to)+" "+s.name), func(t *testing.T) {
			in := resource(t, s.from, s.typ, s.in)
			if !s.sloppy {
				valid(t, "the test's own resource", s.from, in)
			}
			out, rep := convert(t, in, s.from, to, s.opt)
			if s.withheld {
				if rep.Withheld == "" || out != nil {
					t.Fatalf("want it withheld, got %q and\n%s", rep.Withheld, out)
				}
				return
			}
			if rep.Withheld != "" {
				t.Fatalf("withheld: %s", rep.Withheld)
			}
			s.want.check(t, out)
			if !s.sloppy {
				valid(t, "the answer", to, out)
			}
			if s.loss != "" && !slices.ContainsFunc(rep.Losses, func(l mapping.Loss) bool { return l.Rule == s.loss }) {
				t.Errorf("the report does not name %s: %v", s.loss, rep.Losses)
			}
			if s.home != nil {
				back, rep := convert(t, out, to, s.from, s.opt)
				if rep.Withheld != "" {
					t.Fatalf("withheld on the way home: %s", rep.Withheld)
				}
				s.home.check(t, back)
			}
		})
	}
}

// definitions are the official definitions; empty when the shared data is
// absent, which the tests that need them say.
var definitions = sync.OnceValues(func() (map[fhir.Version]*definitiontest.Validator, error) {
	all := map[fhir.Version]*definitiontest.Validator{}
	for _, v := range fhir.Versions() {
		dir := filepath.Join(definitiontest.Shared(), "data", "fhir-definitions", "files", v.String())
		if _, err := os.Stat(dir); err != nil {
			return nil, nil
		}
		val, err := definitiontest.Load(dir, v)
		if err != nil {
			return nil, err
		}
		all[v] = val
	}
	return all, nil
})

// valid holds that a body obeys the definitions of its version, where they are
// at hand. What a version demands and its predecessors do not is forgiven.
func valid(t *testing.T, what string, v fhir.Version, body []byte) {
	t.Helper()
	vals, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	if vals == nil {
		return
	}
	for _, p := range vals[v].Check(body) {
		if !forgivable(p) {
			t.Errorf("%s: %v\n%s", what, p, body)
		}
	}
}

func runAll(t *testing.T, typ string, list []scenario) {
	t.Helper()
	for i := range list {
		if list[i].typ == "" {
			list[i].typ = typ
		}
		list[i].run(t)
	}
}

func arrow(from, to fhir.Version) string {
	return strings.ToUpper(from.String()) + "→" + strings.ToUpper(to.String())
}

// convert converts and holds what is true of every conversion.
func convert(tb testing.TB, in []byte, from, to fhir.Version, opt mapping.Options) ([]byte, mapping.Report) {
	tb.Helper()
	before := bytes.Clone(in)
	out, rep, err := mapping.Resource(in, from, to, opt)
	if err != nil {
		tb.Fatalf("%s: %v\n%s", arrow(from, to), err, in)
	}
	if !bytes.Equal(before, in) {
		tb.Fatalf("%s: the source was changed:\n%s", arrow(from, to), in)
	}
	if rep.Withheld != "" {
		if out != nil {
			tb.Fatalf("%s: withheld, yet a body came", arrow(from, to))
		}
		return nil, rep
	}
	if err := fhir.Validate(out, fhir.MaxDepth); err != nil {
		tb.Fatalf("%s: not valid JSON: %v\n%s", arrow(from, to), err, out)
	}
	return out, rep
}

func (w wants) check(t *testing.T, body []byte) {
	t.Helper()
	doc, err := fhir.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	failed := false
	for path, want := range w {
		got := find(t, doc.Root(), path)
		switch {
		case want == absent && got.Exists():
			t.Errorf("%s: want none, got %s", path, got.Raw())
		case want == absent:
			continue
		case !got.Exists():
			t.Errorf("%s: want %s, got none", path, want)
		case want == present || canonical(t, []byte(want)) == canonical(t, got.Raw()):
			continue
		default:
			t.Errorf("%s: want %s, got %s", path, want, got.Raw())
		}
		failed = true
	}
	if failed {
		t.Logf("in %s", body)
	}
}

// find walks a path of [wants].
func find(tb testing.TB, n fhir.Node, path string) fhir.Node {
	tb.Helper()
	for path != "" {
		if name, tail, ok := strings.Cut(path, "extension("); ok && !strings.Contains(name, ".") {
			end, after, closed := strings.Cut(tail, ")")
			if !closed {
				tb.Fatalf("path %q", path)
			}
			n = extension(n.Get(name+"extension"), end)
			path = strings.TrimPrefix(after, ".")
			continue
		}
		step, rest, _ := strings.Cut(path, ".")
		name, index, ok := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		if name != "" {
			n = n.Get(name)
		}
		if ok {
			i, err := strconv.Atoi(index)
			if err != nil {
				tb.Fatalf("path %q: %v", path, err)
			}
			n = n.At(i)
		}
		path = rest
	}
	return n
}

func extension(list fhir.Node, end string) fhir.Node {
	for e := range list.Children() {
		if strings.HasSuffix(e.Get("url").String(), end) {
			return e
		}
	}
	return fhir.Node{}
}

// canonical is JSON with members in order of name and numbers as they are
// spelled, so that equal texts are equal values with equal decimals.
func canonical(tb testing.TB, raw []byte) string {
	tb.Helper()
	v, err := decode(raw)
	if err != nil {
		tb.Fatalf("%v: %s", err, raw)
	}
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func decode(raw []byte) (any, error) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

// resource makes a resource of members, and of those its version demands and
// members does not give. A member with the value null is left out.
func resource(tb testing.TB, v fhir.Version, typ, members string) []byte {
	tb.Helper()
	own := object(tb, members)
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"resourceType":%q,"id":"x1"`, typ)
	put := func(m fhir.Member) {
		if string(m.Raw) != "null" && m.Name != "id" {
			fmt.Fprintf(&b, `,%q:%s`, m.Name, m.Raw)
		}
	}
	for _, m := range own {
		put(m)
	}
	for _, m := range object(tb, demanded[v][typ]) {
		choice := strings.TrimSuffix(m.Name, "CodeableConcept")
		if !slices.ContainsFunc(own, func(o fhir.Member) bool {
			return o.Name == m.Name || choice != m.Name && strings.HasPrefix(o.Name, choice)
		}) {
			put(m)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

func object(tb testing.TB, members string) []fhir.Member {
	tb.Helper()
	doc, err := fhir.Parse([]byte("{" + members + "}"))
	if err != nil {
		tb.Fatalf("the test's own JSON: %v in %s", err, members)
	}
	var list []fhir.Member
	for m := range doc.Root().Children() {
		list = append(list, fhir.Member{Name: m.Name(), Raw: m.Raw()})
	}
	return list
}

// demanded are the mandatory elements of each type.
var demanded = map[fhir.Version]map[string]string{
	d2: {
		"Patient":             ``,
		"Observation":         `"status":"final","code":{"text":"Pulse"}`,
		"Condition":           `"patient":{"reference":"Patient/p1"},"code":{"text":"Gout"},"verificationStatus":"confirmed"`,
		"Encounter":           `"status":"finished"`,
		"AllergyIntolerance":  `"patient":{"reference":"Patient/p1"},"substance":{"text":"Latex"}`,
		"MedicationOrder":     `"medicationCodeableConcept":{"text":"Aspirin"}`,
		"MedicationStatement": `"status":"active","patient":{"reference":"Patient/p1"},"medicationCodeableConcept":{"text":"Aspirin"}`,
		"Coverage":            ``,
		"Location":            ``,
		"Practitioner":        ``,
		"Organization":        ``,
		"OperationOutcome":    `"issue":[{"severity":"error","code":"invalid"}]`,
		"Conformance": `"date":"2020-01-01","kind":"instance","fhirVersion":"1.0.2","acceptUnknown":"both","format":["json"],
			"rest":[{"mode":"server","resource":[{"type":"Patient","interaction":[{"code":"read"}]}]}]`,
	},
	s3: {
		"Patient":             ``,
		"Observation":         `"status":"final","code":{"text":"Pulse"}`,
		"Condition":           `"subject":{"reference":"Patient/p1"}`,
		"Encounter":           `"status":"finished"`,
		"AllergyIntolerance":  `"patient":{"reference":"Patient/p1"},"verificationStatus":"confirmed"`,
		"MedicationRequest":   `"intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"text":"Aspirin"}`,
		"MedicationStatement": `"status":"active","taken":"y","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"text":"Aspirin"}`,
		"Coverage":            ``,
		"Location":            ``,
		"Practitioner":        ``,
		"PractitionerRole":    ``,
		"Organization":        ``,
		"OperationOutcome":    `"issue":[{"severity":"error","code":"invalid"}]`,
		"CapabilityStatement": `"status":"active","date":"2020-01-01","kind":"instance","fhirVersion":"3.0.1","acceptUnknown":"both","format":["json"],
			"rest":[{"mode":"server"}]`,
	},
	r4: {
		"Patient":             ``,
		"Observation":         `"status":"final","code":{"text":"Pulse"}`,
		"Condition":           `"subject":{"reference":"Patient/p1"}`,
		"Encounter":           `"status":"finished","class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"}`,
		"AllergyIntolerance":  `"patient":{"reference":"Patient/p1"}`,
		"MedicationRequest":   `"status":"active","intent":"order","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"text":"Aspirin"}`,
		"MedicationStatement": `"status":"active","subject":{"reference":"Patient/p1"},"medicationCodeableConcept":{"text":"Aspirin"}`,
		"Coverage":            `"status":"active","beneficiary":{"reference":"Patient/p1"},"payor":[{"display":"Payer"}]`,
		"Location":            ``,
		"Practitioner":        ``,
		"PractitionerRole":    ``,
		"Organization":        ``,
		"OperationOutcome":    `"issue":[{"severity":"error","code":"invalid"}]`,
		"CapabilityStatement": `"status":"active","date":"2020-01-01","kind":"instance","fhirVersion":"4.0.1","format":["json"],
			"rest":[{"mode":"server"}]`,
	},
}

// quote is a JSON string.
func quote(s string) string { return string(fhir.AppendString(nil, s)) }

// concept is a CodeableConcept of one coding.
func concept(system, code string) string {
	return fmt.Sprintf(`{"coding":[{"system":%q,"code":%q}]}`, system, code)
}
