//go:build ignore

// Command generate writes dstu2.tsv, stu3.tsv and r4.tsv from the official
// definitions and the hand-written files in overlay. It fails on a
// parameter it can neither express nor finds dropped on purpose, so nothing gets
// lost silently.
//
//	go run generate.go model.go
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	shared := cmp.Or(os.Getenv("WARDBRIDGE_SHARED"), "../../../../../shared")
	files := filepath.Join(shared, "data", "fhir-definitions", "files")
	failed := false
	for _, version := range []string{"dstu2", "stu3", "r4"} {
		if err := generate(files, version); err != nil {
			log.Printf("%s: %v", version, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// A row is one line of a table.
type row struct{ typ, param, kind, paths, targets, components string }

func (r row) String() string {
	return strings.TrimRight(strings.Join([]string{r.typ, r.param, r.kind, r.paths, r.targets, r.components}, "\t"), "\t")
}

func generate(files, version string) error {
	m, err := readModel(filepath.Join(files, version), version)
	if err != nil {
		return err
	}
	overlay, err := readOverlay(filepath.Join("overlay", version+".tsv"))
	if err != nil {
		return err
	}
	rows := map[string]row{}
	for _, t := range m.resources {
		rows[t+"\t-"] = row{typ: t, param: "-"}
	}
	var lost []string
	for _, p := range m.params {
		for _, base := range p.base {
			key := base + "\t" + p.code
			if _, ok := overlay[key]; ok || !slices.Contains(m.resources, base) {
				continue
			}
			r, err := m.row(base, p)
			if err != nil {
				lost = append(lost, fmt.Sprintf("%s\t%s\t%s: %v", key, p.kind, p.expression, err))
				continue
			}
			if old, ok := rows[key]; ok && old != r {
				r.paths = union(old.paths, r.paths, "|")
				if old.targets == "" || r.targets == "" {
					r.targets = ""
				} else {
					r.targets = union(old.targets, r.targets, ",")
				}
			}
			rows[key] = r
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		return fmt.Errorf("not expressed and not dropped:\n%s", strings.Join(lost, "\n"))
	}
	dropped := 0
	for key, r := range overlay {
		if r.kind == "drop" {
			dropped++
			continue
		}
		rows[key] = r
	}
	m.addPatient(rows, overlay)
	log.Printf("%s: %d types, %d parameters, %d dropped", version, len(m.resources), len(rows)-len(m.resources), dropped)
	return write(version, rows)
}

func write(version string, rows map[string]row) error {
	sorted := make([]row, 0, len(rows))
	for _, r := range rows {
		sorted = append(sorted, r)
	}
	slices.SortFunc(sorted, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.typ, b.typ), cmp.Compare(a.param, b.param))
	})
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Search parameters of FHIR %s. Made by generate.go: change overlay/%s.tsv, not this.\n", strings.ToUpper(version), version)
	fmt.Fprintf(&out, "# type\tparam\tkind\tpaths\ttargets\tcomponents\n")
	for _, r := range sorted {
		fmt.Fprintln(&out, r)
	}
	return os.WriteFile(version+".tsv", out.Bytes(), 0o644)
}

// readOverlay reads lines that replace, add or (kind "drop") leave out a parameter.
func readOverlay(name string) (map[string]row, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	rows := map[string]row{}
	for i, line := range strings.Split(string(b), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) < 3 || len(f) > 6 {
			return nil, fmt.Errorf("%s:%d: %d fields", name, i+1, len(f))
		}
		f = append(f, "", "", "")
		key := f[0] + "\t" + f[1]
		if _, ok := rows[key]; ok {
			return nil, fmt.Errorf("%s:%d: %q is here twice", name, i+1, key)
		}
		rows[key] = row{f[0], f[1], f[2], f[3], f[4], f[5]}
	}
	return rows, nil
}

// addPatient gives patient and subject to each type that holds such a
// reference to a patient but has no parameter for it.
func (m *model) addPatient(rows, overlay map[string]row) {
	for _, t := range m.resources {
		for _, name := range []string{"patient", "subject"} {
			e := m.elements[t+"."+name]
			key := t + "\t" + name
			if _, ok := rows[key]; ok || e == nil || overlay[key].kind == "drop" || !e.refersTo("Patient") {
				continue
			}
			rows[key] = row{t, name, "reference", name, m.targets([]leaf{{types: e.types}}, nil, name), ""}
		}
		if s := m.elements[t+".subject"]; s != nil && s.refersTo("Patient") && rows[t+"\tpatient"].typ == "" && overlay[t+"\tpatient"].kind != "drop" {
			rows[t+"\tpatient"] = row{t, "patient", "reference", "subject", "Patient", ""}
		}
	}
}

