package patients_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
)

func TestRoleIncludes(t *testing.T) {
	t.Parallel()
	const v, m, o, a = patients.Viewer, patients.Member, patients.Owner, patients.Auditor
	for role, may := range map[patients.Role][]patients.Role{
		"": {}, "king": {}, v: {v}, m: {v, m}, o: {v, m, o, a}, a: {a},
	} {
		any := role != "" && role != "king"
		if got := role.Includes(patients.AnyRole); got != any {
			t.Errorf("%q may do what everybody may: %v, want %v", role, got, any)
		}
		for _, need := range []patients.Role{v, m, o, a, "king"} {
			want := false
			for _, r := range may {
				want = want || r == need
			}
			if got := role.Includes(need); got != want {
				t.Errorf("%q may do what needs %q: %v, want %v", role, need, got, want)
			}
		}
	}
}

var errFull = errors.New("the disk is full")

// A fullLog cannot record.
type fullLog struct{}

func (fullLog) Append(context.Context, ...audit.Record) error { return errFull }

// Nothing is shown whose record cannot be written: the answer is 503.
func TestNothingIsShownThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	e := w.add(l.ID, "Rivera", "Ana", "1")
	blind, err := patients.New(patients.Config{Storage: w.db.Patients(), Audit: fullLog{}, Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(blind.Close)
	for name, see := range map[string]func(ctx context.Context) error{
		"a list":    func(ctx context.Context) error { _, err := blind.ListView(ctx, l.ID); return err },
		"a patient": func(ctx context.Context) error { _, err := blind.PatientView(ctx, e, false); return err },
		"what is not for them": func(ctx context.Context) error {
			_, err := blind.PatientView(people.With(ctx, people.Person{ID: stranger}), e, false)
			return err
		},
	} {
		err := see(w.as(nurse))
		if status(err) != http.StatusServiceUnavailable || !errors.Is(err, errFull) {
			t.Errorf("%s: %v, want 503 because the disk is full", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "Rivera") {
			t.Errorf("%s: the error tells of the patient: %v", name, err)
		}
	}
}

// A tenant's spaces are for its people: a membership alone does not let in.
func TestMembershipOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.list("Ward")
	ctx := people.With(t.Context(), people.Person{ID: nurse, Tenant: "22222222-2222-4222-8222-222222222222"})
	if _, err := w.ListView(ctx, l.ID); status(err) != http.StatusNotFound {
		t.Errorf("%v, want 404", err)
	}
	spaces, err := w.Spaces(ctx)
	if err != nil || len(spaces) != 0 {
		t.Errorf("spaces of another tenant: %v, %v, want none", spaces, err)
	}
	if _, err := w.ListView(people.With(t.Context(), people.Person{ID: nurse, Disabled: true}), l.ID); status(err) != http.StatusUnauthorized {
		t.Errorf("a disabled person: %v, want 401", err)
	}
	if _, err := w.ListView(t.Context(), l.ID); status(err) != http.StatusUnauthorized {
		t.Errorf("nobody: %v, want 401", err)
	}
}

// The idle time is that of the strictest space someone is in.
func TestIdleOfSpaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := must(w.MakeSpace(t.Context(), patients.Space{ID: "other", Name: "ICU", Settings: patients.Settings{Zone: "UTC"}}, patients.Membership{Person: nurse, Role: patients.Owner}))(t)
	settings := other.Settings
	settings.IdleMinutes = 3
	if _, err := w.ChangeSpace(w.as(nurse), other.ID, patients.SpaceEdit{Version: other.Version, Manual: new(true), Settings: &settings}); err != nil {
		t.Fatal(err)
	}
	for who, want := range map[string]time.Duration{nurse: 3 * time.Minute, doctor: 15 * time.Minute, stranger: 15 * time.Minute} {
		if got, err := w.Idle(t.Context(), who); got != want || err != nil {
			t.Errorf("%s: %v, %v, want %v", who, got, err, want)
		}
	}
}
