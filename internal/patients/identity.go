package patients

import (
	"context"
	"strings"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// recordIdentities keeps who the record system says the patients of a list are,
// and gives the state of each.
func (s *Service) recordIdentities(ctx context.Context, p *plan, entries []Kept, found map[string]foundPatient) (states map[string]State, err error) {
	states = map[string]State{}
	news := entries[:0:0]
	for _, e := range entries {
		f, ok := found[e.Subject.Patient]
		if !ok {
			continue
		}
		_, state, _, fresh := f.of(e)
		states[e.ID] = state
		if fresh {
			news = append(news, e)
		}
	}
	if len(news) == 0 { // as it nearly always is
		return states, nil
	}
	err = s.observing(ctx, func(ctx context.Context, w *work) error {
		for _, seen := range news {
			e, err := w.tx.Entry(ctx, seen.ID)
			if err != nil {
				return err
			}
			if !e.Removed.IsZero() || e.List != p.list.ID || e.Subject != seen.Subject {
				continue // left, moved or relinked meanwhile
			}
			identity, state, other, fresh := found[seen.Subject.Patient].of(e)
			if !fresh {
				continue
			}
			if _, err := w.RecordIdentity(ctx, e, identity, state, other); err != nil {
				return err
			}
		}
		return nil
	})
	return states, err
}

// of is what an entry is by what was found; fresh tells whether anything is new.
func (f foundPatient) of(e Kept) (identity chart.Identity, state State, other *chart.Identity, fresh bool) {
	identity = e.Identity
	switch {
	case f.gone:
		state = StateGone
	case !e.Fingerprint.fits(f.identity):
		// Who it was stays in the banner, who it is now stands beside it.
		state, other = StateMismatch, &f.identity
	case f.identity.Replaced != "":
		identity, state, other = f.identity, StateMerged, f.other
	default:
		identity, state = f.identity, StateOK
	}
	return identity, state, other, identity != e.Identity || state != e.State || !sameIdentity(other, e.Other)
}

// fits reports whether a record is still of the person that an entry's notes
// are about: the record number is the same, and not both name and birth date
// are others. What is not known tells nothing.
func (f Fingerprint) fits(id chart.Identity) bool {
	now := fingerprint(id)
	differs := func(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(plain(a), plain(b)) }
	return !differs(f.MRN, now.MRN) && (!differs(f.Family, now.Family) || !differs(f.Born, now.Born))
}

func sameIdentity(a, b *chart.Identity) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}
