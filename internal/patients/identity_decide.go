package patients

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// An IdentityDecision settles who an entry is.
type IdentityDecision struct {
	Entry  string
	Action string // confirm, relink or undo
	// Base is the number of the entry's identity cell as the asker saw it: a
	// decision holds for the identities that were compared, and no others.
	Base int64
	// Subject is whom the entry is pointed to, nil for whom it was merged into;
	// Seen is who that was when the asker chose.
	Subject *Subject
	Seen    *chart.Identity
}

// Actions of an [IdentityDecision].
const (
	DecideConfirm = "confirm"
	DecideRelink  = "relink"
	DecideUndo    = "undo"
)

// keyDecision is the own cell, which no column shows, that keeps what an entry
// was before the last decision. It goes where the entry's own data go.
const keyDecision = "#decision"

// DecideIdentity settles a mismatch, a merge or an unlinked entry. When someone
// else is there than the asker saw, nothing is decided: the answer is 412 with
// the entry as it is now.
func (s *Service) DecideIdentity(ctx context.Context, d IdentityDecision) (Entry, error) {
	target, err := s.relinkTarget(ctx, d)
	if err != nil {
		return Entry{}, err
	}
	var out Entry
	var list string
	err = s.change(ctx, "PatientDetailsEdit", func(ctx context.Context, w *work) error {
		e, l, a, err := s.enterEntry(ctx, w.tx, w.rec, d.Entry, Member)
		if err != nil {
			return err
		}
		w.rec.Detail, list = d.Action, l.ID
		if err := s.compared(ctx, w.tx, l, a, e, d); err != nil {
			return err
		}
		switch d.Action {
		case DecideConfirm:
			err = s.confirm(ctx, w, e, a)
		case DecideRelink:
			err = s.relink(ctx, w, e, a, target)
		case DecideUndo:
			err = s.undo(ctx, w, e, a)
		}
		if err != nil {
			return err
		}
		r, err := s.readList(ctx, w.tx, l, a, e.ID)
		if err != nil {
			return err
		}
		out = r.entries[0]
		return nil
	})
	if err == nil {
		s.refreshSoon(list)
	}
	return out, err
}

// compared checks that an entry is who the asker saw.
func (s *Service) compared(ctx context.Context, tx Tx, l List, a Asker, e Kept, d IdentityDecision) error {
	if d.Base == e.IdentitySeq {
		return nil
	}
	return s.otherIdentity(ctx, tx, l, a, e)
}

// otherIdentity says that not the one is there whom the asker saw, and who is.
func (s *Service) otherIdentity(ctx context.Context, tx Tx, l List, a Asker, e Kept) error {
	r, err := s.readList(ctx, tx, l, a, e.ID)
	if err != nil {
		return err
	}
	return operation.Problemf(http.StatusPreconditionFailed, "conflict",
		"Who this is has changed since you looked. Compare what is there now, then decide again.").With(r.entries[0])
}

// A target is whom a relinked entry will be, as the record system says now.
type target struct {
	subject  Subject
	identity chart.Identity
}

// relinkTarget finds whom an entry is to be pointed to, and checks that it is
// the one whom the asker saw.
func (s *Service) relinkTarget(ctx context.Context, d IdentityDecision) (target, error) {
	var to target
	if !slices.Contains([]string{DecideConfirm, DecideRelink, DecideUndo}, d.Action) {
		return to, invalid("action", "want confirm, relink or undo")
	}
	if d.Action != DecideRelink {
		return to, nil
	}
	if d.Subject != nil && d.Seen == nil {
		return to, invalid("seen", "is missing: say who the patient was when you chose")
	}
	var c Connection
	var secret string
	err := s.deciding(ctx, d, func(ctx context.Context, tx Tx, l List, a Asker, e Kept) (err error) {
		if err := s.compared(ctx, tx, l, a, e, d); err != nil {
			return err
		}
		if to.subject, err = d.subject(e); err != nil {
			return err
		}
		c, secret, err = s.withSecret(ctx, tx, e.Space, to.subject.Connection)
		return err
	})
	if err != nil {
		return to, err
	}
	if to.identity, err = s.identityAt(ctx, c, secret, to.subject.Patient); err != nil {
		return to, err
	}
	if d.Subject == nil {
		return to, s.noteMergedInto(ctx, d, to.identity)
	}
	if *d.Seen == to.identity {
		return to, nil
	}
	return to, s.deciding(ctx, d, func(ctx context.Context, tx Tx, l List, a Asker, e Kept) error {
		return s.otherIdentity(ctx, tx, l, a, e)
	})
}

