package patients

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/operation"
	"github.com/wardbridge/wardbridge/internal/people"
)

// AnyRole is the need of what everybody in a space may do, auditors included.
const AnyRole Role = ""

// Includes reports whether who has role r may do what needs need. An owner may
// do everything, the auditor what needs [Auditor] or [AnyRole].
func (r Role) Includes(need Role) bool {
	order := []Role{Viewer, Member, Owner}
	if need == AnyRole {
		return r.valid()
	}
	if need == Auditor {
		return r == Auditor || r == Owner
	}
	have, want := slices.Index(order, r), slices.Index(order, need)
	return want >= 0 && have >= want
}

func (r Role) valid() bool {
	return slices.Contains([]Role{Viewer, Member, Owner, Auditor}, r)
}

// An Asker is the signed-in person in a space.
type Asker struct {
	Person people.Person
	Space  Space
	Role   Role
}

// enter is the only way into a space: every operation on anything in it calls
// it, in the transaction it works in, before it gives or changes anything. Who
// has no role in the space learns nothing of it (404); who has too small a one
// is told so (403). rec learns who entered which space; it may be nil.
func (s *Service) enter(ctx context.Context, tx Tx, rec *audit.Record, space string, need Role) (Asker, error) {
	p, err := person(ctx)
	if err != nil {
		return Asker{}, err
	}
	sp, role, err := tx.EnterSpace(ctx, space, p.ID)
	if err != nil {
		return Asker{}, err
	}
	if rec != nil {
		rec.Space = sp.ID
	}
	// A tenant's spaces are for its people, whatever a membership says.
	if sp.Tenant != p.Tenant || !role.valid() {
		return Asker{}, ErrNotFound
	}
	if !role.Includes(need) {
		return Asker{}, operation.Problemf(http.StatusForbidden, "forbidden", "Your role in this space is "+string(role)+". Ask an owner of the space for the role "+string(need)+".")
	}
	return Asker{Person: p, Space: sp, Role: role}, nil
}

// person is the signed-in person.
func person(ctx context.Context) (people.Person, error) {
	p, ok := people.From(ctx)
	if !ok || p.Disabled {
		return people.Person{}, operation.Problemf(http.StatusUnauthorized, "not-signed-in", "Sign in to go on.")
	}
	return p, nil
}

// view runs fn on one moment of the data and records op before what was seen
// is given; op "" is not recorded. fn may complete the record.
func (s *Service) view(ctx context.Context, op string, fn func(ctx context.Context, tx Tx, rec *audit.Record) error) error {
	rec := s.record(ctx, op)
	err := s.storage.View(ctx, func(ctx context.Context, tx Tx) error { return fn(ctx, tx, &rec) })
	return s.settle(ctx, rec, true, err)
}

// update runs fn in a transaction and commits its changes with the record of
// op. fn may complete the record and may run more than once.
func (s *Service) update(ctx context.Context, op string, fn func(ctx context.Context, tx Tx, rec *audit.Record) error) error {
	fresh := s.record(ctx, op)
	rec := fresh
	err := s.storage.Update(ctx, &rec, func(ctx context.Context, tx Tx) error {
		rec = fresh
		return fn(ctx, tx, &rec)
	})
	return s.settle(ctx, rec, false, err)
}

// record begins the record of an operation.
func (s *Service) record(ctx context.Context, op string) audit.Record {
	rec := audit.Record{Time: s.now(), RequestID: access.RequestIDFrom(ctx), Entry: -1, Operation: op, Status: http.StatusOK}
	if p, ok := people.From(ctx); ok {
		rec.Person = p.ID
	}
	if p, ok := access.PrincipalFrom(ctx); ok && p.Remote.IsValid() {
		rec.Remote = p.Remote.String()
	}
	return rec
}

// settle appends the record of what was seen, or refused, and gives the error
// as the asker may see it. What succeeded and changed something is recorded
// already; what was asked wrongly showed nothing, but a conflict shows what is
// there.
func (s *Service) settle(ctx context.Context, rec audit.Record, seen bool, err error) error {
	if errors.Is(err, ErrNotFound) {
		err = operation.Problemf(http.StatusNotFound, "not-found", "It is not there, or not for you. Go back and look again, or ask an owner for access.").Because(err)
	}
	write := seen
	if err != nil {
		rec.Status = http.StatusInternalServerError
		if p, ok := errors.AsType[*operation.Problem](err); ok {
			rec.Status, rec.Detail = p.Status, p.Code
		}
		switch rec.Status {
		case http.StatusForbidden, http.StatusNotFound, http.StatusPreconditionFailed:
			write = true
		default:
			write = rec.Status >= http.StatusInternalServerError
		}
	}
	if !write || rec.Operation == "" {
		return err
	}
	if aerr := s.audit.Append(ctx, rec); aerr != nil {
		return operation.Problemf(http.StatusServiceUnavailable, "not-recorded",
			"The access could not be recorded, so it was refused. Try again later, and tell the operator if it stays so.").Because(errors.Join(aerr, err))
	}
	return err
}
