package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/operation/generate"
	"github.com/wardbridge/wardbridge/internal/patients/api"
)

var update = flag.Bool("update", false, "write the files that are made from the table of operations")

// TestGenerated holds that the pages' types and the OpenAPI document are those
// of the operations.
func TestGenerated(t *testing.T) {
	const root = "../../.."
	a, err := generate.Read(root, "github.com/wardbridge/wardbridge", (&api.API{}).Operations())
	if err != nil {
		t.Fatal(err)
	}
	document, err := a.OpenAPI(generate.Info{
		Title: "Wardbridge: the Patients app", Version: "1", Cookie: "wb_session",
		Description: "The API of the pages under /patients. Operations that change something are accepted from these pages only.",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{
		"ui/src/api/gen.ts":                  a.TypeScript(),
		"internal/patients/api/openapi.json": document,
	} {
		path := filepath.Join(root, name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the operations give: run go test ./internal/patients/api -run TestGenerated -update", name)
		}
	}
}

// TestDocument holds that every operation is in the document as the server
// answers it, and that every reference in it leads somewhere.
func TestDocument(t *testing.T) {
	ops := (&api.API{}).Operations()
	if _, err := operation.NewHandler(operation.Config{}, ops); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string `json:"summary"`
			Parameters  []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
			Security  *[]any         `json:"security"`
			Responses map[string]any `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(api.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi is %q", doc.OpenAPI)
	}
	got, want := map[string]string{}, map[string]string{}
	for path, item := range doc.Paths {
		for method, op := range item {
			got[op.OperationID] = strings.ToUpper(method) + " " + path + " " + op.Summary
			in := 0
			for _, p := range op.Parameters {
				if p.In == "path" {
					in++
				}
			}
			if in != strings.Count(path, "{") {
				t.Errorf("%s describes %d parameters of its path", op.OperationID, in)
			}
			if op.Responses["default"] == nil || len(op.Responses) != 2 {
				t.Errorf("%s: responses %v", op.OperationID, op.Responses)
			}
		}
	}
	for _, o := range ops {
		want[o.ID] = o.Method + " " + o.Path + " " + o.Summary
		if public := doc.Paths[o.Path][strings.ToLower(o.Method)].Security != nil; public != o.Public {
			t.Errorf("%s is public: %v, in the document: %v", o.ID, o.Public, public)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	var whole any
	if err := json.Unmarshal(api.Document(), &whole); err != nil {
		t.Fatal(err)
	}
	if n := resolve(t, whole, whole); n < len(ops) {
		t.Errorf("the document has %d references only", n)
	}
}

// resolve looks up every $ref below v, and counts them.
func resolve(t *testing.T, root, v any) int {
	t.Helper()
	n := 0
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += resolve(t, root, e)
		}
	case map[string]any:
		for name, e := range v {
			n += resolve(t, root, e)
			if ref, ok := e.(string); ok && name == "$ref" {
				n++
				at := root
				for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
					m, _ := at.(map[string]any)
					at = m[step]
				}
				if at == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
		}
	}
	return n
}
