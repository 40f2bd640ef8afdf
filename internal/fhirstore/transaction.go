package fhirstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A bundle is a transaction at work. What is costly (reading, splicing,
// extracting keys) is done before the storage's turn. Answers that rest on the
// state of the store (conditions, conditional references) are found twice: once
// before, to prepare, and once in the transaction; only when they differ is
// anything prepared there again.
type bundle struct {
	s      *Store
	tasks  []*task // in order of processing
	single bool    // a lone write: errors name no entry, references stay
	found  map[string]string
	state  string // what the tasks were prepared for, "" when it cannot change
}

// transaction does all entries or none, in the order DELETE, POST, PUT, GET
// (https://hl7.org/fhir/R4/http.html#trules).
func (s *Store) transaction(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	b := &bundle{s: s}
	for i, e := range req.Entries {
		if e.Err != nil {
			return nil, atEntry(i, e.Err)
		}
		t, err := s.task(i, e)
		if err != nil {
			return nil, atEntry(i, err)
		}
		b.tasks = append(b.tasks, t)
	}
	slices.SortStableFunc(b.tasks, func(x, y *task) int { return turn(x) - turn(y) })
	if err := b.run(ctx); err != nil {
		return nil, err
	}
	resp := &fhir.Response{Results: make([]fhir.Result, len(b.tasks))}
	for _, t := range b.tasks {
		if t.look == nil {
			t.look = t.done.response(t.req)
		}
		resp.Results[t.i].Response = t.look
	}
	return resp, nil
}

func turn(t *task) int {
	switch t.req.Interaction {
	case fhir.Delete:
		return 0
	case fhir.Create:
		return 1
	case fhir.Update:
		return 2
	case fhir.Capabilities, fhir.Read, fhir.VRead, fhir.Search, fhir.History, fhir.Batch, fhir.Transaction:
	}
	return 3
}

// atEntry says which entry a transaction failed for.
func atEntry(i int, err error) error {
	fe := *fhir.AsError(err)
	fe.Issues = slices.Clone(fe.Issues)
	for j := range fe.Issues {
		is := &fe.Issues[j]
		is.Diagnostics = fmt.Sprintf("Entry %d: %s", i, is.Diagnostics)
		at := fmt.Sprintf("Bundle.entry[%d]", i)
		if len(is.Expression) > 0 {
			at += "." + is.Expression[0]
		}
		is.Expression = []string{at}
	}
	return fe.Because(err)
}

func (b *bundle) fail(t *task, err error) error {
	if b.single || err == nil {
		return err
	}
	return atEntry(t.i, err)
}

// run prepares and stores the tasks.
func (b *bundle) run(ctx context.Context) error {
	if !b.single {
		for _, t := range b.tasks {
			if t.writesBody() {
				t.refs = references(nil, t.doc.Root())
			}
		}
	}
	state, err := b.resolve(ctx, b.s.storage)
	if err != nil {
		return err
	}
	if err := b.prepare(state); err != nil {
		return err
	}
	return b.s.within(ctx, b.store)
}

// store does the tasks in a transaction. It may run more than once.
func (b *bundle) store(ctx context.Context, w *session) error {
	at := 0
	for ; at < len(b.tasks) && b.tasks[at].req.Interaction == fhir.Delete && !b.tasks[at].req.Conditional; at++ {
		if err := w.apply(ctx, b.tasks[at]); err != nil {
			return b.fail(b.tasks[at], err)
		}
	}
	if b.state != "" {
		now, err := b.resolve(ctx, w.tx)
		if err != nil {
			return err
		}
		if now != b.state {
			if err := b.prepare(now); err != nil {
				return err
			}
		}
	}
	for _, t := range b.tasks[at:] {
		var err error
		if turn(t) == 3 {
			t.look, err = b.s.look(ctx, w.tx, t.req)
		} else {
			err = w.apply(ctx, t)
		}
		if err != nil {
			return b.fail(t, err)
		}
	}
	return nil
}

// resolve finds which resources are meant, and tells the result of all that
// rests on the state of the store in one string, "" when nothing does.
func (b *bundle) resolve(ctx context.Context, r Reader) (string, error) {
	var state strings.Builder
	seen := map[string]bool{}
	for _, t := range b.tasks {
		if turn(t) == 3 {
			continue
		}
		if err := b.s.resolve(ctx, r, t); err != nil {
			return "", b.fail(t, err)
		}
		if t.req.Conditional {
			fmt.Fprintf(&state, "%d=%s %v\n", t.i, t.id, t.existing)
		}
		if key := t.req.Type + "/" + t.id; t.id != "" && (!t.existing || t.req.Interaction != fhir.Create) {
			if seen[key] {
				return "", b.fail(t, fhir.Errorf(fhir.KindInvalid, "invalid", "Two entries of the transaction write the same resource."))
			}
			seen[key] = true
		}
	}
	b.found = map[string]string{}
	for _, t := range b.tasks {
		for _, n := range t.refs {
			ref := n.String()
			typ, query, ok := strings.Cut(ref, "?")
			if _, done := b.found[ref]; !ok || done || !b.s.defs.KnowsType(typ) {
				continue
			}
			target, err := b.conditional(ctx, r, typ, query)
			if err != nil {
				return "", b.fail(t, err)
			}
			b.found[ref] = target
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(b.found)) {
		fmt.Fprintf(&state, "%s=%s\n", ref, b.found[ref])
	}
	return state.String(), nil
}

// prepare splices what was resolved into the bodies.
func (b *bundle) prepare(state string) error {
	b.state = state
	urls := b.urls()
	for _, t := range b.tasks {
		if !t.writesBody() || t.existing && t.req.Interaction == fhir.Create {
			continue
		}
		var edits []fhir.Edit
		for _, n := range t.refs {
			if to, ok := b.target(t, n.String(), urls); ok {
				from, end := n.Extent()
				edits = append(edits, fhir.Edit{Start: from, End: end, New: fhir.AppendString(nil, to)})
			}
		}
		var err error
		if t.prepared, err = b.s.prepare(t.req.Type, t.id, t.doc, edits); err != nil {
			return b.fail(t, err)
		}
	}
	return nil
}

// batch does the entries independently, some at a time.
func (s *Store) batch(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	const parallel = 8
	resp := &fhir.Response{Results: make([]fhir.Result, len(req.Entries))}
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallel)
	for i, e := range req.Entries {
		res := &resp.Results[i]
		switch {
		case e.Err != nil:
			res.Err = e.Err
			continue
		case e.Request.Interaction == fhir.Batch || e.Request.Interaction == fhir.Transaction:
			res.Err = fhir.Errorf(fhir.KindInvalid, "not-supported", "A batch cannot hold another one.")
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			r, err := s.Do(ctx, e.Request)
			if err != nil {
				res.Err = fhir.AsError(err)
				return
			}
			res.Response = r
		})
	}
	wg.Wait()
	return resp, nil
}
