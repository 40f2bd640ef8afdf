package mappingtest_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// So many resources of one type, and so many whole Bundles, of one set of
// records are looked at; the sets of synthetic patients are large and alike.
const (
	enough = 40
	few    = 4
)

// recordSets are the public records of each version. Those of XML are not read.
var recordSets = map[fhir.Version][]string{
	d2: {"fhir-dstu2-hl7-examples", "fhir-dstu2-synthea"},
	s3: {"fhir-stu3-hl7-examples", "fhir-stu3-synthea", "fhir-stu3-smart", "fhir-msft-testfiles/files/Stu3"},
	r4: {"fhir-r4-hl7-examples", "fhir-r4-synthea", "fhir-r4-uscore", "fhir-msft-testfiles/files/R4", "fhir-msft-testfiles/files/Normative"},
}

// A tally counts what became of resources.
type tally struct{ read, converted, withheld, imperfect int }

// TestRecords converts public records in all directions. Each conversion
// succeeds, or withholds for a reason; what comes out has no fault that did
// not go in.
func TestRecords(t *testing.T) {
	t.Parallel()
	vals := validators(t)
	for _, from := range fhir.Versions() {
		for _, set := range recordSets[from] {
			t.Run(set, func(t *testing.T) {
				records := recordsOf(t, from, set)
				for _, to := range others[from] {
					n, reasons := tally{}, map[string]int{}
					for _, body := range records {
						n.read++
						reason := convertRecord(t, vals, body, from, to, &n)
						if reason != "" {
							reasons[reason]++
						}
					}
					t.Logf("%s: %d resources, %d converted (%d with the faults they had), %d withheld %v", arrow(from, to), n.read, n.converted,
						n.imperfect, n.withheld, reasons)
				}
			})
		}
	}
}

func convertRecord(t *testing.T, vals map[fhir.Version]*definitiontest.Validator, body []byte, from, to fhir.Version, n *tally) (reason string) {
	t.Helper()
	doc, err := fhir.Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	typ := doc.Root().Get("resourceType").String()
	what := fmt.Sprintf("%s %s/%s", arrow(from, to), typ, doc.Root().Get("id"))
	if _, ok := mapping.Type(typ, from, to); !ok {
		n.read--
		return ""
	}
	out, rep, err := mapping.Resource(body, from, to, mapping.Options{})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return ""
	}
	if rep.Withheld != "" {
		n.withheld++
		return rep.Withheld
	}
	n.converted++
	if n := foreignNumber(t, body, out); n != "" {
		t.Errorf("%s: %s is a number that was not in the source", what, n)
	}
	had := vals[from].Check(body)
	if len(had) > 0 {
		n.imperfect++
	}
	for _, p := range vals[to].Check(out) {
		if !counterpart(had, p) && !forgivable(p) {
			t.Errorf("%s: %v", what, p)
		}
	}
	return ""
}

// counterpart reports whether a fault of an answer was there before: the same
// rule broken at an element of the same name, or at one that holds it.
func counterpart(had []definitiontest.Problem, p definitiontest.Problem) bool {
	return slices.ContainsFunc(had, func(h definitiontest.Problem) bool {
		return h.Rule == p.Rule && (leaf(h.Path) == leaf(p.Path) || h.Text == p.Text)
	})
}

// leaf is a path's last element without index.
func leaf(path string) string {
	path = path[strings.LastIndexByte(path, '.')+1:]
	name, _, _ := strings.Cut(path, "[")
	return name
}

// recordsOf are the resources of the mapped types in a set, and those in its
// Bundles.
func recordsOf(t *testing.T, v fhir.Version, set string) [][]byte {
	t.Helper()
	dir := filepath.Join(definitiontest.Shared(), "data", set)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SHARED DATA ABSENT: no records were converted (set WARDBRIDGE_SHARED): %v", err)
	}
	types, seen := mapping.Types(v), map[string]int{}
	var list [][]byte
	add := func(r fhir.Node) {
		typ := r.Get("resourceType").String()
		if slices.Contains(types, typ) && seen[typ] < enough && (typ != "Bundle" || seen[typ] < few) {
			seen[typ]++
			list = append(list, r.Raw())
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, ".json") {
			return err
		}
		raw, err := read(path)
		if err != nil {
			return err
		}
		doc, err := fhir.Parse(bytes.TrimPrefix(raw, []byte("\ufeff")))
		if err != nil {
			return nil // invalid on purpose
		}
		add(doc.Root())
		for e := range doc.Root().Get("entry").Children() {
			add(e.Get("resource"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("no resources of %v in %s", types, set)
	}
	t.Logf("%s: %v", set, slices.Sorted(maps.Keys(seen)))
	return list
}

func read(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return b, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
