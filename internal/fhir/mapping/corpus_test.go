package mapping_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/definitiontest"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// corpora are the public records of each version.
func corpora(v fhir.Version) []string {
	switch v {
	case fhir.DSTU2:
		return []string{"fhir-dstu2-hl7-examples", "fhir-dstu2-synthea"}
	case fhir.STU3:
		return []string{"fhir-stu3-hl7-examples", "fhir-stu3-synthea", "fhir-stu3-smart"}
	case fhir.R4:
		return []string{"fhir-r4-hl7-examples", "fhir-r4-synthea", "fhir-r4-uscore"}
	}
	return nil
}

// eachRecord calls f with every resource of the public records of a version
// whose type can be converted, also those within Bundles. It skips the test
// loudly when the shared data is absent.
func eachRecord(t testing.TB, v fhir.Version, f func(name string, body []byte)) {
	t.Helper()
	types := mapping.Types(v)
	found := 0
	for _, set := range corpora(v) {
		root := filepath.Join(definitiontest.Shared(), "data", set, "files")
		_ = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.Contains(path, "json") {
				return nil //nolint:nilerr // an absent directory is told below
			}
			for i, line := range documents(t, path) {
				doc, err := fhir.Parse(line)
				if err != nil {
					continue
				}
				found++
				root := doc.Root()
				name := fmt.Sprintf("%s/%s#%d", set, filepath.Base(path), i)
				if root.Get("resourceType").Is("Bundle") {
					n := 0
					for e := range root.Get("entry").Values() {
						n++
						if r := e.Get("resource"); slices.Contains(types, r.Get("resourceType").String()) {
							f(fmt.Sprintf("%s.%d", name, n), r.Raw())
						}
					}
				}
				if slices.Contains(types, root.Get("resourceType").String()) && len(line) < 50_000 { // what is longer is a Bundle of many
					f(name, line)
				}
			}
			return nil
		})
	}
	if found == 0 {
		t.Skipf("SHARED DATA ABSENT: no records of %s under %s, nothing was converted", v, definitiontest.Shared())
	}
}

// documents reads a file of one resource, or of one a line.
func documents(t testing.TB, path string) [][]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if strings.Contains(path, "ndjson") {
		return slices.DeleteFunc(bytes.Split(b, []byte("\n")), func(l []byte) bool { return len(bytes.TrimSpace(l)) == 0 })
	}
	return [][]byte{b}
}

// TestRecordsStayValid converts every public record of a mapped type in every
// direction: the target's definitions find no more faults of a kind than the
// source's definitions find in the source.
func TestRecordsStayValid(t *testing.T) {
	t.Parallel()
	validators := map[fhir.Version]*definitiontest.Validator{}
	for _, v := range fhir.Versions() {
		validators[v] = definitiontest.New(t, v)
	}
	for _, from := range fhir.Versions() {
		t.Run(from.String(), func(t *testing.T) {
			t.Parallel()
			withheld, converted := map[string]int{}, 0
			eachRecord(t, from, func(name string, body []byte) {
				was := sync.OnceValue(func() map[definitiontest.Rule]int { return tally(validators[from].Check(body)) })
				for _, to := range fhir.Versions() {
					out, rep, err := mapping.Resource(body, from, to, mapping.Options{})
					switch {
					case from == to:
						continue
					case err != nil:
						if fe := fhir.AsError(err); fe.Kind != fhir.KindUnknownType {
							t.Errorf("%s to %s: %v", name, to, err)
						}
						continue
					case rep.Withheld != "":
						withheld[rep.Withheld]++
						continue
					}
					converted++
					problems := validators[to].Check(out) // which also says when it is no strict JSON
					for rule, n := range tally(problems) {
						if n > was()[rule] {
							t.Errorf("%s to %s: %d faults of %s, the source has %d: %v", name, to, n, rule, was()[rule], ofRule(problems, rule))
						}
					}
				}
			})
			t.Logf("%d conversions; withheld: %v", converted, withheld)
		})
	}
}

func tally(list []definitiontest.Problem) map[definitiontest.Rule]int {
	n := map[definitiontest.Rule]int{}
	for _, p := range list {
		if !passesThrough(p) {
			n[p.Rule]++
		}
	}
	return n
}

// passesThrough tells the codes that no table of version-mapping §2 has: what
// one version's terminology knows and another's does not travels as it is.
func passesThrough(p definitiontest.Problem) bool {
	if p.Rule != definitiontest.RuleCoding {
		return false
	}
	for _, uri := range []string{
		"http://hl7.org/fhir/patient-contact-relationship", "http://hl7.org/fhir/encounter-class", "http://hl7.org/fhir/coverage-selfpay",
		"http://hl7.org/fhir/v3/GTSAbbreviation has no code", "http://terminology.hl7.org/CodeSystem/v2-0360-2.7",
	} {
		if strings.Contains(p.Text, uri) {
			return true
		}
	}
	return false
}

func ofRule(list []definitiontest.Problem, rule definitiontest.Rule) []definitiontest.Problem {
	return slices.DeleteFunc(slices.Clone(list), func(p definitiontest.Problem) bool { return p.Rule != rule })
}
