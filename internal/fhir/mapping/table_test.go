package mapping

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
)

// An official is what a version's definitions say of one element.
type official struct {
	min   int
	many  bool
	types []string
	// targets are the types a Reference may point at; Resource for any.
	targets []string
}

// texts is a string or an array of them: versions differ.
type texts []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *texts) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*t = make(texts, 1)
		return json.Unmarshal(b, &(*t)[0])
	}
	return json.Unmarshal(b, (*[]string)(t))
}

type structureDefinition struct {
	Kind            string `json:"kind"`
	Derivation      string `json:"derivation"`
	ConstrainedType string `json:"constrainedType"`
	Snapshot        struct {
		Element []struct {
			Path string `json:"path"`
			Min  int    `json:"min"`
			Max  string `json:"max"`
			Type []struct {
				Code          string `json:"code"`
				Profile       texts  `json:"profile"` // DSTU2: what a Reference may point at
				TargetProfile texts  `json:"targetProfile"`
			} `json:"type"`
		} `json:"element"`
	} `json:"snapshot"`
}

// officials reads the elements of all types of a version by path; it skips the
// test loudly without the definitions.
func officials(t *testing.T, v fhir.Version) map[string]official {
	t.Helper()
	dir := filepath.Join(definitiontest.Shared(), "data", "fhir-definitions", "files", v.String())
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SHARED DATA ABSENT: no FHIR definitions, no table was checked: %v", err)
	}
	all := map[string]official{}
	add := func(b []byte) {
		var d structureDefinition
		if err := json.Unmarshal(b, &d); err != nil || d.Derivation == "constraint" || d.ConstrainedType != "" {
			return
		}
		for _, e := range d.Snapshot.Element {
			if _, sliced := all[e.Path]; sliced {
				continue
			}
			o := official{min: e.Min, many: e.Max != "1" && e.Max != "0"}
			for _, c := range e.Type {
				if !slices.Contains(o.types, c.Code) {
					o.types = append(o.types, c.Code)
				}
				for _, p := range append(c.TargetProfile, c.Profile...) {
					if c.Code == "Reference" {
						o.targets = append(o.targets, p[strings.LastIndexByte(p, '/')+1:])
					}
				}
			}
			all[e.Path] = o
		}
	}
	names := []string{"StructureDefinition.ndjson.gz"}
	if v == fhir.DSTU2 {
		names = []string{"profiles-types.json.gz", "profiles-resources.json.gz"}
	}
	for _, n := range names {
		readDefinitions(t, filepath.Join(dir, n), add)
	}
	return all
}

