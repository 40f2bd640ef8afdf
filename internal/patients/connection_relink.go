package patients

import (
	"context"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// noRecords is for a service that reaches no record system.
type noRecords struct{}

func (noRecords) Open(context.Context, Connection, string) (fhir.Server, error) {
	return nil, errNoRecords()
}

func (noRecords) Probe(context.Context, Connection, string, func(ConnectStep)) (Probed, error) {
	return Probed{}, errNoRecords()
}

func (noRecords) Choices(context.Context, string) ([]Choice, error) { return nil, nil }
func (noRecords) Close(string)                                      {}

// A matchedEntry is whom an entry of a replaced connection is in the new one.
type matchedEntry struct {
	patient  string
	identity chart.Identity
}

// maxTogether is how many calls of one kind are under way at once; what stands
// between us and the record system bounds them further.
const maxTogether = 48

// rematch looks for the patients of a replaced connection in the new record
// system: by record number, and the same birth date. Whoever is found twice, or
// not, is not matched.
func (s *Service) rematch(ctx context.Context, c Connection, secret string, old Connection) (map[string]matchedEntry, error) {
	var entries []Kept
	err := s.storage.View(ctx, func(ctx context.Context, tx Tx) (err error) {
		entries, err = tx.EntriesFrom(ctx, old.Space, old.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	server, err := s.open(ctx, c, secret)
	if err != nil {
		return nil, ehrProblem(err)
	}
	found := make([]*matchedEntry, len(entries))
	ctx = access.WithEntries(access.WithRequestID(ctx, newID()), min(len(entries), maxTogether))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(maxTogether)
	for i, e := range entries {
		if e.Identity.MRN == "" || e.Identity.Born == "" {
			continue
		}
		g.Go(func() error {
			all, _, err := s.find(ctx, server, Query{MRN: e.Identity.MRN}, 3)
			if err != nil {
				return err
			}
			for _, p := range all {
				if p.identity.Born != e.Identity.Born || p.identity.MRN != e.Identity.MRN {
					continue
				}
				if found[i] != nil {
					found[i] = nil
					return nil
				}
				found[i] = &matchedEntry{p.id, p.identity}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, ehrProblem(err)
	}
	out := map[string]matchedEntry{}
	for i, e := range entries {
		if found[i] != nil {
			out[e.ID] = *found[i]
		}
	}
	return out, nil
}

// former is the connection that c is again: the one it is to take the place of,
// or one that was removed. It leads to the same link, and not to another tenant
// there.
func (s *Service) former(ctx context.Context, replaces *Connection, c Connection) (*Connection, error) {
	old := replaces
	if old == nil {
		err := s.storage.View(ctx, func(ctx context.Context, tx Tx) error {
			removed, ok, err := orNothing(tx.RemovedConnection(ctx, c.Space, c.Link))
			if ok {
				old = &removed
			}
			return err
		})
		if err != nil || old == nil {
			return nil, err
		}
	}
	if old.Link != c.Link || old.Tenant != "" && c.Tenant != "" && old.Tenant != c.Tenant {
		return nil, nil //nolint:nilnil // it is a new one
	}
	return old, nil
}

// comeBack lets the entries of a connection that was removed, and is there
// again, be asked again.
func (w *work) comeBack(ctx context.Context, c Connection) error {
	entries, err := w.tx.EntriesFrom(ctx, c.Space, c.ID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		w.fresh[e.List] = true
		if e.State != StateUnlinked {
			continue
		}
		was := e.State
		switch { // what had to be decided before still has to
		case e.Identity.Replaced != "":
			e.State = StateMerged
		case e.Other != nil:
			e.State = StateMismatch
		default:
			e.State = StateOK
		}
		change := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyIdentity, Kind: ChangeState, Old: string(was), New: string(e.State)}
		if e.Seq, err = w.note(ctx, change); err != nil {
			return err
		}
		e.IdentitySeq = e.Seq
		if err := w.tx.PutEntry(ctx, e); err != nil {
			return err
		}
		about(w.rec, e)
	}
	return nil
}

// relinkAll points the entries of a replaced connection to the new one. Those
// that are not matched keep what was last seen, and say so.
func (s *Service) relinkAll(ctx context.Context, w *work, c, old Connection, matched map[string]matchedEntry) (unmatched []Entry, err error) {
	entries, err := w.tx.EntriesFrom(ctx, old.Space, old.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		m, ok := matched[e.ID]
		change := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeyIdentity, Kind: ChangeState, Old: string(e.State)}
		if !ok {
			e.State = StateUnlinked
			unmatched = append(unmatched, e.Entry)
		} else {
			// Whatever was to be decided was about the former record.
			_, e.State, e.Other, _ = foundPatient{identity: m.identity}.of(e)
			e.Subject = Subject{Connection: c.ID, Patient: m.patient}
			e.Identity.Replaced = m.identity.Replaced
			e.Keys.Subject = e.Subject
		}
		change.New = string(e.State)
		if e.Seq, err = w.note(ctx, change); err != nil {
			return nil, err
		}
		e.IdentitySeq = e.Seq
		if err := w.tx.PutEntry(ctx, e); err != nil {
			return nil, err
		}
		if err := w.settled(ctx, e); err != nil { // it was about the connection that goes
			return nil, err
		}
		about(w.rec, e)
	}
	return unmatched, nil
}

// countParam is the parameter that bounds a page.
func countParam(n int) fhir.Param { return fhir.Param{Name: "_count", Value: strconv.Itoa(n)} }
