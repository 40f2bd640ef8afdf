package mapping

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

//go:embed tables/*.txt
var files embed.FS

const versions = 3 // columns of every table: DSTU2, STU3, R4

// A typeTable is a resource type or data type: its elements in all versions.
type typeTable struct {
	name     string           // how other lines name it: the newest name
	names    [versions]string // "" where the version has no such type
	resource bool
	rows     []*row
}

// A row is one element, or one type of a choice. See tables/datatypes.txt.
type row struct {
	cells   [versions]cell
	kinds   [versions]string // data type; "" where there is no element
	targets [versions]string // of a Reference: types by "|", "" for any
	stem    string           // of a choice, "" for none
	kids    []*row           // elements of a backbone
	backing string           // name of the type whose elements these are, for {} and #
	rule    string           // "L-8"
	codes   string
	keep    bool
	keepURL string
	whole   bool
	do      string
	pick    string
	order   string
	strict  bool   // an object without it cannot be written, whatever the source has
	def     string // raw JSON, where the element is mandatory
}

type cell struct {
	name  string
	many  bool
	must  bool
	quiet bool // written under this name, never read from it
}

// tables are all types, in the order of the files.
var tables = sync.OnceValue(func() []*typeTable {
	var all []*typeTable
	for _, f := range []string{"datatypes", "administrative", "clinical", "conformance"} {
		all = append(all, parseTables(f)...)
	}
	return all
})

func lines(file string) []string {
	b, err := files.ReadFile("tables/" + file + ".txt")
	if err != nil {
		panic(fmt.Sprintf("mapping: %v", err)) // embedded, so a fault of the build
	}
	var out []string
	for l := range strings.Lines(string(b)) {
		l = strings.TrimRight(l, " \n")
		if l != "" && l[0] != '#' {
			out = append(out, l)
		}
	}
	return out
}

// parseTables reads one file of types. A malformed line panics: the tables are
// part of the program, and a test reads them all.
func parseTables(file string) []*typeTable {
	var all []*typeTable
	var open []*row // the backbones the line may belong to, by depth
	for _, l := range lines(file) {
		depth := (len(l) - len(strings.TrimLeft(l, " "))) / 2
		if depth == 0 {
			all = append(all, parseHead(l))
			open = open[:0]
			continue
		}
		t := all[len(all)-1]
		parent := &t.rows
		path := t.name
		if open = open[:min(depth-1, len(open))]; len(open) > 0 {
			parent, path = &open[len(open)-1].kids, open[len(open)-1].backing
		}
		rows := parseRow(strings.TrimSpace(l), path)
		*parent = append(*parent, rows...)
		open = append(open, rows[0])
	}
	return all
}

// parseHead reads "resource A B =" or "Name".
func parseHead(l string) *typeTable {
	words := strings.Fields(l)
	t := &typeTable{resource: words[0] == "resource"}
	if t.resource {
		words = words[1:]
	}
	if len(words) == 1 {
		words = append(words, "=", "=")
	}
	copy(t.names[:], repeat(words))
	for _, n := range t.names {
		if n != "" {
			t.name = n
		}
	}
	return t
}

// repeat resolves "=" to the word before and "-" to nothing.
func repeat(words []string) []string {
	out := slices.Clone(words)
	for i, w := range out {
		switch {
		case w == "=" && i > 0:
			out[i] = out[i-1]
		case w == "-":
			out[i] = ""
		}
	}
	return out
}

// parseRow reads one line; a choice gives one row for each of its types.
func parseRow(l, path string) []*row {
	l, def, _ := strings.Cut(l, " default=")
	words := strings.Fields(l)
	if len(words) < versions+1 {
		panic(fmt.Sprintf("mapping: %s: want three names and a type: %q", path, l))
	}
	r := row{def: def}
	for i, w := range repeat(words[:versions]) {
		r.cells[i] = parseCell(w)
	}
	r.options(words[versions+1:], path)
	kinds := strings.Split(words[versions], "/")
	for len(kinds) < versions {
		kinds = append(kinds, "=")
	}
	return r.choose(repeat(kinds), path)
}

func parseCell(w string) cell {
	var c cell
	w, c.quiet = strings.CutPrefix(w, ">")
	w, c.must = strings.CutSuffix(w, "!")
	w, c.many = strings.CutSuffix(w, "*")
	c.name = w
	return c
}

