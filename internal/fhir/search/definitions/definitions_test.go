package definitions_test

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

type line struct {
	typ, param, kind           string
	paths, targets, components []string
}

var kinds = []string{"string", "token", "reference", "date", "quantity", "number", "uri", "composite"}

func versions() []string { return []string{"dstu2", "stu3", "r4"} }

func readTable(t *testing.T, version string) []line {
	t.Helper()
	b, err := os.ReadFile(version + ".tsv")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "\r") || !strings.HasSuffix(string(b), "\n") {
		t.Fatal("lines must end in LF, the last one too")
	}
	list := func(s, sep string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(s, sep)
	}
	var lines []line
	for i, text := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		if strings.HasPrefix(text, "#") {
			continue
		}
		f := strings.Split(text, "\t")
		if len(f) < 2 || len(f) > 6 {
			t.Fatalf("line %d: %d fields", i+1, len(f))
		}
		f = append(f, "", "", "", "")
		lines = append(lines, line{f[0], f[1], f[2], list(f[3], "|"), list(f[4], ","), list(f[5], ",")})
	}
	return lines
}

// component is what one entry of the components column says.
var component = regexp.MustCompile(`^(\w+):(\w+)@(\S+)$`)

func TestFormat(t *testing.T) {
	typeName := regexp.MustCompile(`^(\*|[A-Z]\w+)$`)
	paramName := regexp.MustCompile(`^(-|_?[A-Za-z][A-Za-z0-9_-]*)$`)
	path := regexp.MustCompile(`^(\.|\w+(\[\w+=[^\]|]+\])?(\.\w+(\[\w+=[^\]|]+\])?)*)$`)
	for _, v := range versions() {
		t.Run(v, func(t *testing.T) {
			last, declared := "", map[string]bool{"*": true}
			for _, l := range readTable(t, v) {
				id := l.typ + "\t" + l.param
				if id <= last {
					t.Errorf("%q after %q: want sorted, each once", id, last)
				}
				last = id
				if !typeName.MatchString(l.typ) || !paramName.MatchString(l.param) {
					t.Errorf("%q: bad name", id)
				}
				if l.param == "-" {
					declared[l.typ] = true
					if l.kind != "" {
						t.Errorf("%q: a declaration says nothing else", id)
					}
					continue
				}
				if !declared[l.typ] || !slices.Contains(kinds, l.kind) || len(l.paths) == 0 {
					t.Errorf("%q: undeclared type, unknown kind or no path", id)
				}
				for _, p := range l.paths {
					if !path.MatchString(p) {
						t.Errorf("%q: bad path %q", id, p)
					}
				}
				if (l.kind == "composite") != (len(l.components) > 1) || l.kind != "reference" && len(l.targets) > 0 {
					t.Errorf("%q: columns do not go with %s", id, l.kind)
				}
				for _, c := range l.components {
					if m := component.FindStringSubmatch(c); m == nil || !slices.Contains(kinds[:7], m[2]) {
						t.Errorf("%q: bad component %q", id, c)
					}
				}
			}
			for _, l := range readTable(t, v) {
				for _, x := range l.targets {
					if !declared[x] {
						t.Errorf("%s %s: target %s is no type of this version", l.typ, l.param, x)
					}
				}
			}
		})
	}
}

