package generate

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wardbridge/wardbridge/internal/operation"
)

//go:embed runtime.ts
var runtimeTS string

// TypeScript gives the types, and a client with one function per operation. It
// imports nothing.
func (a *API) TypeScript() []byte {
	var b bytes.Buffer
	b.WriteString("// Made from the table of operations by `go test ./internal/patients/api -run TestGenerated -update`. Do not edit.\n")
	b.WriteString("// biome-ignore-all format: generated\n// biome-ignore-all lint: generated\n\n")
	b.WriteString(runtimeTS)
	for _, d := range a.sorted() {
		b.WriteByte('\n')
		comment(&b, "", d.doc)
		if d.enum != nil {
			fmt.Fprintf(&b, "export type %s = %s;\n", d.name, union(d.enum))
			continue
		}
		fmt.Fprintf(&b, "export interface %s {\n", d.name)
		for _, f := range d.fields {
			comment(&b, "  ", f.doc)
			fmt.Fprintf(&b, "  %s%s: %s;\n", property(f.name), mark(f.optional), f.typeScript())
		}
		b.WriteString("}\n")
	}
	b.WriteString("\n/** The client: one function per operation. A failure is thrown as an ApiProblem. */\nexport function createApi(send: Send) {\n  return {\n")
	for _, o := range a.ops {
		a.function(&b, o)
	}
	b.WriteString("  };\n}\n\n/** What createApi gives. */\nexport type Api = ReturnType<typeof createApi>;\n")
	return b.Bytes()
}

func (a *API) function(b *bytes.Buffer, o operation.Op) {
	in := a.input(o)
	comment(b, "    ", o.Summary)
	var params, before []string
	body := "undefined"
	if len(in.fields) > 0 {
		params = append(params, "input: "+in.name)
		url, query := in.fieldsIn(inPath), in.fieldsIn(inQuery)
		if len(in.fieldsIn(inBody)) > 0 {
			var taken []string
			for _, f := range slices.Concat(url, query) {
				taken = append(taken, f.name)
			}
			body = "input"
			if len(taken) > 0 {
				body = "body"
				before = append(before, "const { "+strings.Join(append(taken, "...body"), ", ")+" } = input;")
			}
		}
	}
	path := a.path(o, in, body == "body")
	out := "void"
	if o.Out != nil {
		out = o.Out.Name()
	}
	switch {
	case o.Stream && o.Out == nil:
		fmt.Fprintf(b, "    /* Gives the path of the file. */\n    %s: (%s): string => %s,\n", o.ID, strings.Join(params, ", "), path)
	case o.Stream:
		params = append(params, "options: StreamOptions<"+out+">")
		write(b, o.ID, params, "Promise<void>", before, fmt.Sprintf("stream<%s>(send, %q, %s, %s, options)", out, o.Method, path, body))
	default:
		params = append(params, "options?: CallOptions")
		write(b, o.ID, params, "Promise<"+out+">", before, fmt.Sprintf("call<%s>(send, %q, %s, %s, options)", out, o.Method, path, body))
	}
}

func write(b *bytes.Buffer, id string, params []string, result string, before []string, expr string) {
	if len(before) == 0 {
		fmt.Fprintf(b, "    %s: (%s): %s => %s,\n", id, strings.Join(params, ", "), result, expr)
		return
	}
	fmt.Fprintf(b, "    %s: (%s): %s => {\n      %s\n      return %s;\n    },\n", id, strings.Join(params, ", "), result, strings.Join(before, "\n      "), expr)
}

// path is the expression of an operation's URL. loose is whether the names of
// the input are variables of their own.
func (a *API) path(o operation.Op, in *def, loose bool) string {
	name := func(f string) string {
		if loose {
			return f
		}
		return "input." + f
	}
	url := o.Path
	for _, f := range in.fieldsIn(inPath) {
		url = strings.ReplaceAll(url, "{"+f.name+"}", "${encodeURIComponent("+name(f.name)+")}")
	}
	expr := strconv.Quote(url)
	if strings.Contains(url, "${") {
		expr = "`" + url + "`"
	}
	query := in.fieldsIn(inQuery)
	if len(query) == 0 {
		return expr
	}
	pairs := make([]string, len(query))
	for i, f := range query {
		pairs[i] = f.name + ": " + name(f.name)
	}
	return "withQuery(" + expr + ", { " + strings.Join(pairs, ", ") + " })"
}

func (f field) typeScript() string {
	s := f.typ.typeScript()
	if f.empty {
		s += ` | ""`
	}
	if f.nullable {
		s += " | null"
	}
	if f.optional {
		s += " | undefined"
	}
	return s
}

func (t typ) typeScript() string {
	switch t.kind {
	case kindString, kindTime:
		return "string"
	case kindInteger, kindNumber:
		return "number"
	case kindBool:
		return "boolean"
	case kindArray:
		return t.elem.typeScript() + "[]"
	case kindMap:
		return "Record<string, " + t.elem.typeScript() + ">"
	case kindRef:
		return t.ref
	case kindUnknown:
	}
	return "unknown"
}

func union(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return strings.Join(quoted, " | ")
}

func mark(optional bool) string {
	if optional {
		return "?"
	}
	return ""
}

// property is a name as an object literal has it.
func property(name string) string {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return strconv.Quote(name)
		}
	}
	return name
}

func comment(b *bytes.Buffer, indent, text string) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "*/", "* /"))
	switch lines := strings.Split(text, "\n"); {
	case text == "":
	case len(lines) == 1:
		fmt.Fprintf(b, "%s/** %s */\n", indent, text)
	default:
		fmt.Fprintf(b, "%s/**\n", indent)
		for _, l := range lines {
			fmt.Fprintf(b, "%s\n", strings.TrimRight(indent+" * "+strings.TrimSpace(l), " "))
		}
		fmt.Fprintf(b, "%s */\n", indent)
	}
}
