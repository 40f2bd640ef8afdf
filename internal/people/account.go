package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/operation"
)

// SignIn checks a username and a password and begins a session: the person and
// the session's token. Whatever is wrong, the answer is the same, after the
// same work.
func (s *Service) SignIn(ctx context.Context, username, password string) (Person, string, error) {
	if !s.cfg.Local {
		return Person{}, "", operation.Problemf(http.StatusForbidden, "local-off", "There are no local accounts here: sign in with your organisation.")
	}
	username = FoldUsername(username)
	if err := s.mayTry(ctx, username); err != nil {
		return Person{}, "", err
	}
	var p Person
	var stored string
	err := s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) (err error) {
		if len(username) > 4*maxUsername {
			return ErrNotFound
		}
		p, stored, err = tx.PersonByUsername(ctx, username)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Person{}, "", fmt.Errorf("sign in: %w", err)
	}
	if len(password) > maxPassword {
		password = "" // cannot be anyone's
	}
	ok, renew, err := s.hasher.check(ctx, stored, password)
	if err != nil {
		return Person{}, "", fmt.Errorf("sign in: %w", err)
	}
	if !ok || p.Disabled || p.Demo {
		return Person{}, "", s.refuse(ctx, p.ID, "local")
	}
	fresh := ""
	if renew {
		if fresh, err = s.hasher.hash(ctx, password); err != nil {
			return Person{}, "", fmt.Errorf("sign in: %w", err)
		}
	}
	token, err := s.enter(ctx, p, "local", func(ctx context.Context, tx Tx) error {
		if fresh == "" {
			return nil
		}
		return tx.PutPassword(ctx, p.ID, fresh, s.cfg.Clock())
	})
	return p, token, err
}

// mayTry holds addresses, and usernames if there is one, to their rates, in
// front of the hashing.
func (s *Service) mayTry(ctx context.Context, username ...string) error {
	now := s.cfg.Clock()
	wait := s.byPlace.wait(remote(ctx), now)
	for _, u := range username {
		if wait == 0 {
			h := sha256.Sum256([]byte(u))
			wait = s.byName.wait(hex.EncodeToString(h[:]), now)
		}
	}
	if wait == 0 {
		return nil
	}
	p := operation.Problemf(http.StatusTooManyRequests, "too-fast", "There were too many tries. Wait a little and try again.")
	p.Retry = wait
	return p
}

// refuse records a sign-in that failed, by the id of the account if there is
// one, and gives the answer.
func (s *Service) refuse(ctx context.Context, person, way string) error {
	c := s.change(ctx, PersonSignInRefused)
	c.Person, c.Status, c.Detail = person, http.StatusUnauthorized, way
	if err := s.cfg.Storage.ChangePeople(ctx, c, func(context.Context, Tx) error { return nil }); err != nil {
		return fmt.Errorf("record a refused sign-in: %w", err)
	}
	return operation.Problemf(http.StatusUnauthorized, "wrong-password", "The username or the password is not right. Try again, or ask an administrator for a new link.")
}

// enter begins a session and records it; also does more in the same
// transaction.
func (s *Service) enter(ctx context.Context, p Person, way string, also func(ctx context.Context, tx Tx) error) (token string, err error) {
	idle, err := s.cfg.Idle(ctx, p.ID)
	if err != nil {
		return "", fmt.Errorf("idle time: %w", err)
	}
	c := s.change(ctx, PersonSignIn)
	c.Person, c.Detail = p.ID, way
	err = s.cfg.Storage.ChangePeople(ctx, c, func(ctx context.Context, tx Tx) error {
		if also != nil {
			if err := also(ctx, tx); err != nil {
				return err
			}
		}
		token, err = s.begin(ctx, tx, p, idle)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("begin session: %w", err)
	}
	return token, nil
}

// SignInDemo begins a session for a ready-made person, for whoever sits at
// this machine.
func (s *Service) SignInDemo(ctx context.Context, id string) (p Person, token string, err error) {
	if !s.atThisMachine(ctx) {
		return p, "", operation.Problemf(http.StatusForbidden, "demo-off", "The ready-made people are for the demo, at its own machine: open it by http://localhost or http://127.0.0.1.")
	}
	err = s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) (err error) {
		p, err = tx.Person(ctx, id)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return p, "", fmt.Errorf("sign in: %w", err)
	}
	if err != nil || !p.Demo || p.Disabled {
		return Person{}, "", s.refuse(ctx, "", "demo")
	}
	token, err = s.enter(ctx, p, "demo", nil)
	return p, token, err
}

