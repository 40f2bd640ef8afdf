package fhirstore

import (
	"context"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
)

// An outcome is what became of a write.
type outcome struct {
	row     *Row // nil when a deletion found nothing
	created bool
}

func (o outcome) response(req *fhir.Request) *fhir.Response {
	resp := &fhir.Response{Created: o.created}
	if o.row == nil {
		resp.Resource = &fhir.Resource{Type: req.Type, ID: req.ID}
		return resp
	}
	res := o.row.resource()
	if req.Return == fhir.ReturnMinimal {
		res.Body = nil
	}
	resp.Resource = &res
	return resp
}

// write does a single create, update or delete.
func (s *Store) write(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	t, err := s.task(0, fhir.Entry{Request: req})
	if err != nil {
		return nil, err
	}
	b := &bundle{s: s, tasks: []*task{t}, single: true}
	if err := b.run(ctx); err != nil {
		return nil, err
	}
	return t.done.response(req), nil
}

// criteria finds the resources that meet the criteria of a conditional write:
// nil for none, an error for more than one.
func (s *Store) criteria(ctx context.Context, r Reader, typ string, params []fhir.Param) (*hit, error) {
	if !s.defs.KnowsType(typ) {
		return nil, s.unknownType(typ)
	}
	q, err := s.defs.Parse(typ, params, search.Options{Strict: true, Zone: s.zone})
	if err != nil {
		return nil, err
	}
	if len(q.Criteria) == 0 {
		return nil, fhir.Errorf(fhir.KindPrecondition, "invalid", "The condition has no criterion; give it one that names a single resource, such as identifier.")
	}
	hits, total, err := s.find(ctx, r, q, nil, 1)
	if err != nil || total == 0 {
		return nil, err
	}
	if total > 1 {
		return nil, fhir.Errorf(fhir.KindPrecondition, "multiple-matches", "%d resources meet the condition, where at most one may.", total)
	}
	return &hits[0], nil
}

// A task is one write (or look) of a transaction.
type task struct {
	i       int
	req     *fhir.Request
	fullURL string
	doc     *fhir.Doc // body of a create or update
	refs    []fhir.Node
	newID   string // of a create
	bodyID  string

	id       string // resolved: which resource is meant
	existing bool   // resolved: a conditional create found one
	prepared *prepared

	done outcome
	look *fhir.Response
}

func (t *task) writesBody() bool {
	return t.req.Interaction == fhir.Create || t.req.Interaction == fhir.Update
}

// task checks all about an entry that needs no look at the store.
func (s *Store) task(i int, e fhir.Entry) (*task, error) {
	req := e.Request
	t := &task{i: i, req: req, fullURL: e.FullURL, id: req.ID}
	switch req.Interaction {
	case fhir.Create, fhir.Update, fhir.Delete:
	case fhir.Read, fhir.VRead, fhir.Search, fhir.History:
		return t, nil
	case fhir.Capabilities, fhir.Batch, fhir.Transaction:
		return nil, fhir.Errorf(fhir.KindInvalid, "not-supported", "A transaction cannot hold the interaction %s.", req.Interaction)
	}
	if !s.defs.KnowsType(req.Type) {
		return nil, s.unknownType(req.Type)
	}
	if req.Interaction != fhir.Create && !req.Conditional && !ValidID(req.ID) {
		return nil, fhir.Errorf(fhir.KindInvalid, "value", "An id has 1 to 64 letters, digits, - and . only.")
	}
	if !t.writesBody() {
		return t, nil
	}
	var err error
	if t.doc, err = checkBody(req.Type, req.Body); err != nil {
		return nil, err
	}
	if id := t.doc.Root().Get("id"); id.Exists() {
		t.bodyID = id.String()
	}
	if req.Interaction == fhir.Create {
		t.newID = s.newID()
		return t, nil
	}
	if req.Conditional {
		t.newID = s.newID()
		if ValidID(t.bodyID) {
			t.newID = t.bodyID
		}
	} else if t.bodyID != req.ID && t.doc.Root().Get("id").Exists() {
		return nil, fhir.Errorf(fhir.KindInvalid, "invalid", "The id of the body must be that of the address.")
	}
	return t, nil
}

// resolve finds which resource a task is about.
func (s *Store) resolve(ctx context.Context, r Reader, t *task) error {
	t.existing = false
	if t.req.Interaction == fhir.Create {
		t.id = t.newID
	}
	if !t.req.Conditional {
		return nil
	}
	h, err := s.criteria(ctx, r, t.req.Type, t.req.Criteria)
	if err != nil {
		return err
	}
	switch {
	case h == nil:
		t.id = t.newID // "" for a deletion
	case t.req.Interaction == fhir.Update && t.bodyID != "" && t.bodyID != h.id:
		return fhir.Errorf(fhir.KindInvalid, "invalid", "The id of the body is not that of the resource which meets the condition.")
	default:
		t.id, t.existing = h.id, true
	}
	return nil
}

// apply does the task's write.
func (w *session) apply(ctx context.Context, t *task) error {
	if t.id == "" {
		t.done = outcome{}
		return nil
	}
	var old *Row
	var err error
	if t.req.Interaction != fhir.Create || t.existing {
		if old, err = w.tx.Current(ctx, t.req.Type, t.id); err != nil {
			return err
		}
	}
	if t.existing && t.req.Interaction == fhir.Create {
		t.done = outcome{row: old}
		return nil
	}
	live := old != nil && old.Method != Deleted
	if m := t.req.IfMatch; m != "" && (!live || m != versionID(old.Version)) {
		if !live {
			return fhir.Errorf(fhir.KindPrecondition, "conflict", "There is no such resource, so it does not have the version that If-Match names.")
		}
		return fhir.Errorf(fhir.KindPrecondition, "conflict", "The resource is at version %d now. Read it again and repeat the change on that version.", old.Version)
	}
	if t.req.Interaction == fhir.Delete {
		t.done = outcome{row: old}
		if live {
			t.done.row, err = w.remove(ctx, old)
		}
		return err
	}
	method := Put
	if t.req.Interaction == fhir.Create {
		method = Posted
	}
	row, err := w.put(ctx, t.prepared, old, method)
	t.done = outcome{row: row, created: !live}
	return err
}
