package patients

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// A RoundStep begins a round, ends it, or says that a patient was seen or was
// not after all.
type RoundStep struct {
	List   string
	Action string // start, seen, unseen or end
	Order  []string
	Entry  string
}

// Actions of a round.
const (
	roundStart  = "start"
	roundSeen   = "seen"
	roundUnseen = "unseen"
	roundEnd    = "end"
)

// ChangeRound goes on with the round of a list and gives how it stands, nil
// when none is running. Several people walk on one round: starting while one is
// running joins it.
func (s *Service) ChangeRound(ctx context.Context, step RoundStep) (*Round, error) {
	names := map[string]string{roundStart: "RoundStart", roundSeen: "RoundPatientSeen", roundUnseen: "RoundPatientUnseen", roundEnd: "RoundEnd"}
	name, ok := names[step.Action]
	if !ok {
		return nil, invalid("action", "must be start, seen, unseen or end")
	}
	var out *Round
	err := s.change(ctx, name, func(ctx context.Context, w *work) error {
		l, a, err := s.enterList(ctx, w.tx, w.rec, step.List, Member)
		if err != nil {
			return err
		}
		entries, err := w.tx.EntriesOn(ctx, l.ID)
		if err != nil {
			return err
		}
		r, running, err := orNothing(w.tx.RunningRound(ctx, l.ID))
		if err != nil {
			return err
		}
		if out, err = w.step(ctx, step, r, running, l, a, entries); err != nil || out == nil {
			return err
		}
		arranged := arrangeRound(*out, entries)
		out = &arranged
		return nil
	})
	return out, err
}

func (w *work) step(ctx context.Context, step RoundStep, r Round, running bool, l List, a Asker, entries []Kept) (*Round, error) {
	change := Change{Space: l.Space, List: l.ID, Kind: ChangeRound, By: a.Person.ID}
	switch {
	case step.Action == roundEnd && !running:
		return nil, nil
	case step.Action == roundStart && running:
		return &r, nil
	case step.Action == roundStart:
		r = Round{ID: newID(), List: l.ID, By: a.Person.ID, Started: w.now, Seen: map[string]SeenNote{}}
		for _, id := range distinctIDs(step.Order) {
			if slices.ContainsFunc(entries, func(e Kept) bool { return e.ID == id }) {
				r.Order = append(r.Order, id)
			}
		}
		if err := w.tx.PutRound(ctx, r); err != nil {
			return nil, err
		}
		_, err := w.note(ctx, change)
		return &r, err
	case !running:
		return nil, operation.Problemf(http.StatusConflict, "no-round", "No round is running on this list. Start one first.")
	case step.Action == roundEnd:
		r.Ended = w.now
		if err := w.tx.PutRound(ctx, r); err != nil {
			return nil, err
		}
		_, err := w.note(ctx, change)
		return nil, err
	}
	i := slices.IndexFunc(entries, func(e Kept) bool { return e.ID == step.Entry })
	if i < 0 {
		return nil, ErrNotFound
	}
	about(w.rec, entries[i])
	return w.see(ctx, step, r, a, entries[i])
}

// see says that a patient was seen, or was not after all. Who saw the patient
// first stays named.
func (w *work) see(ctx context.Context, step RoundStep, r Round, a Asker, e Kept) (*Round, error) {
	change := Change{Space: e.Space, List: e.List, Entry: e.ID, Column: KeySeen, Kind: ChangeSeen, By: a.Person.ID}
	_, seen := r.Seen[e.ID]
	if seen == (step.Action == roundSeen) {
		return &r, nil // said already
	}
	if seen {
		delete(r.Seen, e.ID)
		change.Old = "seen"
		if err := w.tx.DeleteRoundSeen(ctx, r.List, r.ID, e.ID); err != nil {
			return nil, err
		}
	} else {
		n := SeenNote{By: a.Person.ID, At: w.now}
		r.Seen[e.ID] = n
		change.New = "seen"
		if err := w.tx.PutRoundSeen(ctx, r.List, r.ID, e.ID, n); err != nil {
			return nil, err
		}
	}
	_, err := w.note(ctx, change)
	return &r, err
}

// arrangeRound puts those who came after the round began at its end, in bed
// order, and leaves those out who left: "7 of 18" counts who is there.
func arrangeRound(r Round, entries []Kept) Round {
	there := map[string]bool{}
	for _, e := range entries {
		there[e.ID] = true
	}
	order := make([]string, 0, len(entries))
	for _, id := range r.Order {
		if there[id] {
			order = append(order, id)
			delete(there, id)
		}
	}
	late := make([]Entry, 0, len(there))
	for _, e := range entries {
		if there[e.ID] {
			late = append(late, e.Entry)
		}
	}
	byBed(late)
	for _, e := range late {
		order = append(order, e.ID)
	}
	seen := map[string]SeenNote{}
	for _, id := range order {
		if n, ok := r.Seen[id]; ok {
			seen[id] = n
		}
	}
	r.Order, r.Seen = order, seen
	return r
}

// seenCell is when a patient was seen on a round today.
func seenCell(n SeenNote, ok bool, zone *time.Location) chart.Cell {
	if !ok {
		return chart.Cell{Status: chart.None}
	}
	return chart.Cell{Status: chart.Loaded, By: n.By, Items: []chart.Item{{
		ID: KeySeen, Text: n.At.In(zone).Format("15:04"), Time: n.At.Format(time.RFC3339), TimeLabel: "seen", Owner: n.By, Current: true,
	}}}
}

// zoneOf is the time zone that a space's times are shown in.
func zoneOf(s Space) *time.Location {
	if loc, err := time.LoadLocation(s.Settings.Zone); err == nil {
		return loc
	}
	return time.UTC
}

// startOfDay is the midnight before t in a zone.
func startOfDay(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}