// row expresses one official parameter for one of its base types.
func (m *model) row(base string, p param) (row, error) {
	if p.kind == "composite" {
		return m.composite(base, p)
	}
	leaves, err := m.leaves(base, p.expression, p.kind)
	if err != nil {
		return row{}, err
	}
	r := row{typ: base, param: p.code, kind: p.kind}
	// A number held as a Duration or an Age is a quantity searched by a bare value.
	if p.kind == "number" && slices.ContainsFunc(leaves, func(l leaf) bool { return len(l.types) == 1 && quantities[l.types[0].code] }) {
		r.kind = "quantity"
	}
	r.paths = joinPaths(leaves)
	if r.kind == "reference" {
		r.targets = m.targets(leaves, p.target, p.code)
	}
	return r, nil
}

func (m *model) composite(base string, p param) (row, error) {
	r := row{typ: base, param: p.code, kind: "composite"}
	var roots []node
	var paths []string
	for _, alt := range alternatives(p.expression) {
		n, ok, err := m.resolve(base, alt)
		if err != nil {
			return row{}, err
		}
		if ok {
			roots = append(roots, n...)
		}
	}
	for _, n := range roots {
		paths = append(paths, cmp.Or(n.json, "."))
	}
	if len(roots) == 0 || len(p.components) == 0 {
		return row{}, fmt.Errorf("composite without root or components")
	}
	r.paths = strings.Join(paths, "|")
	var comps []string
	for _, c := range p.components {
		kind := m.kindOf[c.definition]
		leaves, err := m.component(roots, c.expression, kind)
		if err != nil { // some official components name each other's definition
			kind, leaves, err = m.guess(roots, c.expression)
		}
		if err != nil {
			return row{}, err
		}
		name, _, _ := strings.Cut(c.expression, ".")
		comps = append(comps, name+":"+kind+"@"+joinPaths(leaves))
	}
	r.components = strings.Join(comps, ",")
	return r, nil
}

// component reads a component's expression below the first root that has it.
func (m *model) component(roots []node, expression, kind string) ([]leaf, error) {
	for _, root := range roots {
		var found []leaf
		for _, alt := range alternatives(expression) {
			steps, err := split(alt)
			if err != nil {
				return nil, err
			}
			ends, err := m.walk([]node{{elem: root.elem, types: root.types}}, steps)
			if err != nil {
				continue
			}
			for _, l := range finish(ends, kind) {
				if len(l.types) == 1 && fits[kind][l.types[0].code] {
					found = append(found, l)
				}
			}
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, fmt.Errorf("component %s (%s) has no path", expression, kind)
}

func (m *model) guess(roots []node, expression string) (string, []leaf, error) {
	for _, kind := range []string{"token", "reference", "quantity", "date", "number", "string"} {
		if l, err := m.component(roots, expression, kind); err == nil {
			return kind, l, nil
		}
	}
	return "", nil, fmt.Errorf("component %s has no path of any kind", expression)
}

// leaves are the members that hold a parameter's values.
func (m *model) leaves(base, expression, kind string) ([]leaf, error) {
	var all []leaf
	for _, alt := range alternatives(expression) {
		ends, ok, err := m.resolve(base, alt)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, finish(ends, kind)...)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no path of kind %s", kind)
	}
	return all, nil
}

var (
	castParens = regexp.MustCompile(`\(([\w.]+) as (\w+)\)`)
	castBare   = regexp.MustCompile(`^([\w.]+) as (\w+)$`)
)

// alternatives cuts an expression at its unions.
func alternatives(expression string) []string {
	e := castParens.ReplaceAllString(expression, "$1.as($2)")
	var alts []string
	for a := range strings.SplitSeq(e, "|") {
		a = castBare.ReplaceAllString(strings.TrimSpace(a), "$1.as($2)")
		alts = append(alts, a)
	}
	return alts
}

func joinPaths(leaves []leaf) string {
	var s string
	for _, l := range leaves {
		s = union(s, l.json, "|")
	}
	return s
}

func union(a, b, sep string) string {
	list := strings.Split(a, sep)
	for x := range strings.SplitSeq(b, sep) {
		if !slices.Contains(list, x) {
			list = append(list, x)
		}
	}
	return strings.TrimPrefix(strings.Join(list, sep), sep)
}
