package patients

import (
	"context"

	"github.com/wardbridge/wardbridge/internal/chart"
)

// What tests of this package's behaviour reach of its inside.
var (
	Observe   = (*Service).observe
	Natural   = natural
	Alerts    = nameAlerts
	Sound     = sound
	Fold      = fold
	Guard     = guard
	ByBed     = byBed
	WordsOf   = wordsOf
	NewLook   = newLook
	Collapse  = collapse
	Gone      = gone
	Compare   = compare
	SortTodos = sortTodos
)

// A Difference is what one item of a cell became.
type Difference = difference

// Parts are a difference's texts and kind.
func (d Difference) Parts() (old, new string, kind ChangeKind) { return d.old, d.new, d.kind }

// SetState puts an entry into a state, as a refresh does.
func SetState(s *Service, ctx context.Context, entry string, state State, other chart.Identity) {
	err := s.observing(ctx, func(ctx context.Context, w *work) error {
		e, err := w.tx.Entry(ctx, entry)
		if err != nil {
			return err
		}
		o := &other
		if other == (chart.Identity{}) {
			o = nil
		}
		_, err = w.RecordIdentity(ctx, e, e.Identity, state, o)
		return err
	})
	if err != nil {
		panic(err)
	}
}

// Abandon ends asking for a list that nobody looks at, as time does.
func Abandon(s *Service, list string) { s.refresher(list).abandon() }