// atThisMachine reports whether the demo's people may be used: the request
// comes from this machine, to a name of this machine, so that no page of
// elsewhere can make a browser here sign in.
func (s *Service) atThisMachine(ctx context.Context) bool {
	p, ok := access.PrincipalFrom(ctx)
	if !s.cfg.Demo || !ok || !p.Remote.Unmap().IsLoopback() {
		return false
	}
	u, err := url.Parse(access.PublicURLFrom(ctx))
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && a.IsLoopback()
}

// DemoPeople are the ready-made people, where they may be used.
func (s *Service) DemoPeople(ctx context.Context) ([]Person, error) {
	if !s.atThisMachine(ctx) {
		return nil, nil
	}
	all, err := s.People(ctx)
	return slices.DeleteFunc(all, func(p Person) bool { return !p.Demo || p.Disabled }), err
}

// PutDemoPerson makes a ready-made person, unless it is there.
func (s *Service) PutDemoPerson(ctx context.Context, p Person) error {
	p.Demo, p.Created = true, s.cfg.Clock()
	c := s.change(ctx, PersonCreate)
	c.Actor, c.Target = "demo", p.ID
	err := s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) error {
		_, err := tx.Person(ctx, p.ID)
		return err
	})
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	return s.cfg.Storage.ChangePeople(ctx, c, func(ctx context.Context, tx Tx) error { return tx.PutPerson(ctx, p) })
}

// People are all people by name. It is for those who manage them, not for a
// page.
func (s *Service) People(ctx context.Context) (all []Person, err error) {
	err = s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) (err error) {
		all, err = tx.People(ctx)
		return err
	})
	return all, err
}

// FirstRun reports whether there is no administrator yet, the demo's apart.
func (s *Service) FirstRun(ctx context.Context) (first bool, err error) {
	err = s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) (err error) {
		first, err = firstRun(ctx, tx)
		return err
	})
	return first, err
}

func firstRun(ctx context.Context, tx Tx) (bool, error) {
	all, err := tx.People(ctx)
	return !slices.ContainsFunc(all, func(p Person) bool { return p.Admin && !p.Demo && !p.Disabled }), err
}

// SetPrefs changes the preferences of the person in ctx.
func (s *Service) SetPrefs(ctx context.Context, prefs Prefs) (p Person, err error) {
	me, ok := From(ctx)
	if !ok {
		return p, notSignedIn()
	}
	faults := map[string]string{}
	if !slices.Contains([]string{"", "en", "zh-TW"}, prefs.Locale) {
		faults["locale"] = "is not one of those there are"
	}
	if !slices.Contains([]string{"", "light", "dark", "contrast"}, prefs.Theme) {
		faults["theme"] = "is not one of those there are"
	}
	if len(prefs.Space) > maxUsername {
		faults["space"] = "is not one of those there are"
	}
	if len(faults) > 0 {
		return p, invalid(faults)
	}
	err = s.cfg.Storage.ChangePeople(ctx, nil, func(ctx context.Context, tx Tx) (err error) {
		if p, err = tx.Person(ctx, me.ID); err != nil {
			return err
		}
		p.Prefs = prefs
		return tx.PutPerson(ctx, p)
	})
	return p, err
}

// Change lets a command disable someone, who is named by id or username, or
// make them an administrator. Whoever is disabled is signed out everywhere.
func (s *Service) Change(ctx context.Context, actor, who, detail string, fn func(*Person)) (p Person, err error) {
	c := s.change(ctx, PersonChange)
	c.Actor, c.Detail = actor, detail
	err = s.cfg.Storage.ChangePeople(ctx, c, func(ctx context.Context, tx Tx) (err error) {
		p, err = tx.Person(ctx, who)
		if errors.Is(err, ErrNotFound) {
			p, _, err = tx.PersonByUsername(ctx, FoldUsername(who))
		}
		if err != nil {
			return err
		}
		c.Target = p.ID
		fn(&p)
		if p.Disabled {
			if err := errors.Join(tx.DeleteSessions(ctx, p.ID), tx.DeleteLinks(ctx, p.ID)); err != nil {
				return err
			}
		}
		return tx.PutPerson(ctx, p)
	})
	if errors.Is(err, ErrNotFound) {
		return p, fmt.Errorf("there is no person %q; `wardbridge person list` shows who there is: %w", who, err)
	}
	return p, err
}

// invalid is the answer to input with mistakes, by field.
func invalid(faults map[string]string) error {
	p := operation.Problemf(http.StatusUnprocessableEntity, "invalid", "Correct the fields that are marked.")
	p.Errors = faults
	return p
}
