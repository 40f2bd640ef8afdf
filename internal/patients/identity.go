package patients

import (
	"context"
	"strings"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// recordIdentities keeps who the record system says the patients of a list are,
// and gives the entries that it does not know any more.
func (s *Service) recordIdentities(ctx context.Context, p *plan, entries []Kept, found map[string]foundPatient) (gone map[string]bool, err error) {
	err = s.observing(ctx, func(ctx context.Context, w *work) error {
		gone = map[string]bool{}
		for _, seen := range entries {
			f, ok := found[seen.Subject.Patient]
			if !ok {
				continue
			}
			e, err := w.tx.Entry(ctx, seen.ID)
			if err != nil {
				return err
			}
			if !e.Removed.IsZero() || e.List != p.list.ID || e.Subject != seen.Subject {
				continue // left, moved or relinked meanwhile
			}
			if f.gone {
				gone[e.ID] = true
			}
			if err := recordFound(ctx, w, e, f); err != nil {
				return err
			}
		}
		return nil
	})
	return gone, err
}

// recordFound puts an entry into the state that follows from what was found.
func recordFound(ctx context.Context, w *work, e Kept, f foundPatient) error {
	identity, state, other := e.Identity, e.State, e.Other
	switch {
	case f.gone:
		state, other = StateGone, nil
	case !e.Fingerprint.fits(f.identity):
		// Who it was stays in the banner, who it is now stands beside it.
		state, other = StateMismatch, &f.identity
	case f.identity.Replaced != "":
		identity, state, other = f.identity, StateMerged, f.other
	default:
		identity, state, other = f.identity, StateOK, nil
	}
	if identity == e.Identity && state == e.State && sameIdentity(other, e.Other) {
		return nil
	}
	_, err := w.RecordIdentity(ctx, e, identity, state, other)
	return err
}

// fits reports whether a record is still of the person that an entry's notes
// are about: the record number is the same, and not both name and birth date
// are others. What is not known tells nothing.
func (f Fingerprint) fits(id chart.Identity) bool {
	now := fingerprint(id)
	differs := func(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(plain(a), plain(b)) }
	return !differs(f.MRN, now.MRN) && !(differs(f.Family, now.Family) && differs(f.Born, now.Born))
}

func sameIdentity(a, b *chart.Identity) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}
