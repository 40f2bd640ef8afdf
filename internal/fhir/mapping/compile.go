package mapping

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A direction is the tables read for one pair of versions.
type direction struct {
	from, to  fhir.Version
	resources map[string]*plan // by the source's type name
	plans     map[string]*plan // by table name, and by path for backbones
	codings   map[string]*codeMap
}

// A plan is how objects of one type are converted.
type plan struct {
	name     string // "Observation.component", in the newest names
	source   string // what a resource is called in the source version
	target   string // and in the target version
	steps    []*step
	members  map[string]*step // by source name
	home     map[string]*home // by extension URL: what a version could not say and has come back
	must     uint64           // targets that are mandatory
	strict   uint64           // and those that are so even where the source has none
	defaults []*step          // targets with a default
	end      ending           // what no line can say
}

// A step is what becomes of one member.
type step struct {
	name, shadowName string // source member
	to               string // target member, "" for none
	head, shadowHead []byte // `"name":`
	many, wasMany    bool   // in the target, in the source
	bit              uint64 // the target element's; types of one choice share it
	kind, wasKind    string
	plan             *plan // of the values, nil for a primitive
	refs             map[string]string
	whole            bool
	codes            *codeMap
	rule             string
	keep             string // extension URL for what cannot be said
	do               action
	pick             func(n fhir.Node) fhir.Node
	order            func(n fhir.Node) []fhir.Node
	def              string
	invented         string // the default that the source's version demands: nobody said it
}

// A home is an element that may come back in an extension.
type home struct {
	*step
	defined fhir.Version // the version the URL speaks of
}

// A codeMap is a code table read for one direction.
type codeMap struct {
	table   *codeTable
	version fhir.Version // the source's
	from    string       // its system
	system  string       // the target's
	to      map[string]codeStep
}

type codeStep struct {
	code string // "" to leave out
	keep bool   // the way back gives another code
	rule string // only when something is lost
}

// An action does what a line of a table cannot say, for one member: v is its
// value and shadow the object beside a primitive; either may be absent.
type action func(c *converter, f *frame, s *step, v, shadow fhir.Node)

// An ending adds to an object after its members have been converted.
type ending func(c *converter, f *frame)

var directions = sync.OnceValue(func() map[[2]fhir.Version]func() *direction {
	all := map[[2]fhir.Version]func() *direction{}
	for _, from := range fhir.Versions() {
		for _, to := range fhir.Versions() {
			all[[2]fhir.Version{from, to}] = sync.OnceValue(func() *direction { return compile(from, to) })
		}
	}
	return all
})

// directionOf compiles the tables for a pair of versions, once.
func directionOf(from, to fhir.Version) *direction { return directions()[[2]fhir.Version{from, to}]() }

func compile(from, to fhir.Version) *direction {
	d := &direction{from: from, to: to, resources: map[string]*plan{}, plans: map[string]*plan{}, codings: map[string]*codeMap{}}
	for _, t := range codeTables() {
		if t.coding {
			m := d.codeMap(t)
			d.codings[m.from] = m
		}
	}
	for _, t := range tables() {
		d.declare(t.name, t.rows)
	}
	b := builder{d: d, actions: actions(), changes: changes(), picks: picks(), orders: orders()}
	for _, t := range tables() {
		b.build(t)
	}
	for name, end := range endings() {
		d.plans[name].end = end
	}
	for _, u := range consumed() {
		if p := d.plans[u.plan]; u.to == to && p.home[u.url] == nil {
			p.home[u.url] = &home{}
		}
	}
	return d
}

// declare makes the plans of a type and its backbones, so that they can refer
// to each other.
func (d *direction) declare(name string, rows []*row) {
	d.plans[name] = &plan{name: name, members: map[string]*step{}, home: map[string]*home{}}
	for _, r := range rows {
		if len(r.kids) > 0 {
			d.declare(r.backing, r.kids)
		}
	}
}

func (d *direction) codeMap(t *codeTable) *codeMap {
	m := &codeMap{table: t, version: d.from, from: t.systems[d.from-1], system: t.systems[d.to-1], to: map[string]codeStep{}}
	for _, r := range t.rows {
		c := r.cells[d.from-1]
		if c == "" || c[0] == '>' {
			continue
		}
		code, _ := t.translate(c, d.from, d.to)
		s := codeStep{code: code}
		if back, _ := t.translate(code, d.to, d.from); back != c || code == "" {
			s.keep, s.rule = r.keep, r.rule
		}
		if _, twice := m.to[c]; !twice {
			m.to[c] = s
		}
	}
	return m
}