func readDefinitions(t *testing.T, path string, add func([]byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(path, "ndjson") {
		var bundle struct {
			Entry []struct {
				Resource json.RawMessage `json:"resource"`
			} `json:"entry"`
		}
		if err := json.NewDecoder(z).Decode(&bundle); err != nil {
			t.Fatal(err)
		}
		for _, e := range bundle.Entry {
			add(e.Resource)
		}
		return
	}
	for r := bufio.NewReaderSize(z, 1<<20); ; {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			add(line)
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// roots is where the definitions of a version describe a table's type, "" for
// nowhere.
func roots(t *typeTable, v fhir.Version) string {
	switch {
	case t.name == "Dosage" && v == fhir.DSTU2:
		return "MedicationOrder.dosageInstruction"
	case t.name == "StatementDosage" && v == fhir.DSTU2:
		return "MedicationStatement.dosage"
	case t.name == "StatementDosage":
		return "Dosage"
	}
	return t.names[v-1]
}

// TestTablesMatchDefinitions: every element a table names is in that version's
// definitions, with the table's cardinality and type, and none of theirs is
// missing in the table.
func TestTablesMatchDefinitions(t *testing.T) {
	t.Parallel()
	for _, v := range fhir.Versions() {
		defs := officials(t, v)
		for _, table := range tables() {
			root := roots(table, v)
			if _, ok := defs[root]; !ok {
				if table.resource && root != "" {
					t.Errorf("%s: no type %s", v, root)
				}
				continue
			}
			named := map[string]bool{}
			matchRows(t, v, defs, root, table.rows, named)
			for path := range defs {
				name, below := strings.CutPrefix(path, root+".")
				if below && !named[path] && !everywhere(name) && !nestedElsewhere(path) {
					t.Errorf("%s: the tables lack %s", v, path)
				}
			}
		}
	}
}

// everywhere reports whether an element is of every resource or element, which
// the tables need not list.
func everywhere(name string) bool {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "id", "extension", "modifierExtension", "meta", "implicitRules", "language", "contained", "fhir_comments":
		return true
	}
	return name == "text"
}

// nestedElsewhere are elements whose backbone stands in another line's place,
// and the few that no version but their own could use.
func nestedElsewhere(path string) bool {
	for _, p := range []string{"Bundle.signature", "Conformance.contact.", "Extension.value[x]", "UsageContext.value[x]", "Conformance.rest.operation.", "CapabilityStatement.rest.operation."} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	for _, p := range []string{
		"Medication.product.ingredient.", "Medication.product.batch.", "Medication.package.batch.", "MedicationOrder.dosageInstruction.", "MedicationStatement.dosage.",
	} {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

func matchRows(t *testing.T, v fhir.Version, defs map[string]official, root string, rows []*row, named map[string]bool) {
	t.Helper()
	choices := map[string][]string{}
	for _, r := range rows {
		c := r.cells[v-1]
		if c.name == "" {
			continue
		}
		path := root + "." + c.name
		def, ok := defs[path]
		if !ok {
			path, def, ok = choiceOf(defs, root, c.name, r.kinds[v-1])
			choices[path] = append(choices[path], r.kinds[v-1])
		}
		if !ok {
			if !strings.HasPrefix(root, "Dosage") && !strings.Contains(root, "dosage") && !strings.Contains(root, "practitionerRole") && !r.cells[v-1].quiet {
				t.Errorf("%s: there is no %s.%s", v, root, c.name)
			}
			continue
		}
		named[path] = true
		if c.many != def.many {
			t.Errorf("%s: %s: repeats: the table says %v", v, path, c.many)
		}
		if !c.quiet && c.must != (def.min > 0) && r.rule == "" {
			t.Errorf("%s: %s: mandatory: the table says %v", v, path, c.must)
		}
		if k := r.kinds[v-1]; !c.quiet && len(def.types) > 0 && !sameKind(k, def.types) {
			t.Errorf("%s: %s: the table says %s, the definitions %v", v, path, k, def.types)
		}
		if r.kinds[v-1] == "Reference" && !c.quiet {
			matchTargets(t, v, path, r.targets[v-1], def.targets)
		}
		if len(r.kids) > 0 {
			matchRows(t, v, defs, path, r.kids, named)
		}
	}
	for path, kinds := range choices {
		for _, k := range defs[path].types {
			if !sameKind(k, kinds) && !strings.HasPrefix(path, "Extension.") {
				t.Errorf("%s: %s: the tables lack its type %s", v, path, k)
			}
		}
	}
}

// matchTargets: a Reference may point at what the definitions say.
func matchTargets(t *testing.T, v fhir.Version, path, table string, targets []string) {
	t.Helper()
	slices.Sort(targets)
	want := strings.Join(slices.Compact(targets), "|")
	if want == "Resource" {
		want = ""
	}
	said := strings.Split(table, "|")
	slices.Sort(said)
	if strings.Join(said, "|") != want {
		t.Errorf("%s: %s may point at %q, the table says %q", v, path, want, table)
	}
}

// choiceOf finds the choice that a name with its type belongs to.
func choiceOf(defs map[string]official, root, name, kind string) (string, official, bool) {
	for i := len(name) - 1; i > 0; i-- {
		path := root + "." + name[:i] + "[x]"
		if d, ok := defs[path]; ok && strings.EqualFold(name[i:], kind) {
			return path, d, true
		}
	}
	return "", official{}, false
}

func sameKind(kind string, types []string) bool {
	if kind == "{}" {
		return slices.ContainsFunc(types, func(t string) bool { return t == "BackboneElement" || t == "Element" || t == "Dosage" })
	}
	for _, t := range types {
		if alias(t) == alias(kind) || t == "*" || strings.HasPrefix(t, "http://hl7.org/fhirpath/") || t == "BackboneElement" && strings.HasSuffix(kind, "Dosage") ||
			t == "BackboneElement" && kind == "ContactDetail" || t == "Dosage" && kind == "StatementDosage" {
			return true
		}
	}
	return false
}

// TestTablesCompile builds all directions, so that a fault of a table shows
// here and not in the first conversion.
func TestTablesCompile(t *testing.T) {
	t.Parallel()
	for _, from := range fhir.Versions() {
		for _, to := range fhir.Versions() {
			if d := directionOf(from, to); len(d.resources) == 0 {
				t.Errorf("%s to %s: no resource can be converted", from, to)
			}
		}
	}
}
