package patients

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// sectionTime bounds reading one section: someone waits for it.
const sectionTime = 25 * time.Second

// Section reads one kind of data of an entry's patient from its record system,
// now. A failure to read is in the section, which says why and can be asked
// for again; the error is for what the asker may not have.
func (s *Service) Section(ctx context.Context, entry string, kind chart.Kind, all bool) (chart.Section, error) {
	if !slices.Contains(chart.Kinds(), kind) {
		return chart.Section{}, operation.Problemf(http.StatusNotFound, "not-found", "There is no such section.")
	}
	var (
		e      Kept
		c      Connection
		secret string
		zone   *time.Location
	)
	err := s.view(ctx, "PatientView", func(ctx context.Context, tx Tx, rec *audit.Record) (err error) {
		var a Asker
		if e, _, a, err = s.enterEntry(ctx, tx, rec, entry, Viewer); err != nil {
			return err
		}
		rec.Detail, zone = string(kind), zoneOf(a.Space)
		if e.Subject.Connection == "" {
			return operation.Problemf(http.StatusConflict, "typed-by-hand", "This patient was typed by hand: there is no record system to ask.")
		}
		if e.State == StateMismatch { // it is a stranger's record, as far as is known
			return withheld()
		}
		c, secret, err = s.withSecret(ctx, tx, e.Space, e.Subject.Connection)
		if errors.Is(err, ErrNotFound) { // removed: what was last seen is on the list
			c, err = tx.Connection(ctx, e.Subject.Connection)
		}
		return err
	})
	if err != nil {
		return chart.Section{}, err
	}
	out, err := s.readSection(ctx, e, c, secret, kind, all, func() time.Time { return s.now().In(zone) })
	out.Source = c.Name
	return out, err
}

func (s *Service) readSection(
	ctx context.Context, e Kept, c Connection, secret string, kind chart.Kind, all bool, now func() time.Time,
) (chart.Section, error) {
	if slices.Contains(chart.Missing(c.Missing), kind) {
		return chart.UnsupportedSection(kind), nil
	}
	server, err := s.open(ctx, c, secret)
	if err != nil {
		return chart.FailedSection(kind, err), nil
	}
	reading, cancel := context.WithTimeout(access.WithRequestID(ctx, newID()), sectionTime)
	defer cancel()
	out, err := chart.ReadSection(reading, server, kind, e.Subject.Patient, e.Identity.Born, all, now)
	if err != nil && ctx.Err() == nil {
		return chart.FailedSection(kind, err), nil
	}
	return out, err
}

// An IdentityDecision settles who an entry is. Subject is whom it is pointed to,
// nil for whom the patient was merged into.
type IdentityDecision struct {
	Entry   string
	Action  string // confirm, relink or undo
	Subject *Subject
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

// DecideIdentity settles a mismatch, a merge or an unlinked entry.
func (s *Service) DecideIdentity(ctx context.Context, d IdentityDecision) (Entry, error) {
	target, identity, err := s.relinkTarget(ctx, d)
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
		switch d.Action {
		case DecideConfirm:
			err = s.confirm(ctx, w, e, a)
		case DecideRelink:
			err = s.relink(ctx, w, e, a, target, identity)
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

// relinkTarget is whom a relinked entry will be, as the record system says.
func (s *Service) relinkTarget(ctx context.Context, d IdentityDecision) (Subject, chart.Identity, error) {
	if !slices.Contains([]string{DecideConfirm, DecideRelink, DecideUndo}, d.Action) {
		return Subject{}, chart.Identity{}, invalid("action", "want confirm, relink or undo")
	}
	if d.Action != DecideRelink {
		return Subject{}, chart.Identity{}, nil
	}
	var (
		to     Subject
		c      Connection
		secret string
	)
	err := s.view(ctx, "", func(ctx context.Context, tx Tx, rec *audit.Record) error {
		e, _, _, err := s.enterEntry(ctx, tx, rec, d.Entry, Member)
		if err != nil {
			return err
		}
		switch {
		case d.Subject != nil:
			to = *d.Subject
		case e.State == StateMerged && e.Identity.Replaced != "":
			to = Subject{Connection: e.Subject.Connection, Patient: e.Identity.Replaced}
		default:
			return invalid("subject", "is missing: say whom the entry is about")
		}
		if to.Connection == "" || !plainID.MatchString(to.Patient) {
			return invalid("subject", "must name a connection and a patient of it")
		}
		c, secret, err = s.withSecret(ctx, tx, e.Space, to.Connection)
		return err
	})
	if err != nil {
		return to, chart.Identity{}, err
	}
	identity, err := s.identityAt(ctx, c, secret, to.Patient)
	return to, identity, err
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