type builder struct {
	d       *direction
	actions map[string]action
	changes map[string]action
	picks   map[string]func(fhir.Node) fhir.Node
	orders  map[string]func(fhir.Node) []fhir.Node
	names   [versions]string // of the type being built
}

func (b *builder) build(t *typeTable) {
	b.names = t.names
	p := b.d.plans[t.name]
	p.source, p.target = t.names[b.d.from-1], t.names[b.d.to-1]
	rows := common(t)
	if t.resource && p.source != "" && p.target != "" {
		b.d.resources[p.source] = p
	}
	b.plan(p, append(rows, t.rows...), t.names)
}

// common are the elements that everything has: those of a resource, or of an
// element.
func common(t *typeTable) []*row {
	rows := []*row{same("id", "string")}
	if t.resource {
		rows = append(rows, same("meta", "Meta"), same("implicitRules", "uri"), same("language", "code"), same("text", "Narrative"))
		contained := same("contained", "Resource")
		contained.do = "contained"
		many(contained)
		rows = append(rows, contained)
	}
	extension := same("extension", "Extension")
	extension.do = "extensions"
	many(extension)
	return append(rows, extension)
}

func same(name, kind string) *row {
	r := &row{}
	for i := range versions {
		r.cells[i].name, r.kinds[i] = name, kind
	}
	return r
}

func many(r *row) {
	for i := range r.cells {
		r.cells[i].many = true
	}
}

// plan compiles the rows of one object. paths are what the object is called in
// each version, for the URLs of inter-version extensions.
func (b *builder) plan(p *plan, rows []*row, paths [versions]string) {
	bits := targetBits(p.name, rows, b.d.to)
	for _, r := range rows {
		if r.read(b.d.from).name != "" || r.cells[b.d.to-1].name != "" {
			b.enter(p, r, b.step(r, bits), paths)
		}
		if len(r.kids) > 0 {
			kids := paths
			for i, c := range r.cells {
				kids[i] = ""
				if paths[i] != "" && c.name != "" {
					kids[i] = paths[i] + "." + c.name
				}
			}
			b.plan(b.d.plans[r.backing], append(common(&typeTable{}), r.kids...), kids)
		}
	}
}

// enter puts a step into its plan.
func (b *builder) enter(p *plan, r *row, s *step, paths [versions]string) {
	p.steps = append(p.steps, s)
	if s.name != "" {
		if p.members[s.name] != nil {
			panic(fmt.Sprintf("mapping: %s: two lines for %s in %s", p.name, s.name, b.d.from))
		}
		p.members[s.name] = s
	}
	if r.cells[b.d.to-1].must {
		p.must |= s.bit
		if r.strict {
			p.strict |= s.bit
		}
		if r.def != "" {
			s.def = r.def
			p.defaults = append(p.defaults, s)
		}
	} else if r.read(b.d.from).must && !isPrimitive(s.wasKind) {
		s.invented = r.def
	}
	if r.keep || s.codes != nil && slices.ContainsFunc(s.codes.table.rows, func(c codeRow) bool { return c.keep }) {
		b.extensions(p, r, s, paths)
	}
}

// targetBits numbers the elements of the target; the types of a choice are one
// element.
func targetBits(name string, rows []*row, to fhir.Version) map[string]uint64 {
	stems := map[string]string{}
	for _, r := range rows {
		if r.stem != "" {
			for _, k := range rows {
				if t, ok := strings.CutPrefix(k.cells[to-1].name, r.stem); ok && t != "" && t[0] >= 'A' && t[0] <= 'Z' {
					stems[k.cells[to-1].name] = r.stem
				}
			}
		}
	}
	bits := map[string]uint64{}
	groups := map[string]uint64{}
	for _, r := range rows {
		n := r.cells[to-1].name
		if n == "" || bits[n] != 0 {
			continue
		}
		group := n
		if stems[n] != "" {
			group = stems[n]
		}
		if groups[group] == 0 {
			if len(groups) == 64 {
				panic(fmt.Sprintf("mapping: %s has more than 64 elements", name))
			}
			groups[group] = 1 << len(groups)
		}
		bits[n] = groups[group]
	}
	return bits
}

