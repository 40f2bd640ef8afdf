package people

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

var errDisabled = errors.New("the person is disabled")

// claims are what we read of an ID token.
type claims struct {
	Name     string `json:"name"`
	Username string `json:"preferred_username"`
	Nonce    string `json:"nonce"`
	TID      string `json:"tid"`
	OID      string `json:"oid"`
}

// identify exchanges the code and says who the ID token is about.
func (s *Service) identify(ctx context.Context, f flight, code string) (id Identity, name string, err error) {
	i := s.issuer(f.Issuer)
	if i == nil || code == "" {
		return id, "", errors.New("no such issuer, or no code")
	}
	p, err := i.discover(ctx, s.cfg.HTTP)
	if err != nil {
		return id, "", err
	}
	ctx = oidc.ClientContext(ctx, s.cfg.HTTP)
	token, err := i.oauth(ctx, p).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return id, "", withoutBody(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return id, "", errors.New("the answer holds no ID token")
	}
	v := p.Verifier(&oidc.Config{ClientID: i.cfg.ClientID, Now: s.cfg.Clock, SkipIssuerCheck: i.cfg.shared()})
	t, err := v.Verify(ctx, raw)
	if err != nil {
		return id, "", fmt.Errorf("ID token: %w", err)
	}
	var c claims
	if err := t.Claims(&c); err != nil {
		return id, "", fmt.Errorf("ID token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(f.Nonce)) != 1 {
		return id, "", errors.New("ID token: it was made for another sign-in")
	}
	if id, err = i.cfg.identity(t.Issuer, t.Subject, c); err != nil {
		return id, "", err
	}
	if c.Name == "" {
		s.askName(ctx, p, token, t.Subject, &c)
	}
	return id, cleanName(displayName(c)), nil
}

// askName asks the issuer for a name that the ID token does not hold. Who it is
// does not depend on the answer, so that a failure is none of the sign-in.
func (s *Service) askName(ctx context.Context, p *oidc.Provider, token *oauth2.Token, subject string, c *claims) {
	if p.UserInfoEndpoint() == "" {
		return
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != subject {
		s.cfg.Logger.InfoContext(ctx, "an issuer tells no name", "error", err)
		return
	}
	var more claims
	if err := info.Claims(&more); err == nil {
		c.Name = more.Name
		if c.Username == "" {
			c.Username = more.Username
		}
	}
}

// withoutBody keeps of a refusal what is no secret: the answer's body may hold
// anything.
func withoutBody(err error) error {
	if re, ok := errors.AsType[*oauth2.RetrieveError](err); ok && re.Response != nil {
		return fmt.Errorf("token request: status %d %s", re.Response.StatusCode, re.ErrorCode)
	}
	return fmt.Errorf("token request: %w", err)
}

func displayName(c claims) string {
	if c.Name != "" {
		return c.Name
	}
	name, _, _ := strings.Cut(c.Username, "@")
	return name
}

// entraIssuer stands for Entra in identities, whichever of its endpoints and
// token versions said who it is.
const entraIssuer = "https://login.microsoftonline.com"

// identity makes an identity of verified claims. For Entra that is directory
// and object: a subject there is another one for each app, and a name or an
// e-mail address may be given to someone else.
func (c *IssuerConfig) identity(issuer, subject string, cl claims) (Identity, error) {
	if !c.Entra {
		if subject == "" {
			return Identity{}, errors.New("ID token: no subject")
		}
		return Identity{Issuer: strings.TrimRight(issuer, "/"), Subject: subject}, nil
	}
	guid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	tid, oid := strings.ToLower(cl.TID), strings.ToLower(cl.OID)
	if !guid.MatchString(tid) || !guid.MatchString(oid) {
		return Identity{}, errors.New("ID token: tid and oid are missing: the issuer is not Entra, or the app asks for too little")
	}
	if len(c.Tenants) > 0 && !slices.Contains(c.Tenants, tid) {
		return Identity{}, errors.New("ID token: of a directory that is not in tenants")
	}
	if c.shared() && !issuerOf(c.URL, issuer, tid) {
		return Identity{}, errors.New("ID token: the issuer is not the directory it names")
	}
	return Identity{Issuer: entraIssuer, Subject: tid + ":" + oid}, nil
}

// issuerOf reports whether issuer is what the shared URL becomes for one
// directory.
func issuerOf(shared, issuer, tid string) bool {
	want, err := url.Parse(strings.TrimRight(shared, "/"))
	if err != nil {
		return false
	}
	parts := strings.Split(want.Path, "/")
	for i, p := range parts {
		if p == "common" || p == "organizations" || p == "consumers" {
			parts[i] = tid
		}
	}
	want.Path = strings.Join(parts, "/")
	return strings.TrimRight(issuer, "/") == want.String()
}

// tenant is the directory of an identity, "" when it has none.
func (id Identity) tenant() string {
	if id.Issuer != entraIssuer {
		return ""
	}
	tid, _, _ := strings.Cut(id.Subject, ":")
	return tid
}

// signInAs begins a session for the person with an identity, who is made when
// new. What the issuer calls them is taken over each time.
func (s *Service) signInAs(ctx context.Context, issuer string, id Identity, name string) (p Person, token string, err error) {
	err = s.cfg.Storage.ViewPeople(ctx, func(ctx context.Context, tx Tx) (err error) {
		p, err = tx.PersonByIdentity(ctx, id)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		p, err = s.meet(ctx, issuer, id, name)
	}
	if err != nil {
		return p, "", err
	}
	if p.Disabled {
		return p, "", errDisabled
	}
	token, err = s.enter(ctx, p, "issuer "+issuer, func(ctx context.Context, tx Tx) error {
		if nameFault(name) != "" || name == p.Name {
			return nil
		}
		now, err := tx.Person(ctx, p.ID)
		if err != nil {
			return err
		}
		now.Name = name
		p = now
		return tx.PutPerson(ctx, now)
	})
	return p, token, err
}

// meet makes a person of an identity that is seen for the first time.
func (s *Service) meet(ctx context.Context, issuer string, id Identity, name string) (p Person, err error) {
	if nameFault(name) != "" {
		name = "?"
	}
	c := s.change(ctx, PersonCreate)
	c.Detail = "issuer " + issuer
	err = s.cfg.Storage.ChangePeople(ctx, c, func(ctx context.Context, tx Tx) (err error) {
		if p, err = tx.PersonByIdentity(ctx, id); !errors.Is(err, ErrNotFound) {
			c.Operation = PersonChange // another tab was faster
			return err
		}
		now := s.cfg.Clock()
		p = Person{ID: newID(), Name: name, Tenant: id.tenant(), Created: now}
		c.Person, c.Target = p.ID, p.ID
		return errors.Join(tx.PutPerson(ctx, p), tx.PutIdentity(ctx, id, p.ID, now))
	})
	return p, err
}
