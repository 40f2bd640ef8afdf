package patients

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

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
	out.Source, out.Identity = c.Name, e.IdentitySeq
	return out, err
}

func (s *Service) readSection(
	ctx context.Context, e Kept, c Connection, secret string, kind chart.Kind, all bool, now func() time.Time,
) (chart.Section, error) {
	if slices.Contains(chart.Missing(c.Missing), kind) {
		return chart.UnsupportedSection(kind), nil
	}
	if e.State == StateMerged {
		return chart.FailedSection(kind, errMerged), nil
	}
	server, err := s.open(ctx, c, secret)
	if err != nil {
		return chart.FailedSection(kind, err), nil
	}
	timed, cancel := context.WithTimeout(access.WithRequestID(ctx, newID()), sectionTime)
	defer cancel()
	var out chart.Section
	g, reading := errgroup.WithContext(timed)
	g.Go(func() (err error) {
		out, err = chart.ReadSection(reading, server, kind, e.Subject.Patient, e.Identity.Born, all, now)
		return err
	})
	g.Go(func() error { return s.stillTheirs(reading, server, e) })
	err = g.Wait()
	if err == nil {
		return out, nil
	}
	// Nothing of what was read is given: it may be a stranger's.
	if _, told := errors.AsType[*operation.Problem](err); told || ctx.Err() != nil {
		return chart.Section{}, err
	}
	return chart.FailedSection(kind, err), nil
}

// stillTheirs checks whose record it is while it is read: that may have changed
// since the list was last asked for. Sections that are read together share the
// call. Where it did change, the list is asked for, which tells everybody.
func (s *Service) stillTheirs(ctx context.Context, server fhir.Server, e Kept) error {
	body, err := readPatient(ctx, server, e.Subject.Patient)
	if err != nil {
		return err
	}
	f := foundPatient{gone: body == nil}
	if body != nil {
		if f.identity, err = chart.IdentityOf(body, s.now()); err != nil {
			return fhir.Errorf(fhir.KindUpstream, "structure", "The record system answered something that is not a patient.").Because(err)
		}
	}
	switch _, state, _, _ := f.of(e); state {
	case StateMismatch:
		err = withheld()
	case StateMerged:
		err = errMerged
	case StateGone:
		err = &chart.Fault{Reason: chart.ReasonGone, Err: errors.New("the record system does not know this patient any more")}
	case StateOK, StateUnlinked:
	}
	if err != nil {
		s.refreshSoon(e.List)
	}
	return err
}
