package mappingtest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// TestNothingIsLostInSilence: every text of a rich sample is in the answer, or
// the report names the element that is not.
func TestNothingIsLostInSilence(t *testing.T) {
	t.Parallel()
	eachSample(t, func(t *testing.T, typ string, v fhir.Version, body []byte) {
		doc, err := decode(body)
		if err != nil {
			t.Fatal(err)
		}
		marks := map[string]string{}
		marked, err := json.Marshal(mark(doc, nameIn(v, typ), "", marks))
		if err != nil {
			t.Fatal(err)
		}
		if len(marks) == 0 {
			t.Fatal("the test's own sample has no texts")
		}
		for _, to := range others[v] {
			if nameIn(to, typ) == "" {
				continue
			}
			out, rep := convert(t, marked, v, to, mapping.Options{})
			for token, path := range marks {
				if !strings.Contains(string(out), token) && !named(rep.Losses, path) {
					t.Errorf("%s: the text at %s is lost, and no loss names it: %v", arrow(v, to), path, rep.Losses)
				}
			}
		}
	})
}

// What stands in a list of which the target takes one, or some kinds, is not
// lost in silence either.
func TestClassesAreNotLostInSilence(t *testing.T) {
	t.Parallel()
	for _, to := range low {
		for _, in := range []string{class("plan|A", "plan|B"), class("rxpcn|A"), class("rxgroup|A", "group|B")} {
			body := resource(t, r4, "Coverage", `"class":`+in)
			out, rep := convert(t, body, r4, to, mapping.Options{})
			if !named(rep.Losses, "Coverage.class") {
				t.Errorf("%s: %s became %s, and no loss is named: %v", arrow(r4, to), in, out, rep.Losses)
			}
		}
	}
}

// mark gives each free text a token of its own, and notes its path.
func mark(v any, path, name string, marks map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = mark(e, path+"."+k, k, marks)
		}
	case []any:
		for i, e := range v {
			v[i] = mark(e, path, name, marks)
		}
	case string:
		switch name {
		case "text", "display", "value", "description", "family", "given", "city", "title", "patientInstruction", "note", "notes", "comment",
			"comments", "name", "diagnostics":
			token := fmt.Sprintf("Ꞓ%dꞒ", len(marks))
			marks[token] = path
			return v + token
		}
	}
	return v
}

func named(losses []mapping.Loss, path string) bool {
	for _, l := range losses {
		if path == l.Path || strings.HasPrefix(path, l.Path+".") {
			return true
		}
	}
	return false
}
