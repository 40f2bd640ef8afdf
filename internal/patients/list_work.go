package patients

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// A work is a change in the making: its transaction, its record, and the lists
// that learn of it once it is committed.
type work struct {
	tx    Tx
	rec   *audit.Record
	now   time.Time
	lists map[string]int64
	fresh map[string]bool // lists with new entries, whose record systems are asked soon
}

// change runs fn in a transaction, commits it with the record of op, and then
// tells those who look at the lists it changed.
func (s *Service) change(ctx context.Context, op string, fn func(ctx context.Context, w *work) error) error {
	var w *work
	err := s.update(ctx, op, func(ctx context.Context, tx Tx, rec *audit.Record) error {
		w = s.work(tx, rec)
		return fn(ctx, w)
	})
	if err == nil {
		s.tell(w)
	}
	return err
}

// observing is change for what the EHR says, which nobody in the app does and
// whose questions are recorded by themselves.
func (s *Service) observing(ctx context.Context, fn func(ctx context.Context, w *work) error) error {
	var w *work
	err := s.storage.Update(ctx, nil, func(ctx context.Context, tx Tx) error {
		w = s.work(tx, &audit.Record{})
		return fn(ctx, w)
	})
	if err == nil {
		s.tell(w)
	}
	return err
}

// work begins a change. Times are cut to what is stored, so that what is
// answered is what is read later.
func (s *Service) work(tx Tx, rec *audit.Record) *work {
	return &work{tx: tx, rec: rec, now: s.moment(), lists: map[string]int64{}, fresh: map[string]bool{}}
}

func (s *Service) moment() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

func (s *Service) tell(w *work) {
	for list, seq := range w.lists {
		s.hub.Changed(list, seq)
	}
	for list := range w.fresh {
		s.refreshSoon(list)
	}
}

// note adds a change and gives its number.
func (w *work) note(ctx context.Context, c Change) (int64, error) {
	if c.At.IsZero() {
		c.At = w.now
	}
	seq, err := w.tx.AddChange(ctx, c)
	if err == nil && c.Column == KeyEntry && c.Kind == ChangeAdded {
		w.fresh[c.List] = true
	}
	if err == nil {
		w.lists[c.List] = max(w.lists[c.List], seq)
	}
	return seq, err
}

// about says in the record which entries it is about.
func about(rec *audit.Record, entries ...Kept) {
	patients, connections := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		rec.Entries = append(rec.Entries, e.ID)
		if e.Subject.Patient != "" {
			patients[e.Subject.Patient] = true
			connections[e.Subject.Connection] = true
		}
	}
	rec.Patients = append(rec.Patients, slices.Sorted(maps.Keys(patients))...)
	if len(connections) == 1 {
		rec.Connection = slices.Collect(maps.Keys(connections))[0]
	}
}

// enterList enters the space of a list that is not deleted.
func (s *Service) enterList(ctx context.Context, tx Tx, rec *audit.Record, id string, need Role) (List, Asker, error) {
	l, a, err := s.enterAnyList(ctx, tx, rec, id, need)
	if err == nil && !l.Deleted.IsZero() {
		err = ErrNotFound
	}
	return l, a, err
}

func (s *Service) enterAnyList(ctx context.Context, tx Tx, rec *audit.Record, id string, need Role) (List, Asker, error) {
	if _, err := person(ctx); err != nil {
		return List{}, Asker{}, err
	}
	l, err := tx.List(ctx, id)
	if err != nil {
		return l, Asker{}, err
	}
	rec.List = l.ID
	a, err := s.enter(ctx, tx, rec, l.Space, need)
	return l, a, err
}

// enterEntry enters the space of an entry that is on a list.
func (s *Service) enterEntry(ctx context.Context, tx Tx, rec *audit.Record, id string, need Role) (Kept, List, Asker, error) {
	if _, err := person(ctx); err != nil {
		return Kept{}, List{}, Asker{}, err
	}
	e, err := tx.Entry(ctx, id)
	if err != nil {
		return e, List{}, Asker{}, err
	}
	about(rec, e)
	l, a, err := s.enterList(ctx, tx, rec, e.List, need)
	if err == nil && !e.Removed.IsZero() {
		err = ErrNotFound
	}
	return e, l, a, err
}

// newID is a random id, safe in URLs and in audit records.
func newID() string { return strings.ToLower(rand.Text()) }

// invalid says what is wrong with an input, by field.
func invalid(field, what string) error {
	p := operation.Problemf(http.StatusUnprocessableEntity, "invalid", "Correct the field that is marked and try again.")
	p.Errors = map[string]string{field: what}
	return p
}

// conflict says that what the asker changes is not what they saw.
func conflict(current any) error {
	return operation.Problemf(http.StatusPreconditionFailed, "conflict",
		"Someone else changed this meanwhile. Look at what is there now, then keep it or save yours again.").With(current)
}

// fits checks a text: not longer than most characters, and not empty where it
// must not be.
func fits(field, text string, most int, required bool) error {
	switch {
	case required && strings.TrimSpace(text) == "":
		return invalid(field, "is missing")
	case runes(text) > most:
		return invalid(field, "is too long")
	}
	return nil
}

func runes(s string) int {
	n := 0
	for range s {
		n++
	}
	return n
}

// orNothing turns what is not there into the zero value.
func orNothing[T any](v T, err error) (T, bool, error) {
	if errors.Is(err, ErrNotFound) {
		var none T
		return none, false, nil
	}
	return v, err == nil, err
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }
