package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/await"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/importer"
)

func TestMain(m *testing.M) { await.Main(m) }

// A fake server stores bodies, and refuses those that say so.
type fake struct {
	mu     sync.Mutex
	stored map[string]string
	calls  int
}

func (f *fake) Version() fhir.Version { return fhir.R4 }

func (f *fake) Do(_ context.Context, req *fhir.Request) (*fhir.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	entries := []fhir.Entry{{Request: req}}
	if req.Interaction == fhir.Transaction {
		entries = req.Entries
	}
	for i, e := range entries {
		if strings.Contains(string(e.Request.Body), "refuse-me") {
			err := fhir.Errorf(fhir.KindUnprocessable, "value", "This one is not wanted.")
			if req.Interaction == fhir.Transaction {
				err.Issues[0].Expression = []string{fmt.Sprintf("Bundle.entry[%d]", i)}
			}
			return nil, err
		}
	}
	resp := &fhir.Response{Created: true}
	for _, e := range entries {
		answer := &fhir.Response{Created: true}
		if id := f.meets(e.Request); id != "" && e.Request.Interaction == fhir.Create {
			answer = &fhir.Response{Resource: &fhir.Resource{Type: e.Request.Type, ID: id}}
		} else {
			if id == "" {
				id = f.newID(e.Request)
			}
			f.stored[e.Request.Type+"/"+id] = f.resolved(e.Request)
		}
		resp.Results = append(resp.Results, fhir.Result{Response: answer})
		if req.Interaction != fhir.Transaction {
			resp = answer
		}
	}
	return resp, nil
}

// meets finds which resource a request means: the one of its id, or one that
// has what the condition asks for.
func (f *fake) meets(req *fhir.Request) string {
	if !req.Conditional {
		return req.ID
	}
	for _, key := range f.keys() {
		if id, ok := strings.CutPrefix(key, req.Type+"/"); ok && strings.Contains(f.stored[key], `"`+req.Criteria[0].Value+`"`) {
			return id
		}
	}
	return ""
}

