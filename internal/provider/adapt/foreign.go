package adapt

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// verify holds a read's answer to what was asked: a provider that gives another
// resource must never show one patient's record for another's.
func (l *link) verify(req *fhir.Request, res *fhir.Resource) error {
	doc, err := res.Index()
	if err != nil {
		return errNotFHIR(err)
	}
	root := doc.Root()
	if !root.Get("resourceType").Is(req.Type) || !root.Get("id").Is(req.ID) {
		return fhir.Errorf(fhir.KindUpstream, "transient", "The provider answered with another resource than was asked for.")
	}
	return nil
}

// prefill makes a match ready to be filtered and sorted: dates repaired, and
// what makes an Observation a vital sign. ok is false for what was entered in
// error.
func (l *link) prefill(m fhir.Match) (ready fhir.Match, doc *fhir.Doc, ok bool, err error) {
	doc, err = m.Index()
	if err != nil || !doc.Root().IsObject() {
		return m, nil, false, errNotFHIR(err)
	}
	r := l.rules[m.Type]
	if r != nil && r.inError(doc.Root()) {
		return m, nil, false, nil
	}
	p := &pass{link: l, root: doc.Root(), version: l.next.Version()}
	p.dates(p.root)
	if m.Type == "Observation" {
		vitalSigns(p)
	}
	if len(p.edits) > 0 {
		if doc, err = fhir.Index(fhir.Splice(m.Body, p.edits)); err != nil {
			return m, nil, false, errNotFHIR(err)
		}
		m.Hold(doc)
	}
	return m, doc, true, nil
}

// names finds, together, what the references of a page are called: from what
// was found a moment ago, else by one search per type, else by reads. It fails
// only when the request ends; what cannot be found has no name.
func (l *link) names(ctx context.Context, memo *memo, matches []fhir.Match) error {
	missing := l.nameless(memo, matches)
	if len(missing) == 0 {
		return ctx.Err()
	}
	m := l.cfg.Memory
	principal, _ := access.PrincipalFrom(ctx)
	byType := map[string][]string{}
	for _, ref := range missing {
		if name, ok := m.names.get(principal.Tenant, ref); ok {
			memo.put(ref, name)
			continue
		}
		typ, id, _ := strings.Cut(ref, "/")
		byType[typ] = append(byType[typ], id)
	}
	type job struct {
		typ string
		ids []string
	}
	var jobs []job
	for typ, ids := range byType {
		m.used("display of "+typ, WhyRule)
		for chunk := range slices.Chunk(ids, nameChunk) {
			jobs = append(jobs, job{typ, chunk})
		}
	}
	results := make([]map[string]string, len(jobs))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, j := range jobs {
		g.Go(func() error {
			results[i] = l.nameAll(gctx, j.typ, j.ids)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, j := range jobs {
		for _, id := range j.ids {
			ref := j.typ + "/" + id
			name, certain := results[i][id]
			memo.put(ref, name)
			if certain {
				m.names.put(principal.Tenant, ref, name)
			}
		}
	}
	return ctx.Err()
}

// nameless lists the references of a page that have no display and no name
// yet, each once.
func (l *link) nameless(memo *memo, matches []fhir.Match) []string {
	var missing []string
	for i := range matches {
		r := l.rules[matches[i].Type]
		if r == nil || len(r.references) == 0 {
			continue
		}
		doc, err := matches[i].Index()
		if err != nil {
			continue
		}
		for _, path := range r.references {
			for n := range nodes(doc.Root(), path) {
				if !n.IsObject() || n.Get("display").Says() || len(missing) >= maxNames {
					continue
				}
				ref := n.Get("reference").String()
				if !localRef(ref) {
					continue
				}
				if _, known := memo.displays[ref]; !known && !slices.Contains(missing, ref) {
					missing = append(missing, ref)
				}
			}
		}
	}
	return missing
}

// Bounds of naming: references of one page, and ids in one search.
const (
	maxNames  = 500
	nameChunk = 40
)

// localRef reports whether a reference is Type/id.
func localRef(ref string) bool {
	typ, id, ok := strings.Cut(ref, "/")
	return ok && id != "" && typ != "" && !strings.ContainsAny(id, "/?|,") && !strings.ContainsAny(typ, ":#")
}

// nameAll finds the names of resources of one type. An id that is missing from
// the result could not be asked for now; one with no name is not there.
func (l *link) nameAll(ctx context.Context, typ string, ids []string) map[string]string {
	key := typ + "?_id"
	if is := l.cfg.Memory.is(key); len(ids) > 1 && is != refused && is != ignored {
		if names, ok := l.nameBySearch(ctx, typ, key, ids); ok {
			return names
		}
	}
	return l.nameByReads(ctx, typ, ids)
}

func (l *link) nameBySearch(ctx context.Context, typ, key string, ids []string) (map[string]string, bool) {
	resp, err := l.next.Do(ctx, &fhir.Request{
		Interaction: fhir.Search, Type: typ,
		Params: l.counting([]fhir.Param{{Name: "_id", Value: strings.Join(ids, ",")}}, len(ids)),
	})
	if err != nil {
		if _, no := refuses(err); no {
			l.cfg.Memory.learn(key, refused)
			return nil, false
		}
		return nil, true // failing now: nothing is certain
	}
	names := make(map[string]string, len(ids))
	for _, m := range resp.Matches {
		if m.Mode != fhir.ModeMatch {
			continue
		}
		if m.Type != typ || !slices.Contains(ids, m.ID) {
			l.cfg.Memory.learn(key, ignored)
			return nil, false
		}
		names[m.ID] = displayOf(m.Body)
	}
	rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, ok := names[id]; return ok })
	if len(rest) > 0 { // not there, or cut short
		maps.Copy(names, l.nameByReads(ctx, typ, rest))
	}
	return names, true
}

// counting adds a page size, unless the provider takes none.
func (l *link) counting(params []fhir.Param, n int) []fhir.Param {
	if is := l.cfg.Memory.is(sizeKey(sizes[0])); is == refused || n > sizes[0] {
		return params
	}
	return append(params, fhir.Param{Name: "_count", Value: strconv.Itoa(n)})
}

func (l *link) nameByReads(ctx context.Context, typ string, ids []string) map[string]string {
	found := make([]*string, len(ids))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for i, id := range ids {
		g.Go(func() error {
			resp, err := l.next.Do(gctx, &fhir.Request{Interaction: fhir.Read, Type: typ, ID: id})
			name := ""
			var fe *fhir.Error
			switch {
			case err == nil && resp.Resource != nil:
				name = displayOf(resp.Resource.Body)
			case errors.As(err, &fe) && (absent(err) || fe.Kind == fhir.KindUnknownType || fe.Kind == fhir.KindForbidden):
			default:
				return nil // failing now: asked for again next time
			}
			found[i] = &name
			return nil
		})
	}
	_ = g.Wait() // never fails
	names := make(map[string]string, len(ids))
	for i, name := range found {
		if name != nil {
			names[ids[i]] = *name
		}
	}
	return names
}
