package generate_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/operation/generate"
)

type everything struct {
	ID       string          `path:"id" json:"-"`
	After    int64           `query:"after" json:"-"`
	hidden   string          //nolint:unused // must not show
	Text     string          `json:"text"`
	Maybe    string          `json:"maybe,omitempty"`
	Zero     time.Time       `json:"zero,omitzero"`
	Pointer  *part           `json:"pointer"`
	Optional *part           `json:"optional,omitempty"`
	Parts    []part          `json:"parts"`
	ByName   map[string]part `json:"byName"`
	Raw      json.RawMessage `json:"raw"`
	Odd      float64         `json:"odd-name"`
	base
}

type base struct {
	Inner bool `json:"inner"`
}

type part struct {
	Next *part `json:"next,omitempty"`
}

func op[In, Out any]() operation.Op {
	return operation.New("op", "PUT /api/{id}", "Do it", func(context.Context, In) (out Out, err error) { return out, nil })
}

// block is what TypeScript says between two lines.
func block(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from+"\n")
	inner, _, _ := strings.Cut(rest, "\n"+to)
	return inner
}

func TestTypeScript(t *testing.T) {
	a, err := generate.Read(t.TempDir(), "example.org/none", []operation.Op{op[everything, part]()})
	if err != nil {
		t.Fatal(err)
	}
	text := string(a.TypeScript())
	want := strings.Join([]string{
		"id: string;", "after?: number | undefined;", "text: string;", "maybe?: string | undefined;", "zero?: string | undefined;",
		"pointer: part | null;", "optional?: part | undefined;", "parts: part[];", "byName: Record<string, part>;", "raw: unknown;",
		`"odd-name": number;`, "inner: boolean;",
	}, "\n  ")
	if diff := cmp.Diff("  "+want, block(text, "export interface everything {", "}")); diff != "" {
		t.Errorf("type (-want +got):\n%s", diff)
	}
	call := "      const { id, after, ...body } = input;\n" +
		"      return call<part>(send, \"PUT\", withQuery(`/api/${encodeURIComponent(id)}`, { after: after }), body, options);"
	if got := block(text, "    op: (input: everything, options?: CallOptions): Promise<part> => {", "    },"); got != call {
		t.Errorf("call:\n%s\nwant:\n%s", got, call)
	}
}

func TestOpenAPI(t *testing.T) {
	a, err := generate.Read(t.TempDir(), "example.org/none", []operation.Op{op[everything, part]()})
	if err != nil {
		t.Fatal(err)
	}
	text, err := a.OpenAPI(generate.Info{Title: "T", Version: "1", Cookie: "c"})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any `json:"properties"`
				Required   []string       `json:"required"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	s := doc.Components.Schemas["everything"]
	if s.Properties["id"] != nil || s.Properties["after"] != nil {
		t.Error("the body has what comes in the URL")
	}
	if diff := cmp.Diff([]string{"text", "pointer", "parts", "byName", "raw", "odd-name", "inner"}, s.Required); diff != "" {
		t.Errorf("required (-want +got):\n%s", diff)
	}
	want := map[string]any{"anyOf": []any{map[string]any{"$ref": "#/components/schemas/part"}, map[string]any{"type": "null"}}}
	if diff := cmp.Diff(want, s.Properties["pointer"]); diff != "" {
		t.Errorf("pointer (-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	type Problem struct{} // of another package than the one every answer has
	for _, tt := range []struct {
		name, want string
		ops        []operation.Op
	}{
		{"two types of one name", "have the same name", []operation.Op{op[operation.None, Problem]()}},
		{"two operations of one id", "two operations", []operation.Op{op[operation.None, part](), op[operation.None, part]()}},
		{"a struct without a name", "has no name", []operation.Op{op[operation.None, struct{ A int }]()}},
		{"keys that are no strings", "keys must be strings", []operation.Op{op[operation.None, badMap]()}},
		{"what has no JSON", "has no JSON", []operation.Op{op[operation.None, badFunc]()}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := generate.Read(t.TempDir(), "example.org/none", tt.ops); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

type badMap struct {
	M map[int]string `json:"m"`
}

type badFunc struct {
	F func() `json:"f"`
}