func (b *builder) step(r *row, bits map[string]uint64) *step {
	src, dst := r.read(b.d.from), r.cells[b.d.to-1]
	s := &step{
		name: src.name, shadowName: "_" + src.name, to: dst.name, many: dst.many, wasMany: src.many, bit: bits[dst.name],
		wasKind: r.kinds[b.d.from-1], kind: r.kinds[b.d.to-1], whole: r.whole, rule: r.rule,
	}
	if s.to != "" {
		s.head, s.shadowHead = []byte(`"`+s.to+`":`), []byte(`"_`+s.to+`":`)
	}
	if s.wasKind == "" || s.name == "" {
		s.wasKind = s.kind
	}
	if s.kind == "" {
		s.kind = s.wasKind
	}
	if s.kind == "Reference" {
		s.refs = b.references(r)
	}
	if r.codes != "" {
		t := codeTables()[r.codes]
		if t == nil {
			panic("mapping: no code table " + r.codes)
		}
		s.codes = b.d.codeMap(t)
	}
	s.plan = b.valuePlan(r, s.kind)
	s.do = b.action(r, s)
	s.pick = named(b.picks, r.pick, "pick")
	s.order = named(b.orders, r.order, "order")
	return s
}

// named finds a function that a table names; none for "".
func named[F any](all map[string]F, name, what string) F {
	f, ok := all[name]
	if name != "" && !ok {
		panic("mapping: no " + what + " is called " + name)
	}
	return f
}

func (b *builder) action(r *row, s *step) action {
	if r.do != "" {
		return named(b.actions, r.do, "function")
	}
	if s.name == "" || s.to == "" {
		return nil
	}
	if s.kind == "Annotation" && s.wasMany && !s.many && s.wasKind == s.kind {
		return b.changes["Annotation>Annotation"]
	}
	if s.wasKind == s.kind {
		return nil
	}
	if isPrimitive(s.kind) && isPrimitive(s.wasKind) && jsonType(s.kind) == jsonType(s.wasKind) && s.kind != "date" && s.kind != "positiveInt" {
		return nil
	}
	if b.d.plans[alias(s.kind)] != nil && alias(s.kind) == alias(s.wasKind) {
		return nil
	}
	return named(b.changes, s.wasKind+">"+s.kind, "change of type")
}

// valuePlan is the plan of an element's values, nil for primitives.
func (b *builder) valuePlan(r *row, kind string) *plan {
	if isPrimitive(kind) || kind == "Resource" {
		return nil
	}
	name := alias(kind)
	if kind == "{}" {
		name = r.backing
	}
	p := b.d.plans[name]
	if p == nil {
		panic("mapping: no type " + name)
	}
	return p
}

// alias is the type whose table a type uses.
func alias(kind string) string {
	switch kind {
	case "Age", "Count", "Distance", "Duration":
		return "Quantity"
	}
	return kind
}

// jsonType is how a primitive is written: t(rue or false), 0 or ".
func jsonType(kind string) byte {
	switch kind {
	case "boolean":
		return 't'
	case "decimal", "integer", "positiveInt", "unsignedInt":
		return '0'
	}
	return '"'
}

// references tells what becomes of each type a reference may name: its name
// in the target, or "" when it may not stand there. Types that may stand in
// neither version keep their name: the fault is the source's.
func (b *builder) references(r *row) map[string]string {
	from, to := b.d.from, b.d.to
	allowed := func(v fhir.Version, typ string) bool {
		list := r.targets[v-1]
		return list == "" || slices.Contains(strings.Split(list, "|"), typ)
	}
	refs := map[string]string{}
	for typ := range typeNames().by[from-1] {
		names := typeNames().all(typ, from, to)
		i := slices.IndexFunc(names, func(n string) bool { return allowed(to, n) })
		switch {
		case i >= 0:
			refs[typ] = names[i]
		case len(names) > 0 && !allowed(from, typ) && r.cells[from-1].name != "":
			refs[typ] = names[0]
		default:
			refs[typ] = ""
		}
	}
	return refs
}

// extensions enters the URLs under which an element travels through a version
// that lacks it.
func (b *builder) extensions(p *plan, r *row, s *step, paths [versions]string) {
	for _, v := range fhir.Versions() {
		name := r.cells[v-1].name
		if r.stem != "" && name != "" {
			name = r.stem
		}
		if name == "" || paths[v-1] == "" {
			continue
		}
		url := r.keepURL
		if url == "" {
			release := v.Release()
			url = "http://hl7.org/fhir/" + release[:strings.LastIndexByte(release, '.')] + "/StructureDefinition/extension-" + paths[v-1] + "." + name
		}
		if v == b.d.from {
			s.keep = url
		}
		if s.to != "" {
			p.home[url] = &home{step: s, defined: v}
		}
	}
}
