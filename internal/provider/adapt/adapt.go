package adapt

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A System names identifiers that are medical record numbers though nothing in
// them says so: by their system, by the code of their type, or both.
type System struct{ System, TypeCode string }

// Config says what the link cannot find in the records themselves. The zero
// value works.
type Config struct {
	// Zone is where times without a zone were written. Nil is UTC.
	Zone *time.Location
	// MRN lists the identifiers to be typed MR (version-mapping §16).
	MRN []System
	// Cache keeps what has been adapted with this Config. Nil keeps nothing.
	// With a Memory it is not used: another tenant's record may have the same
	// id and version.
	Cache *Cache
	// Memory is what was learned about a provider that is not our own store.
	// Nil says that the provider does everything itself, as our store does.
	Memory *Memory
	// Bound is how many of a provider's resources are looked at for one
	// search; 0 is search.DefaultBound.
	Bound int
}

// Link wraps next.
func Link(next fhir.Server, cfg Config) fhir.Server {
	if cfg.Memory != nil {
		cfg.Cache = nil
	}
	l := &link{next: next, cfg: cfg, rules: ruleSets[next.Version()]()}
	return fhir.ServerFunc{V: next.Version(), F: l.do}
}

type link struct {
	next  fhir.Server
	cfg   Config
	rules map[string]*rules
}

func (l *link) do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	switch req.Interaction {
	case fhir.Read, fhir.VRead:
		return l.read(ctx, req)
	case fhir.Search:
		if l.cfg.Memory != nil {
			return l.foreign(ctx, req)
		}
		return l.search(ctx, req)
	case fhir.Capabilities, fhir.History, fhir.Create, fhir.Update, fhir.Delete, fhir.Batch, fhir.Transaction:
	}
	return l.next.Do(ctx, req)
}

// read asks a provider elsewhere for the whole resource, without conditions and
// parameters: some refuse the one and misjudge the other. The conditions are
// judged here.
func (l *link) read(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	asked := req
	if l.cfg.Memory != nil {
		asked = &fhir.Request{Interaction: req.Interaction, Type: req.Type, ID: req.ID, VersionID: req.VersionID}
	}
	resp, err := l.next.Do(ctx, asked)
	if err != nil || resp.Resource == nil || resp.Resource.Body == nil {
		return resp, err
	}
	memo := &memo{}
	if l.cfg.Memory != nil {
		if err := l.verify(req, resp.Resource); err != nil {
			return nil, err
		}
		if err := l.names(ctx, memo, []fhir.Match{{Resource: *resp.Resource}}); err != nil {
			return nil, err
		}
	}
	body, ok, err := l.resource(ctx, memo, resp.Resource, false)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fhir.Errorf(fhir.KindNotFound, "not-found", "No %s has that id.", req.Type)
	}
	out, res := *resp, *resp.Resource
	res.Body, out.Resource = body, &res
	if req.Interaction == fhir.Read && req.Holds(&res) {
		res.Body, out.NotModified = nil, true
	}
	return &out, nil
}