// deciding reads an entry that is to be decided on. It is recorded with the
// decision, or by itself where there is none.
func (s *Service) deciding(ctx context.Context, d IdentityDecision, fn func(ctx context.Context, tx Tx, l List, a Asker, e Kept) error) error {
	return s.view(ctx, "PatientDetailsEdit", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		e, l, a, err := s.enterEntry(ctx, tx, rec, d.Entry, Member)
		if err != nil {
			return err
		}
		if err := fn(ctx, tx, l, a, e); err != nil {
			return err
		}
		rec.Operation = ""
		return nil
	})
}

// subject is whom an entry is to be pointed to.
func (d IdentityDecision) subject(e Kept) (Subject, error) {
	var to Subject
	switch {
	case d.Subject != nil:
		to = *d.Subject
	case e.State == StateMerged && e.Identity.Replaced != "":
		to = Subject{Connection: e.Subject.Connection, Patient: e.Identity.Replaced}
	default:
		return to, invalid("subject", "is missing: say whom the entry is about")
	}
	if to.Connection == "" || !plainID.MatchString(to.Patient) {
		return to, invalid("subject", "must name a connection and a patient of it")
	}
	return to, nil
}

// noteMergedInto keeps who the record is now that an entry's was merged into.
// Where that is another than the asker saw, their decision is on an old number
// from then on.
func (s *Service) noteMergedInto(ctx context.Context, d IdentityDecision, identity chart.Identity) error {
	return s.observing(ctx, func(ctx context.Context, w *work) error {
		e, err := w.tx.Entry(ctx, d.Entry)
		if err != nil || e.State != StateMerged || e.IdentitySeq != d.Base || sameIdentity(e.Other, &identity) {
			return err
		}
		_, err = w.RecordIdentity(ctx, e, e.Identity, StateMerged, &identity)
		return err
	})
}

func (s *Service) identityAt(ctx context.Context, c Connection, secret, patient string) (chart.Identity, error) {
	server, err := s.open(ctx, c, secret)
	if err != nil {
		return chart.Identity{}, ehrProblem(err)
	}
	ctx, cancel := context.WithTimeout(access.WithRequestID(ctx, newID()), sectionTime)
	defer cancel()
	body, err := readPatient(ctx, server, patient)
	if err != nil {
		return chart.Identity{}, ehrProblem(err)
	}
	if body == nil {
		return chart.Identity{}, ehrProblem(fhir.Errorf(fhir.KindGone, "deleted", "The record system does not know this patient."))
	}
	return chart.IdentityOf(body, s.now())
}

// A before is what an entry was before a decision.
type before struct {
	Subject     Subject         `json:"subject"`
	Identity    chart.Identity  `json:"identity"`
	Fingerprint Fingerprint     `json:"fingerprint"`
	State       State           `json:"state"`
	Other       *chart.Identity `json:"other,omitempty"`
	// Cells are what was last seen of the record.
	Cells map[string]chart.Cell `json:"cells,omitempty"`
}