// TestInterface holds the tables to what interface §6 names.
func TestInterface(t *testing.T) {
	cases := []struct{ version, typ, param, want string }{
		{"dstu2", "Observation", "patient", "reference subject Patient"},
		{"dstu2", "Observation", "code", "token code|component.code "},
		{"dstu2", "Condition", "patient", "reference patient Patient"},
		{"dstu2", "Condition", "date-recorded", "date dateRecorded "},
		{"dstu2", "Condition", "onset", "date onsetDateTime|onsetPeriod "},
		{"dstu2", "Condition", "clinicalstatus", "token clinicalStatus "},
		{"dstu2", "Encounter", "date", "date period "},
		{"dstu2", "AllergyIntolerance", "date", "date recordedDate "},
		{"dstu2", "AllergyIntolerance", "substance", "token substance "},
		{"dstu2", "MedicationOrder", "datewritten", "date dateWritten "},
		{"dstu2", "MedicationStatement", "effectivedate", "date effectiveDateTime|effectivePeriod "},
		{"dstu2", "Coverage", "patient", "reference subscriber Patient"},
		{"dstu2", "Patient", "careprovider", "reference careProvider Organization,Practitioner"},
		{"dstu2", "Patient", "deathdate", "date deceasedDateTime "},
		{"dstu2", "Patient", "deceased", "token deceasedBoolean|deceasedDateTime "},
		{"dstu2", "Patient", "phone", "token telecom[system=phone] "},
		{"stu3", "Observation", "category", "token category "},
		{"stu3", "Observation", "code", "token code|component.code "},
		{"stu3", "Condition", "patient", "reference subject Patient"},
		{"stu3", "Condition", "asserted-date", "date assertedDate "},
		{"stu3", "Condition", "clinical-status", "token clinicalStatus "},
		{"stu3", "Encounter", "subject", "reference subject Group,Patient"},
		{"stu3", "AllergyIntolerance", "date", "date assertedDate "},
		{"stu3", "MedicationRequest", "date", "date dosageInstruction.timing.event "},
		{"stu3", "MedicationRequest", "authoredon", "date authoredOn "},
		{"stu3", "MedicationStatement", "effective", "date effectiveDateTime|effectivePeriod "},
		{"stu3", "Coverage", "patient", "reference beneficiary|subscriber|policyHolder Patient"},
		{"stu3", "Patient", "death-date", "date deceasedDateTime "},
		{"r4", "Observation", "code", "token code|component.code "},
		{"r4", "Condition", "recorded-date", "date recordedDate "},
		{"r4", "Condition", "onset-date", "date onsetDateTime|onsetPeriod "},
		{"r4", "AllergyIntolerance", "date", "date recordedDate "},
		{"r4", "AllergyIntolerance", "verification-status", "token verificationStatus "},
		{"r4", "MedicationRequest", "date", "date dosageInstruction.timing.event "},
		{"r4", "MedicationRequest", "intent", "token intent "},
		{"r4", "Coverage", "patient", "reference beneficiary|subscriber Patient"},
		{"r4", "Encounter", "patient", "reference subject Patient"},
		{"r4", "Patient", "general-practitioner", "reference generalPractitioner Organization,Practitioner,PractitionerRole"},
		{"r4", "PractitionerRole", "practitioner", "reference practitioner Practitioner"},
	}
	tables := map[string][]line{}
	for _, v := range versions() {
		tables[v] = readTable(t, v)
	}
	for _, c := range cases {
		t.Run(c.version+"/"+c.typ+"/"+c.param, func(t *testing.T) {
			for _, l := range tables[c.version] {
				if l.typ == c.typ && l.param == c.param {
					if got := l.kind + " " + strings.Join(l.paths, "|") + " " + strings.Join(l.targets, ","); got != c.want {
						t.Errorf("got %q, want %q", got, c.want)
					}
					return
				}
			}
			t.Error("not in the table")
		})
	}
}

// reads are the data types a kind of parameter can be read from.
var reads = map[string][]string{
	"string":    {"string", "markdown", "HumanName", "Address", "code"},
	"token":     {"code", "boolean", "string", "id", "uri", "Identifier", "CodeableConcept", "Coding", "ContactPoint", "positiveInt", "dateTime"},
	"reference": {"Reference", "uri", "canonical"},
	"date":      {"date", "dateTime", "instant", "Period"},
	"quantity":  {"Quantity", "Age", "Duration", "Count", "Distance", "Money", "Range"},
	"number":    {"integer", "decimal", "positiveInt", "unsignedInt"},
	"uri":       {"uri", "url", "canonical", "oid"},
}

// TestAgainstStructures proves that each path is one an instance of its
// version can have, and ends at a data type its kind can be read from.
func TestAgainstStructures(t *testing.T) {
	for _, v := range versions() {
		t.Run(v, func(t *testing.T) {
			s := readStructures(t, v)
			var declared []string
			for _, l := range readTable(t, v) {
				if l.param == "-" {
					declared = append(declared, l.typ)
					continue
				}
				base := l.typ
				if base == "*" {
					base = "Patient"
				}
				for _, p := range l.paths {
					end, err := s.follow(member{elem: base}, p)
					if err != nil {
						t.Errorf("%s %s: %v", l.typ, l.param, err)
						continue
					}
					if l.kind != "composite" && !slices.Contains(reads[l.kind], end.typ) {
						t.Errorf("%s %s: a %s cannot be read from %s (%s)", l.typ, l.param, l.kind, p, end.typ)
					}
				}
				for _, c := range l.components {
					s.checkComponent(t, base, l, c)
				}
			}
			if !slices.Equal(declared, s.resources) {
				t.Errorf("declared types %v, want %v", declared, s.resources)
			}
		})
	}
}

