package importer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/importer"
)

// A dawdler takes a while, now more and now less, before it does a write: by the
// clock of the bubble that the test is in.
type dawdler struct{ *fake }

func (d dawdler) Do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	time.Sleep(rand.N(time.Second))
	return d.fake.Do(ctx, req)
}

// TestOrder holds that an import of many files at once ends like one of file
// after file: replaced resources, conditional writes and references, chains.
func TestOrder(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 0))
		value := func() string { return fmt.Sprintf("mrn-%d", r.IntN(12)) }
		entry := func() string {
			switch r.IntN(6) {
			case 0:
				return numbered(r, create(value(), ""))
			case 1:
				return numbered(r, create(value(), value()))
			case 2:
				v := value()
				return numbered(r, create(v, v))
			case 3:
				return put("Observation", fmt.Sprint(r.IntN(4)), fmt.Sprintf(`,"n":%d,"subject":{"reference":"Patient?identifier=%s"}`, r.IntN(1e6), value()))
			case 4:
				return put("Observation", fmt.Sprint(r.IntN(4)), fmt.Sprintf(`,"n":%d,"subject":{"reference":"Patient?organization.name=%s"}`, r.IntN(1e6), value()))
			default:
				return put("Condition", fmt.Sprint(r.IntN(4)), fmt.Sprintf(`,"n":%d`, r.IntN(1e6)))
			}
		}
		dir := t.TempDir()
		var files []string
		for n := range 60 {
			text := bundle1("transaction", entry())
			for range r.IntN(3) {
				text += "\n" + bundle1("batch", entry())
			}
			file := filepath.Join(dir, fmt.Sprintf("%02d.ndjson", n))
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
		oneByOne := &fake{stored: map[string]string{}}
		for _, f := range files {
			run(t, oneByOne, importer.Config{Writers: 1}, f)
		}
		for range 2 {
			atOnce := &fake{stored: map[string]string{}}
			synctest.Test(t, func(t *testing.T) {
				im, err := importer.New(importer.Config{Server: dawdler{atOnce}})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := im.Run(t.Context(), []string{dir}); err != nil {
					t.Fatal(err)
				}
			})
			if diff := cmp.Diff(oneByOne.stored, atOnce.stored); diff != "" {
				t.Fatalf("seed %d: file by file (-) and at once (+):\n%s", seed, diff)
			}
		}
	}
}

func numbered(r *rand.Rand, entry string) string {
	return strings.Replace(entry, `"identifier"`, fmt.Sprintf(`"n":%d,"identifier"`, r.IntN(1e9)), 1)
}

var number = regexp.MustCompile(`"n":(\d+)`)

// newID is the number of a body, so that it does not rest on the order, else
// how much is stored.
func (f *fake) newID(req *fhir.Request) string {
	if m := number.FindSubmatch(req.Body); m != nil {
		return "made-" + string(m[1])
	}
	return fmt.Sprintf("made-%d", len(f.stored))
}

var conditionalReference = regexp.MustCompile(`Patient\?[a-z.]+=([a-z0-9-]+)`)

// resolved is a body with its conditional references resolved.
func (f *fake) resolved(req *fhir.Request) string {
	return conditionalReference.ReplaceAllStringFunc(string(req.Body), func(ref string) string {
		_, value, _ := strings.Cut(ref, "=")
		return "Patient/" + f.meets(&fhir.Request{Type: "Patient", Conditional: true, Criteria: []fhir.Param{{Value: value}}})
	})
}
