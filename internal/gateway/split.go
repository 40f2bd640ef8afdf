package gateway

import (
	"context"
	"fmt"
	"sync"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// A refusal records an entry that never reached the chain.
type refusal func(ctx context.Context, entry int, err *fhir.Error) error

// Split is the link that runs a batch's entries in parallel, at most parallel
// at once, each through the whole chain below, so that one dead entry never
// takes the others along (interface §7). A transaction of reads is run likewise
// and fails as a whole when one fails.
//
// each prepares the context of an entry; refused records one that could not be
// decoded.
func Split(next fhir.Server, parallel int, each func(ctx context.Context, entry int) context.Context, refused refusal) fhir.Server {
	s := &splitter{next: next, parallel: max(1, parallel), each: each, refused: refused}
	return fhir.ServerFunc{V: next.Version(), F: s.do}
}

type splitter struct {
	next     fhir.Server
	parallel int
	each     func(context.Context, int) context.Context
	refused  refusal
}

func (s *splitter) do(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
	if req.Interaction != fhir.Batch && req.Interaction != fhir.Transaction {
		return s.next.Do(ctx, req)
	}
	results := make([]fhir.Result, len(req.Entries))
	var wg sync.WaitGroup
	slots := make(chan struct{}, s.parallel)
	ctx = access.WithEntries(ctx, min(len(req.Entries), s.parallel))
	for i := range req.Entries {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			results[i] = s.entry(s.each(ctx, i), i, req.Entries[i])
		})
	}
	wg.Wait()
	if req.Interaction == fhir.Transaction {
		for i, r := range results {
			if r.Err != nil {
				return nil, inEntry(i, r.Err)
			}
		}
	}
	return &fhir.Response{Results: results}, nil
}

// entry runs one entry; a panic in it is that entry's internal error.
func (s *splitter) entry(ctx context.Context, i int, e fhir.Entry) (result fhir.Result) {
	defer func() {
		if v := recover(); v != nil {
			result = fhir.Result{Err: fhir.Internal(fmt.Errorf("panic in a batch entry: %v", v))}
		}
	}()
	if e.Err != nil {
		if err := s.refused(ctx, i, e.Err); err != nil {
			return fhir.Result{Err: fhir.AsError(err)}
		}
		return fhir.Result{Err: e.Err}
	}
	resp, err := s.next.Do(ctx, e.Request)
	if err != nil {
		return fhir.Result{Err: fhir.AsError(err)}
	}
	return fhir.Result{Response: resp}
}

// inEntry says which entry of a transaction failed.
func inEntry(i int, fe *fhir.Error) *fhir.Error {
	out := *fe
	out.Issues = append([]fhir.Issue(nil), fe.Issues...)
	for j := range out.Issues {
		out.Issues[j].Diagnostics = fmt.Sprintf("Entry %d: %s", i, out.Issues[j].Diagnostics)
		out.Issues[j].Expression = []string{fmt.Sprintf("Bundle.entry[%d]", i)}
	}
	return &out
}