// A member is a JSON member: the element that defines it, and its data type.
type member struct{ elem, typ string }

type structures struct {
	members   map[string]map[string]member // element path, JSON name
	content   map[string]string            // element path whose content is another's
	resources []string
}

// follow walks a path of the tables.
func (s *structures) follow(at member, path string) (member, error) {
	if path == "." {
		return at, nil
	}
	bare := regexp.MustCompile(`\[[^\]]*\]`).ReplaceAllString(path, "")
	for name := range strings.SplitSeq(bare, ".") {
		next, ok := s.members[at.elem][name]
		if !ok {
			next, ok = s.members[s.content[at.elem]][name]
		}
		if !ok {
			next, ok = s.members[at.typ][name]
		}
		if !ok {
			return member{}, fmt.Errorf("path %s: nothing has a member %s there", path, name)
		}
		at = next
	}
	return at, nil
}

func (s *structures) checkComponent(t *testing.T, base string, l line, c string) {
	t.Helper()
	m := component.FindStringSubmatch(c)
	if m == nil {
		t.Errorf("%s %s: bad component %q", l.typ, l.param, c)
		return
	}
	for path := range strings.SplitSeq(m[3], "|") {
		found := false
		for _, root := range l.paths {
			at, err := s.follow(member{elem: base}, root)
			if err != nil {
				continue
			}
			if end, err := s.follow(at, path); err == nil && slices.Contains(reads[m[2]], end.typ) {
				found = true
			}
		}
		if !found {
			t.Errorf("%s %s: component %s: no %s to read at %s", l.typ, l.param, m[1], m[2], path)
		}
	}
}

func readStructures(t *testing.T, version string) *structures {
	t.Helper()
	shared := os.Getenv("WARDBRIDGE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "data", "fhir-definitions", "files", version)
	names := []string{"StructureDefinition.ndjson.gz"}
	if version == "dstu2" {
		names = []string{"profiles-types.json.gz", "profiles-resources.json.gz"}
	}
	s := &structures{members: map[string]map[string]member{}, content: map[string]string{}}
	for _, n := range names {
		f, err := os.Open(filepath.Join(dir, n)) //nolint:gosec // whoever runs the tests names the folder
		if errors.Is(err, os.ErrNotExist) {
			t.Skipf("the tables were not held against the official structures. SHARED DATA ABSENT: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		s.read(t, f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(s.resources)
	return s
}

type structure struct {
	ResourceType, ID, Kind string
	Abstract               bool
	Snapshot               struct {
		Element []struct {
			Path, Name, NameReference, ContentReference string
			Type                                        []struct{ Code string }
		}
	}
}

func (s *structures) read(t *testing.T, r io.Reader) {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(z); ; {
		var d struct {
			structure
			Entry []struct{ Resource structure }
		}
		if err := dec.Decode(&d); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		s.add(d.structure)
		for _, e := range d.Entry {
			s.add(e.Resource)
		}
	}
}

func (s *structures) add(d structure) {
	el := d.Snapshot.Element
	if d.ResourceType != "StructureDefinition" || len(el) == 0 || el[0].Path != d.ID {
		return
	}
	if d.Kind == "resource" && !d.Abstract && d.ID != "Parameters" {
		s.resources = append(s.resources, d.ID)
	}
	named := map[string]string{}
	for _, e := range el {
		named[e.Name] = e.Path
	}
	delete(named, "")
	for _, e := range el[1:] {
		dot := strings.LastIndex(e.Path, ".")
		parent, name := e.Path[:dot], e.Path[dot+1:]
		if s.members[parent] == nil {
			s.members[parent] = map[string]member{}
		}
		if ref := strings.TrimPrefix(e.ContentReference, "#") + named[e.NameReference]; ref != "" {
			s.content[e.Path] = ref
		}
		stem, choice := strings.CutSuffix(name, "[x]")
		types := map[string]bool{}
		for _, x := range e.Type {
			types[x.Code] = true
		}
		switch sorted := slices.Sorted(maps.Keys(types)); {
		case choice:
			for _, c := range sorted {
				s.members[parent][stem+strings.ToUpper(c[:1])+c[1:]] = member{c, c}
			}
		case len(sorted) == 0:
			s.members[parent][name] = member{elem: e.Path}
		default:
			s.members[parent][name] = member{e.Path, sorted[0]}
		}
	}
}