// nothingToDecide says that an entry is not in a state that the action is for.
func nothingToDecide() error {
	return operation.Problemf(http.StatusConflict, "nothing-to-decide", "There is nothing to decide here any more. Look at the patient again.")
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
func (s *Service) relink(ctx context.Context, w *work, e Kept, a Asker, to target) error {
	if e.State == StateOK || e.Subject == to.subject {
		return nothingToDecide()
	}
	return w.decide(ctx, e, a, before{Subject: to.subject, Identity: to.identity, Fingerprint: fingerprint(to.identity), State: StateOK})
}

// undo takes the last decision back.
func (s *Service) undo(ctx context.Context, w *work, e Kept, a Asker) error {
	c, ok, err := lastDecision(ctx, w.tx, e)
	if err != nil {
		return err
	}
	if !ok {
		return nothingToDecide()
	}
	var was before
	if err := json.Unmarshal(c.Value, &was); err != nil {
		return err
	}
	if err := w.decided(ctx, e, a, was); err != nil {
		return err
	}
	return w.settled(ctx, e)
}

// lastDecision is the cell that keeps what an entry was before the last
// decision; ok tells whether there is one that can be taken back.
func lastDecision(ctx context.Context, tx Tx, e Kept) (c OwnCell, ok bool, err error) {
	cells, err := tx.OwnCells(ctx, e.List, e.ID)
	if err != nil {
		return c, false, err
	}
	i := slices.IndexFunc(cells, func(c OwnCell) bool { return c.Column == keyDecision && len(c.Value) > 2 })
	if i < 0 {
		return c, false, nil
	}
	return cells[i], true, nil
}

// settled forgets what an entry was before the last decision.
func (w *work) settled(ctx context.Context, e Kept) error {
	c, ok, err := lastDecision(ctx, w.tx, e)
	if err != nil || !ok {
		return err
	}
	c.Value, c.At = json.RawMessage(`""`), w.now
	return w.tx.PutOwnCell(ctx, e.List, c)
}

// decide makes an entry what it is to be, and keeps what it was.
func (w *work) decide(ctx context.Context, e Kept, a Asker, is before) error {
	seen, err := w.tx.Observed(ctx, e.List, e.ID)
	if err != nil {
		return err
	}
	cells := make(map[string]chart.Cell, len(seen))
	for _, o := range seen {
		cells[o.Column] = o.Cell
	}
	was, err := json.Marshal(before{e.Subject, e.Identity, e.Fingerprint, e.State, e.Other, cells})
	if err != nil {
		return err
	}
	if err := w.tx.PutOwnCell(ctx, e.List, OwnCell{Entry: e.ID, Column: keyDecision, Value: was, At: w.now, By: a.Person.ID}); err != nil {
		return err
	}
	return w.decided(ctx, e, a, is)
}

// decided makes an entry what it is to be. No list has a patient of a record
// system twice.
func (w *work) decided(ctx context.Context, e Kept, a Asker, is before) error {
	if is.Subject != e.Subject && is.Subject.Connection != "" {
		same, err := w.tx.EntriesAlike(ctx, e.Space, Keys{Subject: is.Subject})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(same, func(o Kept) bool { return o.List == e.List && o.ID != e.ID }) {
			return operation.Problemf(http.StatusConflict, "on-list", "That patient is on this list already. Remove one of the two entries.")
		}
	}
	c := Change{
		Space: e.Space, List: e.List, Entry: e.ID, Column: KeyIdentity, Kind: ChangeState, Old: string(e.State), New: string(is.State), By: a.Person.ID,
	}
	seq, err := w.note(ctx, c)
	if err != nil {
		return err
	}
	if err := w.show(ctx, e, is.Cells); err != nil {
		return err
	}
	e.Subject, e.Identity, e.Fingerprint, e.State, e.Other = is.Subject, is.Identity, is.Fingerprint, is.State, is.Other
	e.Keys, e.Seq, e.IdentitySeq, e.IdentityBy = keysOf(e.Subject, e.Identity), seq, seq, a.Person.ID
	return w.tx.PutEntry(ctx, e)
}

// show puts what was seen of a record in the place of what was seen of an
// entry's former one. What is not known is asked for.
func (w *work) show(ctx context.Context, e Kept, cells map[string]chart.Cell) error {
	former, err := w.tx.Observed(ctx, e.List, e.ID)
	if err != nil {
		return err
	}
	put := make(map[string]chart.Cell, len(former))
	for _, o := range former {
		put[o.Column] = chart.Cell{Status: chart.Pending}
	}
	maps.Copy(put, cells)
	for column, cell := range put {
		if err := w.tx.PutObserved(ctx, e.List, Observation{Entry: e.ID, Column: column, Cell: cell}); err != nil {
			return err
		}
	}
	return nil
}
