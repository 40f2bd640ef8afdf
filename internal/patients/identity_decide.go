package patients

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// A before is what an entry was before a decision.
type before struct {
	Subject     Subject         `json:"subject"`
	Identity    chart.Identity  `json:"identity"`
	Fingerprint Fingerprint     `json:"fingerprint"`
	State       State           `json:"state"`
	Other       *chart.Identity `json:"other,omitempty"`
}

// nothingToDecide says that an entry is not in a state that the action is for.
func nothingToDecide() error {
	return operation.Problemf(http.StatusConflict, "nothing-to-decide", "The entry changed meanwhile. Look at it again before you decide.")
}

// confirm says that the record is of the person that our notes are about.
func (s *Service) confirm(ctx context.Context, w *work, e Kept, a Asker) error {
	if e.State != StateMismatch || e.Other == nil {
		return nothingToDecide()
	}
	return w.decide(ctx, e, a, before{Subject: e.Subject, Identity: *e.Other, Fingerprint: fingerprint(*e.Other), State: StateOK})
}

// relink points an entry to another record, of the person that our notes are
// about.
func (s *Service) relink(ctx context.Context, w *work, e Kept, a Asker, to Subject, identity chart.Identity) error {
	if e.State == StateOK || e.Subject == to {
		return nothingToDecide()
	}
	same, err := w.tx.EntriesAlike(ctx, e.Space, Keys{Subject: to})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(same, func(o Kept) bool { return o.List == e.List && o.ID != e.ID }) {
		return operation.Problemf(http.StatusConflict, "on-list", "That patient is on this list already. Remove one of the two entries.")
	}
	return w.decide(ctx, e, a, before{Subject: to, Identity: identity, Fingerprint: fingerprint(identity), State: StateOK})
}

// undo takes the last decision back.
func (s *Service) undo(ctx context.Context, w *work, e Kept, a Asker) error {
	cells, err := w.tx.OwnCells(ctx, e.List, e.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(cells, func(c OwnCell) bool { return c.Column == keyDecision && len(c.Value) > 2 })
	if i < 0 {
		return nothingToDecide()
	}
	var was before
	if err := json.Unmarshal(cells[i].Value, &was); err != nil {
		return err
	}
	if err := w.decided(ctx, e, a, was); err != nil {
		return err
	}
	return w.tx.PutOwnCell(ctx, e.List, OwnCell{Entry: e.ID, Column: keyDecision, Value: json.RawMessage(`""`), At: w.now, By: a.Person.ID})
}

// decide makes an entry what it is to be, and keeps what it was.
func (w *work) decide(ctx context.Context, e Kept, a Asker, is before) error {
	was, err := json.Marshal(before{e.Subject, e.Identity, e.Fingerprint, e.State, e.Other})
	if err != nil {
		return err
	}
	if err := w.tx.PutOwnCell(ctx, e.List, OwnCell{Entry: e.ID, Column: keyDecision, Value: was, At: w.now, By: a.Person.ID}); err != nil {
		return err
	}
	return w.decided(ctx, e, a, is)
}

func (w *work) decided(ctx context.Context, e Kept, a Asker, is before) error {
	c := Change{
		Space: e.Space, List: e.List, Entry: e.ID, Column: KeyIdentity, Kind: ChangeState, Old: string(e.State), New: string(is.State), By: a.Person.ID,
	}
	seq, err := w.note(ctx, c)
	if err != nil {
		return err
	}
	if err := w.forget(ctx, e); err != nil {
		return err
	}
	e.Subject, e.Identity, e.Fingerprint, e.State, e.Other = is.Subject, is.Identity, is.Fingerprint, is.State, is.Other
	e.Keys, e.Seq, e.IdentitySeq, e.IdentityBy = keysOf(e.Subject, e.Identity), seq, seq, a.Person.ID
	return w.tx.PutEntry(ctx, e)
}

// forget takes away what was seen of an entry's former record: it is asked anew.
func (w *work) forget(ctx context.Context, e Kept) error {
	all, err := w.tx.Observed(ctx, e.List, e.ID)
	if err != nil {
		return err
	}
	for _, o := range all {
		o.Cell = chart.Cell{Status: chart.Pending}
		if err := w.tx.PutObserved(ctx, e.List, o); err != nil {
			return err
		}
	}
	return nil
}
