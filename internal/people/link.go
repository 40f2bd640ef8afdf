package people

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wardbridge/wardbridge/internal/operation"
)

// welcome is the page that makes an account with a one-time link. The token
// stands behind the #, so that no server and no proxy ever sees or logs it.
const welcome = "welcome#"

// FirstLink gives the path of a link that makes the first administrator's
// account; "" when there is one already, or none can be made. An older link no
// longer works.
func (s *Service) FirstLink(ctx context.Context) (string, error) {
	if !s.cfg.Local {
		return "", nil
	}
	if first, err := s.FirstRun(ctx); err != nil || !first {
		return "", err
	}
	token, h := newToken()
	c := s.change(ctx, PersonInvite)
	c.Actor = "serve"
	err := s.cfg.Storage.ChangePeople(ctx, c, func(ctx context.Context, tx Tx) error {
		if err := tx.DeleteLinks(ctx, ""); err != nil {
			return err
		}
		return s.putLink(ctx, tx, h, "")
	})
	if err != nil {
		return "", fmt.Errorf("link for the first account: %w", err)
	}
	return s.cfg.Home + welcome + token, nil
}

func (s *Service) putLink(ctx context.Context, tx Tx, h Hash, person string) error {
	now := s.cfg.Clock()
	return tx.PutLink(ctx, StoredLink{Hash: h, Person: person, Created: now, Expires: now.Add(s.cfg.LinkLifetime)})
}

// Invite makes a local account without a password and gives the path of the
// one-time link by which its person sets one. For a username that exists, it
// is a link to set a new password; the old one works until then. On behalf of
// the administrator in ctx, or of actor.
func (s *Service) Invite(ctx context.Context, actor string, p Person) (Person, string, error) {
	if !s.cfg.Local {
		return p, "", operation.Problemf(http.StatusForbidden, "local-off", "There are no local accounts here: people sign in with your organisation.")
	}
	if me, ok := From(ctx); actor == "" && (!ok || !me.Admin) {
		return p, "", operation.Problemf(http.StatusForbidden, "forbidden", "Only an administrator makes accounts. Ask one.")
	}
	p = Person{Name: cleanName(p.Name), Username: FoldUsername(p.Username), Admin: p.Admin}
	token, h := newToken()
	c := s.change(ctx, PersonInvite)
	err := s.cfg.Storage.ChangePeople(ctx, c, func(ctx context.Context, tx Tx) error {
		there, _, err := tx.PersonByUsername(ctx, p.Username)
		switch {
		case errors.Is(err, ErrNotFound):
			if p, err = s.create(ctx, tx, p); err != nil {
				return err
			}
			c.Operation = PersonCreate
		case err != nil:
			return err
		case actor == "":
			return invalid(map[string]string{"username": "is taken"})
		default:
			p, c.Operation = there, PersonInvite
			if err := tx.DeleteLinks(ctx, p.ID); err != nil {
				return err
			}
		}
		c.Actor, c.Target = actor, p.ID
		return s.putLink(ctx, tx, h, p.ID)
	})
	return p, s.cfg.Home + welcome + token, err
}

// create makes a local account within a transaction.
func (s *Service) create(ctx context.Context, tx Tx, p Person) (Person, error) {
	if faults := accountFaults(p); len(faults) > 0 {
		return p, invalid(faults)
	}
	p.ID, p.Created = newID(), s.cfg.Clock()
	return p, taken(tx.PutPerson(ctx, p))
}

// taken says of a username that someone else has it.
func taken(err error) error {
	if errors.Is(err, ErrTaken) {
		return invalid(map[string]string{"username": "is taken"})
	}
	return err
}

// accountFaults are the mistakes in a local account, by field.
func accountFaults(p Person) map[string]string {
	faults := map[string]string{}
	if f := nameFault(p.Name); f != "" {
		faults["name"] = f
	}
	if f := usernameFault(p.Username); f != "" {
		faults["username"] = f
	}
	return faults
}

// Welcome uses a one-time link: it sets the password of the account the link
// is for, or makes the first administrator, and begins a session. An invited
// person may choose another name and username; empty ones stay.
func (s *Service) Welcome(ctx context.Context, link string, p Person, password string) (Person, string, error) {
	if err := s.mayTry(ctx); err != nil {
		return Person{}, "", err
	}
	h, ok := hashToken(link)
	if !ok {
		return Person{}, "", usedUp()
	}
	p = Person{Name: cleanName(p.Name), Username: FoldUsername(p.Username)}
	who, err := s.linked(ctx, h, p)
	if err != nil {
		return Person{}, "", err
	}
	faults := accountFaults(who)
	if f := passwordFault(password, who); f != "" {
		faults["password"] = f
	}
	if len(faults) > 0 {
		return Person{}, "", invalid(faults)
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Person{}, "", fmt.Errorf("set password: %w", err)
	}
	idle, err := s.cfg.Idle(ctx, who.ID)
	if err != nil {
		return Person{}, "", fmt.Errorf("idle time: %w", err)
	}
	c := s.change(ctx, PersonPasswordSet)
	var token string
	err = s.cfg.Storage.ChangePeople(ctx, c, func(ctx context.Context, tx Tx) (err error) {
		if who, err = s.useLink(ctx, tx, h, p, c); err != nil {
			return err
		}
		c.Person, c.Target, c.Detail = who.ID, "", "link"
		if err := errors.Join(tx.DeleteSessions(ctx, who.ID), tx.PutPassword(ctx, who.ID, hash, s.cfg.Clock())); err != nil {
			return err
		}
		token, err = s.begin(ctx, tx, who, idle)
		return err
	})
	return who, token, err
}

// linked is who a link is for, or would make. It looks before the password is
// hashed, so that nobody can make the server hash without a link.
func (s *Service) linked(ctx context.Context, h Hash, p Person) (who Person, err error) {
	err = s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) (err error) {
		who, err = s.readLink(ctx, tx, h, p)
		return err
	})
	return who, err
}

func (s *Service) readLink(ctx context.Context, tx Tx, h Hash, p Person) (Person, error) {
	l, err := tx.Link(ctx, h)
	if errors.Is(err, ErrNotFound) {
		return p, usedUp()
	}
	if err != nil {
		return p, err
	}
	if !s.cfg.Clock().Before(l.Expires) {
		return p, usedUp()
	}
	if l.Person == "" {
		p.Admin = true
		first, err := firstRun(ctx, tx)
		if err == nil && !first {
			err = usedUp() // an administrator came by another way
		}
		return p, err
	}
	who, err := tx.Person(ctx, l.Person)
	if errors.Is(err, ErrNotFound) || err == nil && who.Disabled {
		return p, usedUp()
	}
	if err == nil && p.Name != "" {
		who.Name = p.Name
	}
	if err == nil && p.Username != "" {
		who.Username = p.Username
	}
	return who, err
}

// useLink is readLink that leaves the account made and the link used.
func (s *Service) useLink(ctx context.Context, tx Tx, h Hash, p Person, c *Change) (Person, error) {
	who, err := s.readLink(ctx, tx, h, p)
	if err != nil {
		return who, err
	}
	if who.ID == "" {
		c.Operation = PersonCreate
		if who, err = s.create(ctx, tx, who); err != nil {
			return who, err
		}
		return who, tx.DeleteLinks(ctx, "")
	}
	if err := tx.PutPerson(ctx, who); err != nil {
		return who, taken(err)
	}
	return who, tx.DeleteLinks(ctx, who.ID)
}

func usedUp() error {
	return operation.Problemf(http.StatusGone, "link-used", "This link was used already, or is too old. Ask for a new one.")
}