func (f *fake) keys() []string {
	var keys []string
	for k := range f.stored {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func zip(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func bundle(kind string, entries ...string) string {
	return `{"resourceType":"Bundle","type":"` + kind + `","entry":[` + strings.Join(entries, ",\n") + `]}`
}

// bundle1 is a bundle in one line.
func bundle1(kind string, entries ...string) string {
	return strings.ReplaceAll(bundle(kind, entries...), "\n", "")
}

// create is an entry that makes a patient, unless one has the value of the
// condition, if there is one.
func create(value, condition string) string {
	if condition != "" {
		condition = `,"ifNoneExist":"identifier=` + condition + `"`
	}
	return fmt.Sprintf(`{"resource":{"resourceType":"Patient","identifier":[{"value":%q}]},"request":{"method":"POST","url":"Patient"%s}}`, value, condition)
}

func put(typ, id, more string) string {
	return fmt.Sprintf(`{"fullUrl":"urn:uuid:%[2]s","resource":{"resourceType":%[1]q,"id":%[2]q%[3]s},"request":{"method":"PUT","url":"%[1]s/%[2]s"}}`, typ, id, more)
}

func run(t *testing.T, f *fake, cfg importer.Config, paths ...string) (importer.Summary, []string) {
	t.Helper()
	var problems []string
	cfg.Server = f
	cfg.Problem = func(p importer.Problem) {
		p.File = filepath.Base(p.File)
		problems = append(problems, p.String())
	}
	im, err := importer.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := im.Run(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(problems)
	return sum, problems
}

func TestImport(t *testing.T) {
	for _, tc := range []struct {
		name, file, text string
		stored, problems []string
	}{
		{name: "single resource keeps its id", file: "p.json", text: `{"resourceType":"Patient","id":"p1"}`, stored: []string{"Patient/p1"}},
		{name: "byte order mark", file: "p.json", text: "\ufeff" + `{"resourceType":"Patient","id":"p1"}`, stored: []string{"Patient/p1"}},
		{name: "gzip", file: "p.json.gz", text: zip(`{"resourceType":"Patient","id":"p1"}`), stored: []string{"Patient/p1"}},
		{name: "gzip under another name", file: "p.json", text: zip(`{"resourceType":"Patient","id":"p1"}`), stored: []string{"Patient/p1"}},
		{
			name: "NDJSON, a bad line between", file: "p.ndjson",
			text:   `{"resourceType":"Patient","id":"p1"}` + "\n\n{\"resourceType\":\n" + `{"resourceType":"Patient","id":"p2"}` + "\r\n" + `{"id":"x"}`,
			stored: []string{"Patient/p1", "Patient/p2"},
			problems: []string{
				`p.ndjson:3: line 3: not valid JSON: jsontext: unexpected EOF within "/resourceType" after offset 16`,
				"p.ndjson:5: this is no FHIR resource: resourceType is missing",
			},
		},
		{
			name: "NDJSON under the name .json", file: "p.json", text: `{"resourceType":"Patient","id":"p1"}` + "\n" + `{"resourceType":"Patient","id":"p2"}`,
			stored: []string{"Patient/p1", "Patient/p2"},
		},
		{name: "XML", file: "p.xml", text: "<Patient/>", problems: []string{"p.xml: this is XML; only FHIR JSON is taken. Convert it to JSON first"}},
		{
			name: "transaction", file: "b.json", text: bundle("transaction", put("Patient", "p1", ""), put("Observation", "o1", "")),
			stored: []string{"Observation/o1", "Patient/p1"},
		},
		{
			name: "a transaction goes in whole or not at all", file: "b.json",
			text:     bundle("transaction", put("Patient", "p1", ""), put("Observation", "o1", `,"x":"refuse-me"`)),
			problems: []string{"b.json:2: entry 2: Observation/o1: This one is not wanted. The Bundle is a transaction, so none of its 2 entries was stored."},
		},
		{
			name: "a collection loses only the bad entry", file: "b.json",
			text:     bundle("collection", put("Patient", "p1", ""), put("Observation", "o1", `,"x":"refuse-me"`), put("Observation", "o2", "")),
			stored:   []string{"Observation/o2", "Patient/p1"},
			problems: []string{"b.json:2: entry 2: Observation/o1: This one is not wanted."},
		},
		{
			name: "an id out of the urn", file: "b.json",
			text:   bundle("collection", `{"fullUrl":"urn:uuid:6a7d0f4e-0000-4000-8000-000000000001","resource":{"resourceType":"Patient"}}`),
			stored: []string{"Patient/6a7d0f4e-0000-4000-8000-000000000001"},
		},
		{
			name: "searchset without its outcome", file: "b.json",
			text:   bundle("searchset", `{"resource":{"resourceType":"Patient","id":"p1"},"search":{"mode":"match"}}`, `{"resource":{"resourceType":"OperationOutcome","id":"x"},"search":{"mode":"outcome"}}`),
			stored: []string{"Patient/p1"},
		},
		{
			name: "two versions of one resource", file: "b.json",
			text:   bundle("history", `{"resource":{"resourceType":"Patient","id":"p1","v":1}}`, `{"resource":{"resourceType":"Patient","id":"p1","v":2}}`),
			stored: []string{"Patient/p1"},
		},
		{
			name: "a conditional create that finds its resource", file: "b.ndjson",
			text: bundle1("transaction", create("mrn-1", ""), create("mrn-2", "mrn-2")) + "\n" +
				bundle1("batch", create("mrn-1", "mrn-1"), create("mrn-3", "mrn-3")),
			stored:   []string{"Patient/made-0", "Patient/made-1", "Patient/made-2"},
			problems: []string{"b.ndjson:2: entry 1: Patient: Patient/made-0 meets its condition (ifNoneExist), so it was not created"},
		},
		{name: "an empty bundle", file: "b.json", text: `{"resourceType":"Bundle","type":"transaction"}`},
		{name: "not JSON", file: "b.json", text: "{\n\n,}", problems: []string{"b.json: line 3: not valid JSON: jsontext: invalid character ',' at start of value after offset 3"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), tc.file)
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			f := &fake{stored: map[string]string{}}
			sum, problems := run(t, f, importer.Config{}, file)
			if diff := cmp.Diff(tc.stored, f.keys()); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.problems, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if (sum.Refused+sum.Existing > 0) != (len(tc.problems) > 0) {
				t.Errorf("refused %d, existing %d, problems %d", sum.Refused, sum.Existing, len(problems))
			}
			if n := int64(len(tc.stored)); sum.Stored < n {
				t.Errorf("stored %d, want %d or, with what was replaced, more", sum.Stored, n)
			}
		})
	}
}

// TestWithoutID holds that a resource without an id gets the same one on every
// reading, and that the id is in its body.
func TestWithoutID(t *testing.T) {
	dir := t.TempDir()
	text := `{"resourceType":"Patient","name":[{"family":"A"}]}` + "\n" + `{"resourceType":"Patient","name":[{"family":"A"}]}`
	if err := os.WriteFile(filepath.Join(dir, "p.ndjson"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f := &fake{stored: map[string]string{}}
	run(t, f, importer.Config{}, dir)
	first := f.keys()
	run(t, f, importer.Config{}, dir)
	if len(first) != 2 || !slices.Equal(first, f.keys()) {
		t.Errorf("first %v, then %v; want the same two", first, f.keys())
	}
	for k, body := range f.stored {
		var v struct{ ID string }
		if err := json.Unmarshal([]byte(body), &v); err != nil || "Patient/"+v.ID != k {
			t.Errorf("%s has the body %s (%v)", k, body, err)
		}
	}
}

// TestRestart holds that a second import reads only what is not stored.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good.json": `{"resourceType":"Patient","id":"p1"}`,
		"bad.json":  `{"resourceType":"Patient","id":"p2","x":"refuse-me"}`,
		"README.md": "not ours",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	journalFile := filepath.Join(t.TempDir(), "j")
	f := &fake{stored: map[string]string{}}
	for i, want := range []struct{ known, calls int }{{0, 2}, {1, 3}} {
		j, err := importer.OpenJournal(journalFile)
		if err != nil {
			t.Fatal(err)
		}
		sum, problems := run(t, f, importer.Config{Journal: j}, dir)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if sum.FilesKnown != want.known || f.calls != want.calls || len(problems) != 1 {
			t.Errorf("run %d: %d files known, %d writes, problems %v; want %d, %d and one", i, sum.FilesKnown, f.calls, problems, want.known, want.calls)
		}
	}
	j, err := importer.OpenJournal(journalFile)
	if err != nil {
		t.Fatal(err)
	}
	run(t, f, importer.Config{Journal: j, Again: true}, dir)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if f.calls != 5 {
		t.Errorf("--again made %d writes in all, want 5", f.calls)
	}
}

func TestStdin(t *testing.T) {
	f := &fake{stored: map[string]string{}}
	run(t, f, importer.Config{Stdin: strings.NewReader(`{"resourceType":"Patient","id":"p1"}`)}, "-")
	if !slices.Equal(f.keys(), []string{"Patient/p1"}) {
		t.Errorf("stored %v", f.keys())
	}
}

func FuzzFile(f *testing.F) {
	for _, s := range []string{
		`{"resourceType":"Patient","id":"p1"}`, bundle("collection", put("Patient", "p1", "")), bundle("transaction", put("A", "b", "")),
		"{}\n{}", "\ufeff[]", zip("{}"), "<a/>", `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"PUT","url":"a?b=%zz"},"resource":{}}]}`, "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		im, err := importer.New(importer.Config{Server: &fake{stored: map[string]string{}}, Writers: 2, Stdin: bytes.NewReader(text)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := im.Run(t.Context(), []string{"-"}); err != nil {
			t.Fatal(err)
		}
	})
}