func (r *row) options(words []string, path string) {
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		switch {
		case strings.HasPrefix(w, "L-"):
			r.rule = w
		case w == "whole":
			r.whole = true
		case w == "strict":
			r.strict = true
		case key == "keep":
			r.keep, r.keepURL = true, value
		case key == "codes":
			r.codes = value
		case key == "do":
			r.do = value
		case key == "pick":
			r.pick = value
		case key == "order":
			r.order = value
		default:
			panic(fmt.Sprintf("mapping: %s: unknown option %q", path, w))
		}
	}
}

// choose fills in the types: one row, or for a choice (name[x]) one for each
// type, with the type in its names.
func (r *row) choose(kinds []string, path string) []*row {
	var all []string // types of all versions, once each
	for i, list := range kinds {
		if r.cells[i].name == "" {
			kinds[i] = ""
			continue
		}
		for k := range strings.SplitSeq(list, ",") {
			if b := base(k); !slices.Contains(all, b) {
				all = append(all, b)
			}
		}
	}
	if !slices.ContainsFunc(r.cells[:], func(c cell) bool { return strings.HasSuffix(c.name, "[x]") }) {
		for i, k := range kinds {
			r.setKind(i, k, path)
		}
		return []*row{r}
	}
	rows := make([]*row, 0, len(all))
	for _, b := range all {
		one := *r
		for i, list := range kinds {
			one.cells[i].name = ""
			for k := range strings.SplitSeq(list, ",") {
				if k != "" && base(k) == b {
					one.stem = strings.TrimSuffix(r.cells[i].name, "[x]")
					one.cells[i].name = one.stem + strings.ToUpper(b[:1]) + b[1:]
					one.setKind(i, k, path)
				}
			}
		}
		rows = append(rows, &one)
	}
	return rows
}

func (r *row) setKind(i int, k, path string) {
	switch {
	case k == "":
		return
	case k == "{}":
		r.backing = path + "." + r.newest()
	case k[0] == '#':
		r.backing = k[1:]
		k = "{}"
	case k[0] == '@':
		r.targets[i] = k[1:]
	}
	r.kinds[i] = base(k)
}

// read is the element as a version's resources have it: none where the name is
// only ever written.
func (r *row) read(v fhir.Version) cell {
	if c := r.cells[v-1]; !c.quiet {
		return c
	}
	return cell{}
}

// newest is the element's name in the newest version that has it.
func (r *row) newest() string {
	for i := versions - 1; i >= 0; i-- {
		if r.cells[i].name != "" {
			return r.cells[i].name
		}
	}
	return ""
}

// base is a type without what it may point at.
func base(k string) string {
	if k != "" && k[0] == '@' {
		return "Reference"
	}
	return k
}

// isPrimitive reports whether a type's values are JSON strings, numbers or
// booleans: all such names begin with a small letter.
func isPrimitive(kind string) bool { return kind != "" && kind[0] >= 'a' && kind[0] <= 'z' }

// types is tables/types.txt: what every resource type is called in the other
// versions.
type types struct {
	rows []*[versions]string // a leading ">" for a name that is another line's
	by   [versions]map[string]*[versions]string
}

var typeNames = sync.OnceValue(func() *types {
	t := &types{}
	for i := range t.by {
		t.by[i] = map[string]*[versions]string{}
	}
	for _, l := range lines("types") {
		words := strings.Fields(l)
		if words[0] != "in" {
			t.add([versions]string(repeat(words)))
			continue
		}
		for _, n := range words[2:] {
			var r [versions]string
			for v := range strings.SplitSeq(words[1], "/") {
				r[column(v)] = n
			}
			t.add(r)
		}
	}
	return t
})

func (t *types) add(r [versions]string) {
	t.rows = append(t.rows, &r)
	for i, n := range r {
		if n != "" && n[0] != '>' {
			t.by[i][n] = &r
		}
	}
}

// column is the place of a version in a table.
func column(name string) int {
	v, err := fhir.ParseVersion(name)
	if err != nil {
		panic(fmt.Sprintf("mapping: %v", err))
	}
	return int(v) - 1
}

func (t *types) of(typ string, from, to fhir.Version) (string, bool) {
	r := t.by[from-1][typ]
	if r == nil || r[to-1] == "" {
		return "", false
	}
	return strings.TrimPrefix(r[to-1], ">"), true
}

// all gives every name a type goes under in the target: a ServiceRequest was a
// ProcedureRequest or a ReferralRequest.
func (t *types) all(typ string, from, to fhir.Version) []string {
	var names []string
	for _, r := range t.rows {
		if strings.TrimPrefix(r[from-1], ">") != typ || r[to-1] == "" {
			continue
		}
		if n := strings.TrimPrefix(r[to-1], ">"); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}