// search asks the provider to leave out what was entered in error, so that
// totals and pages stay exact, and adapts each resource.
func (l *link) search(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	asked := *req
	withheld := ""
	if r := l.rules[req.Type]; r != nil && r.statusParam != "" {
		withheld = r.statusParam + ":not"
		asked.Params = append(slices.Clip(req.Params), fhir.Param{Name: withheld, Value: enteredInError})
	}
	resp, err := l.next.Do(ctx, &asked)
	if err != nil {
		return nil, err
	}
	out := *resp
	out.Used = slices.DeleteFunc(slices.Clone(resp.Used), func(p fhir.Param) bool {
		return p.Name == withheld && p.Value == enteredInError && !slices.Contains(req.Params, p)
	})
	out.Matches, err = l.matches(ctx, req, resp.Matches)
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// matches adapts each resource of an answer and leaves out what must be
// withheld.
func (l *link) matches(ctx context.Context, req *fhir.Request, matches []fhir.Match) ([]fhir.Match, error) {
	out := make([]fhir.Match, 0, len(matches))
	memo := &memo{}
	memo.know(matches)
	if l.cfg.Memory != nil {
		if err := l.names(ctx, memo, matches); err != nil {
			return nil, err
		}
	}
	part := subset(req)
	for _, m := range matches {
		body, ok, err := l.resource(ctx, memo, &m.Resource, part)
		if err != nil {
			return nil, err
		}
		if ok {
			m.Body = body
			out = append(out, m)
		}
	}
	return out, nil
}

const enteredInError = "entered-in-error"

// subset reports whether only a part of each resource was asked for. What is
// not in it is not absent from the record, so nothing is filled in for it: a
// gender that was left out is not unknown.
func subset(req *fhir.Request) bool {
	return slices.ContainsFunc(req.Params, func(p fhir.Param) bool {
		name := strings.TrimSpace(p.Name)
		return name == "_elements" || name == "_summary"
	})
}

// resource adapts one resource, or the part of it that was asked for. ok is
// false when it must be withheld.
func (l *link) resource(ctx context.Context, memo *memo, res *fhir.Resource, part bool) (adapted []byte, ok bool, err error) {
	key := version{res.Type, res.ID, res.VersionID}
	if part {
		key = version{} // never kept
	}
	if adapted, ok := l.cfg.Cache.get(key, res.Body); ok {
		return adapted, true, nil
	}
	doc, err := res.Index()
	if err != nil {
		return nil, false, errNotFHIR(err)
	}
	root := doc.Root()
	rules := l.rules[res.Type]
	if rules != nil && rules.inError(root) {
		return nil, false, nil
	}
	p := &pass{link: l, memo: memo, root: root, version: l.next.Version(), part: part}
	if err := p.apply(ctx, rules); err != nil {
		return nil, false, err
	}
	out := fhir.Splice(res.Body, p.edits)
	if res.Type == "Encounter" {
		out = currentLocationFirst(out)
	}
	if !p.asked {
		l.cfg.Cache.put(key, res.Body, out)
	}
	return out, true, nil
}

func errNotFHIR(err error) error {
	return fhir.Errorf(fhir.KindUpstream, "transient", "The provider answered with something that is not FHIR JSON.").Because(err)
}

// A pass is the work on one resource: it collects edits and touches no byte
// twice.
type pass struct {
	link    *link
	memo    *memo
	root    fhir.Node
	version fhir.Version
	edits   []fhir.Edit
	asked   bool              // another resource had a say in the result
	part    bool              // elements are missing because they were not asked for
	within  map[string]string // what contained resources are called, by id, once one was asked for
}

func (p *pass) apply(ctx context.Context, r *rules) error {
	p.everywhere(p.root)
	if r == nil {
		return nil
	}
	for _, path := range r.concepts {
		for n := range nodes(p.root, path) {
			p.concept(n)
		}
	}
	for _, ref := range r.references {
		for n := range nodes(p.root, ref) {
			if err := p.display(ctx, n); err != nil {
				return err
			}
		}
	}
	if p.part {
		return nil
	}
	for _, f := range r.fills {
		f(p)
	}
	return nil
}

// everywhere walks the whole resource, contained ones too, for what applies by
// name alone: dates and narrative.
func (p *pass) everywhere(n fhir.Node) {
	for c := range n.Children() {
		switch {
		case c.IsString():
			if isDate(c.NameBytes()) {
				p.date(n, c)
			} else if string(c.NameBytes()) == "div" && string(n.NameBytes()) == "text" {
				p.narrative(c)
			}
		case c.IsObject() || c.IsArray():
			p.everywhere(c)
		}
	}
}

func (p *pass) replace(n fhir.Node, raw []byte) {
	s, e := n.Extent()
	p.edits = append(p.edits, fhir.Edit{Start: s, End: e, New: raw})
}

func (p *pass) set(object fhir.Node, members ...fhir.Member) {
	p.edits = append(p.edits, fhir.SetAll(object, members)...)
}

func text(s string) []byte { return fhir.AppendString(nil, s) }
