package generate

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/operation"
)

// An API is a table of operations with all types that they reach.
type API struct {
	ops  []operation.Op
	defs map[string]*def
	src  *source
	from map[string]reflect.Type // which Go type took a name
}

// A def is one named type: a struct, or a string with known values.
type def struct {
	name   string
	doc    string
	fields []field
	enum   []string
}

// Where a field of an input travels.
const (
	inBody  = "body"
	inPath  = "path"
	inQuery = "query"
)

type field struct {
	name     string
	doc      string
	typ      typ
	in       string
	optional bool
	nullable bool
	empty    bool // the empty string, too, where the type has known values
}

type kind int

const (
	kindString kind = iota
	kindTime
	kindInteger
	kindNumber
	kindBool
	kindUnknown
	kindArray
	kindMap
	kindRef
)

type typ struct {
	kind kind
	elem *typ
	ref  string
}

// Read reads a table. root is the folder of the module, whose source holds the
// comments and constants.
func Read(root, module string, ops []operation.Op) (*API, error) {
	a := &API{ops: ops, defs: map[string]*def{}, from: map[string]reflect.Type{}, src: &source{root: root, module: module, read: map[string]*pkg{}}}
	ids := map[string]bool{}
	_, err := a.typ(reflect.TypeFor[operation.Problem]()) // the answer of every failure
	errs := []error{err}
	for _, o := range ops {
		if ids[o.ID] {
			errs = append(errs, fmt.Errorf("%s: two operations have this id", o.ID))
		}
		ids[o.ID] = true
		for _, t := range []reflect.Type{o.In, o.Out} {
			if t == nil || t == reflect.TypeFor[operation.None]() {
				continue
			}
			if _, err := a.typ(t); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", o.ID, err))
			}
		}
	}
	return a, errors.Join(errs...)
}

func (a *API) typ(t reflect.Type) (typ, error) {
	switch t {
	case reflect.TypeFor[time.Time]():
		return typ{kind: kindTime}, nil
	case reflect.TypeFor[json.RawMessage]():
		return typ{kind: kindUnknown}, nil
	case reflect.TypeFor[json.Number]():
		return typ{kind: kindString}, nil
	}
	switch t.Kind() { //nolint:exhaustive // the rest has no JSON
	case reflect.String:
		return a.text(t)
	case reflect.Bool:
		return typ{kind: kindBool}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return typ{kind: kindInteger}, nil
	case reflect.Float32, reflect.Float64:
		return typ{kind: kindNumber}, nil
	case reflect.Interface:
		return typ{kind: kindUnknown}, nil
	case reflect.Pointer:
		return a.typ(t.Elem())
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return typ{kind: kindString}, nil
		}
		e, err := a.typ(t.Elem())
		return typ{kind: kindArray, elem: &e}, err
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return typ{}, fmt.Errorf("%s: keys must be strings", t)
		}
		e, err := a.typ(t.Elem())
		return typ{kind: kindMap, elem: &e}, err
	case reflect.Struct:
		return a.structure(t)
	}
	return typ{}, fmt.Errorf("%s has no JSON", t)
}

// take gives t its name, and reports whether it is new.
func (a *API) take(t reflect.Type) (*def, bool, error) {
	name := t.Name()
	if name == "" {
		return nil, false, fmt.Errorf("%s has no name: give it one", t)
	}
	if other, ok := a.from[name]; ok {
		if other != t {
			return nil, false, fmt.Errorf("%s and %s.%s have the same name: rename one", other, t.PkgPath(), name)
		}
		return a.defs[name], false, nil
	}
	p, err := a.src.pkg(t.PkgPath())
	if err != nil {
		return nil, false, err
	}
	d := &def{name: name, doc: p.types[name]}
	a.from[name], a.defs[name] = t, d
	return d, true, nil
}

func (a *API) text(t reflect.Type) (typ, error) {
	p, err := a.src.pkg(t.PkgPath())
	if err != nil || len(p.consts[t.Name()]) == 0 {
		return typ{kind: kindString}, err
	}
	d, _, err := a.take(t)
	if err != nil {
		return typ{}, err
	}
	d.enum = p.consts[t.Name()]
	return typ{kind: kindRef, ref: d.name}, nil
}

func (a *API) structure(t reflect.Type) (typ, error) {
	d, fresh, err := a.take(t)
	if err != nil || !fresh {
		return typ{kind: kindRef, ref: t.Name()}, err
	}
	d.fields, err = a.fields(t)
	return typ{kind: kindRef, ref: t.Name()}, err
}

// fields are those of t and, in their place, of the structs embedded in it.
func (a *API) fields(t reflect.Type) ([]field, error) {
	p, err := a.src.pkg(t.PkgPath())
	if err != nil {
		return nil, err
	}
	var all []field
	for sf := range t.Fields() {
		if sf.Anonymous && sf.Type.Kind() == reflect.Struct && sf.Tag.Get("json") == "" {
			more, err := a.fields(sf.Type)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
			continue
		}
		f, ok := fieldOf(sf)
		if !ok {
			continue
		}
		f.doc = p.fields[t.Name()+"."+sf.Name]
		if f.typ, err = a.typ(sf.Type); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, sf.Name, err)
		}
		all = append(all, f)
	}
	return all, nil
}

// fieldOf reads the tags of a field; false is one that does not travel.
func fieldOf(sf reflect.StructField) (field, bool) {
	if !sf.IsExported() {
		return field{}, false
	}
	if name := sf.Tag.Get("path"); name != "" {
		return field{name: name, in: inPath}, true
	}
	if name := sf.Tag.Get("query"); name != "" {
		return field{name: name, in: inQuery, optional: true}, true
	}
	name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	if name == "-" {
		return field{}, false
	}
	if name == "" {
		name = sf.Name
	}
	list := strings.Split(options, ",")
	f := field{name: name, in: inBody, empty: sf.Tag.Get("enum") == "orEmpty"}
	f.optional = slices.Contains(list, "omitempty") || slices.Contains(list, "omitzero")
	f.nullable = !f.optional && sf.Type.Kind() == reflect.Pointer
	return f, true
}

// fieldsIn are the fields of a type that travel in one place.
func (d *def) fieldsIn(place string) []field {
	var all []field
	for _, f := range d.fields {
		if f.in == place {
			all = append(all, f)
		}
	}
	return all
}

// input is the type an operation takes, or one without fields.
func (a *API) input(o operation.Op) *def {
	if d, ok := a.defs[o.In.Name()]; ok && o.In != reflect.TypeFor[operation.None]() {
		return d
	}
	return &def{}
}

// sorted are all types by name.
func (a *API) sorted() []*def {
	all := make([]*def, 0, len(a.defs))
	for _, d := range a.defs {
		all = append(all, d)
	}
	slices.SortFunc(all, func(x, y *def) int { return strings.Compare(x.name, y.name) })
	return all
}
