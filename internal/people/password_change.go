package people

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wardbridge/wardbridge/internal/operation"
)

// ChangePassword gives the local account of the person in ctx a new password,
// for the old one. Every session of the person ends, in other hands too, and
// so does a link that would set a password; this browser goes on with the token
// of a new session. Tries at the old password count as tries to sign in.
func (s *Service) ChangePassword(ctx context.Context, old, password string) (token string, err error) {
	me, ok := From(ctx)
	if !ok {
		return "", notSignedIn()
	}
	if !s.cfg.Local || me.Username == "" {
		return "", operation.Problemf(http.StatusForbidden, "no-password", "You have no password here. Change it where you sign in.")
	}
	if f := passwordFault(password, me); f != "" {
		return "", invalid(map[string]string{"password": f})
	}
	if password == old {
		return "", invalid(map[string]string{"password": "is the old one"})
	}
	stored, err := s.provePassword(ctx, me, old)
	if err != nil {
		return "", err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return "", fmt.Errorf("change password: %w", err)
	}
	idle, err := s.cfg.Idle(ctx, me.ID)
	if err != nil {
		return "", fmt.Errorf("idle time: %w", err)
	}
	c := s.change(ctx, PersonPasswordSet)
	c.Detail = "own"
	err = s.cfg.Storage.ChangePeople(ctx, c, func(ctx context.Context, tx Tx) error {
		p, now, err := tx.PersonByUsername(ctx, me.Username)
		if errors.Is(err, ErrNotFound) || err == nil && (p.ID != me.ID || p.Disabled) {
			return notSignedIn()
		}
		if err != nil {
			return err
		}
		if now != stored {
			return errOther
		}
		if err := errors.Join(tx.DeleteSessions(ctx, p.ID), tx.DeleteLinks(ctx, p.ID), tx.PutPassword(ctx, p.ID, hash, s.cfg.Clock())); err != nil {
			return err
		}
		token, err = s.begin(ctx, tx, p, idle)
		return err
	})
	if errors.Is(err, errOther) {
		return "", s.refuseOld(ctx)
	}
	return token, err
}

// errOther ends a change whose old password was replaced meanwhile.
var errOther = errors.New("another window set a password meanwhile")

// provePassword checks the password of a person who is signed in, and gives
// the hash that it fits. A wrong one is recorded.
func (s *Service) provePassword(ctx context.Context, me Person, password string) (stored string, err error) {
	if err := s.mayTry(ctx, me.Username); err != nil {
		return "", err
	}
	err = s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) (err error) {
		_, stored, err = tx.PersonByUsername(ctx, me.Username)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return "", notSignedIn()
	}
	if err != nil {
		return "", fmt.Errorf("change password: %w", err)
	}
	if len(password) > maxPassword {
		password = "" // cannot be anyone's
	}
	ok, _, err := s.hasher.check(ctx, stored, password)
	if err != nil {
		return "", fmt.Errorf("change password: %w", err)
	}
	if ok {
		return stored, nil
	}
	return "", s.refuseOld(ctx)
}

// refuseOld records that an old password was wrong, and says so at its field. It
// is no 401: the session goes on.
func (s *Service) refuseOld(ctx context.Context) error {
	c := s.change(ctx, PersonPasswordRefused)
	c.Status = http.StatusUnprocessableEntity
	if err := s.cfg.Storage.ChangePeople(ctx, c, func(context.Context, Tx) error { return nil }); err != nil {
		return fmt.Errorf("record a refused change of password: %w", err)
	}
	return invalid(map[string]string{"old": "is not your password"})
}
