package auth

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxLiveSecrets keeps a script gone wild from filling the snapshot.
const maxLiveSecrets = 50

// change runs fn in one transaction with its audit record and then reloads, so
// that this process sees its own change at once.
func (s *Service) change(ctx context.Context, c Change, fn func(ctx context.Context, tx Tx) error) error {
	if strings.TrimSpace(c.Actor) == "" {
		return fmt.Errorf("%w: %s: say who makes the change", ErrInvalid, c.Operation)
	}
	c.Time = s.cfg.Clock()
	if err := s.cfg.Storage.ChangeAuth(ctx, &c, fn); err != nil {
		return err
	}
	return s.Reload(context.WithoutCancel(ctx))
}

// CreateClient adds a client. Its id is made here; AuthMethods may be empty:
// then a client with keys signs assertions, and another sends its secret
// either way.
func (s *Service) CreateClient(ctx context.Context, actor string, c Client) (Client, error) {
	if len(c.AuthMethods) == 0 {
		c.AuthMethods = []string{SecretPost, SecretBasic}
		if c.JWKS != "" || c.JWKSURI != "" {
			c.AuthMethods = []string{PrivateKeyJWT}
		}
	}
	c.ID, c.Created, c.KeysSince = newID("wb_"), s.cfg.Clock().UTC(), time.Time{}
	if err := c.validate(s.cfg.AllowHTTP); err != nil {
		return Client{}, err
	}
	ch := Change{Actor: actor, Operation: "ClientCreate", Client: c.ID, Detail: "grant " + c.Grant.String()}
	err := s.change(ctx, ch, func(ctx context.Context, tx Tx) error { return tx.PutClient(ctx, c) })
	return c, err
}

// String shows the grant for people and the record.
func (g Grant) String() string {
	switch {
	case g.All:
		return "all tenants"
	case len(g.Tenants) == 0:
		return "no tenant"
	}
	return strings.Join(g.Tenants, " ")
}

// ListClients lists the clients by id.
func (s *Service) ListClients(ctx context.Context) ([]Client, error) {
	st, err := s.cfg.Storage.LoadAuth(ctx)
	if err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	return st.Clients, nil
}

// GetClient reads a client and its secrets, oldest first.
func (s *Service) GetClient(ctx context.Context, id string) (Client, []Secret, error) {
	st, err := s.cfg.Storage.LoadAuth(ctx)
	if err != nil {
		return Client{}, nil, fmt.Errorf("read client: %w", err)
	}
	i := slices.IndexFunc(st.Clients, func(c Client) bool { return c.ID == id })
	if i < 0 {
		return Client{}, nil, noClient(id)
	}
	var secrets []Secret
	now := s.cfg.Clock()
	for _, sec := range st.Secrets {
		if sec.ClientID == id {
			sec.State = sec.StateAt(now)
			secrets = append(secrets, sec)
		}
	}
	return st.Clients[i], secrets, nil
}

func noClient(id string) error { return fmt.Errorf("%w: there is no client %q", ErrNotFound, id) }

// update changes one client in a transaction.
func (s *Service) update(ctx context.Context, ch Change, fn func(c *Client) error) (Client, error) {
	var out Client
	err := s.change(ctx, ch, func(ctx context.Context, tx Tx) error {
		c, _, err := tx.Client(ctx, ch.Client)
		if err != nil {
			return err
		}
		if err := fn(&c); err != nil {
			return err
		}
		if err := c.validate(s.cfg.AllowHTTP); err != nil {
			return err
		}
		out = c
		return tx.PutClient(ctx, c)
	})
	return out, err
}

// DisableClient stops or resumes a client. Its tokens stop with it.
func (s *Service) DisableClient(ctx context.Context, actor, id string, disabled bool) (Client, error) {
	ch := Change{Actor: actor, Operation: "ClientDisable", Client: id, Detail: "disabled " + strconv.FormatBool(disabled)}
	return s.update(ctx, ch, func(c *Client) error {
		c.Disabled = disabled
		return nil
	})
}

// RenameClient changes what people call it.
func (s *Service) RenameClient(ctx context.Context, actor, id, name string) (Client, error) {
	return s.update(ctx, Change{Actor: actor, Operation: "ClientRename", Client: id}, func(c *Client) error {
		c.Name = name
		return nil
	})
}

// DeleteClient removes a client with its secrets. Its id is never used again.
func (s *Service) DeleteClient(ctx context.Context, actor, id string) error {
	return s.change(ctx, Change{Actor: actor, Operation: "ClientDelete", Client: id}, func(ctx context.Context, tx Tx) error {
		if _, _, err := tx.Client(ctx, id); err != nil {
			return err
		}
		return tx.DeleteClient(ctx, id)
	})
}

// GrantTenants replaces the tenants a client may ask tokens for. Its tokens for
// others stop working.
func (s *Service) GrantTenants(ctx context.Context, actor, id string, g Grant) (Client, error) {
	if err := g.normalize(); err != nil {
		return Client{}, err
	}
	ch := Change{Actor: actor, Operation: "ClientGrant", Client: id, Detail: "grant " + g.String()}
	return s.update(ctx, ch, func(c *Client) error {
		c.Grant = g
		return nil
	})
}

// SetAuthMethods replaces how a client may authenticate.
func (s *Service) SetAuthMethods(ctx context.Context, actor, id string, methods []string) (Client, error) {
	if len(methods) == 0 {
		return Client{}, fmt.Errorf("%w: name at least one of %s", ErrInvalid, strings.Join(authMethods(), ", "))
	}
	ch := Change{Actor: actor, Operation: "ClientMethods", Client: id, Detail: "methods " + strings.Join(methods, " ")}
	return s.update(ctx, ch, func(c *Client) error {
		c.AuthMethods = methods
		return nil
	})
}

// SetJWKS replaces a client's public keys: a key set, or a URL for one, or
// neither. Tokens obtained with the keys before stop working.
func (s *Service) SetJWKS(ctx context.Context, actor, id, jwks, uri string) (Client, error) {
	ch := Change{Actor: actor, Operation: "ClientKeys", Client: id, Detail: "keys " + map[bool]string{true: "removed", false: "set"}[jwks == "" && uri == ""]}
	return s.update(ctx, ch, func(c *Client) error {
		c.JWKS, c.JWKSURI, c.KeysSince = jwks, uri, s.cfg.Clock().UTC()
		has := usesKeys(c.AuthMethods)
		switch {
		case jwks+uri != "" && !has:
			c.AuthMethods = append(slices.Clone(c.AuthMethods), PrivateKeyJWT)
		case jwks+uri == "" && has:
			c.AuthMethods = slices.DeleteFunc(slices.Clone(c.AuthMethods), func(m string) bool { return m == PrivateKeyJWT })
			if len(c.AuthMethods) == 0 {
				c.AuthMethods = []string{SecretPost, SecretBasic}
			}
		}
		return nil
	})
}

// A NewSecret says what a secret to be made is for.
type NewSecret struct {
	Label   string
	Expires time.Time // zero: never
}

// AddSecret makes a secret beside the others. The secret itself is given here
// once and never again.
func (s *Service) AddSecret(ctx context.Context, actor, clientID string, n NewSecret) (Secret, string, error) {
	return s.makeSecret(ctx, Change{Actor: actor, Operation: "SecretAdd", Client: clientID}, n, time.Time{})
}

// RegenerateSecret makes a secret and lets the client's other live secrets
// retire at until, which may be now ([ParseOverlap]). One that ends earlier
// still does.
func (s *Service) RegenerateSecret(ctx context.Context, actor, clientID string, n NewSecret, until time.Time) (Secret, string, error) {
	if until.IsZero() {
		return Secret{}, "", fmt.Errorf("%w: say until when the old secrets work", ErrInvalid)
	}
	return s.makeSecret(ctx, Change{Actor: actor, Operation: "SecretRegenerate", Client: clientID}, n, until.UTC())
}

func (s *Service) makeSecret(ctx context.Context, ch Change, n NewSecret, until time.Time) (Secret, string, error) {
	if err := checkText("secret label", n.Label); err != nil {
		return Secret{}, "", err
	}
	now := s.cfg.Clock().UTC()
	if over(n.Expires, now) {
		return Secret{}, "", fmt.Errorf("%w: the secret would expire at once, at %v", ErrInvalid, n.Expires)
	}
	plain := newSecret()
	hash := s.secretHash(s.cfg.MAC.Keys()-1, ch.Client, plain)
	sec := Secret{ID: newID("sec_"), ClientID: ch.Client, Label: n.Label, Created: now, Hash: hash[:]}
	if !n.Expires.IsZero() {
		sec.Expires = n.Expires.UTC()
	}
	ch.Detail = "secret " + sec.ID
	if !until.IsZero() {
		ch.Detail += ", others retire " + until.Format(time.RFC3339)
	}
	err := s.change(ctx, ch, func(ctx context.Context, tx Tx) error {
		_, others, err := tx.Client(ctx, ch.Client)
		if err != nil {
			return err
		}
		live := 0
		for _, o := range others {
			if !o.live(now) {
				continue
			}
			live++
			if end := o.end(); !until.IsZero() && (end.IsZero() || until.Before(end)) {
				o.RetiresAt = until
				if err := tx.PutSecret(ctx, o); err != nil {
					return err
				}
			}
		}
		if live >= maxLiveSecrets {
			return fmt.Errorf("%w: the client has %d live secrets; delete some first", ErrConflict, live)
		}
		return tx.PutSecret(ctx, sec)
	})
	if err != nil {
		return Secret{}, "", err
	}
	return sec, plain, nil
}

// RevokeSecret deletes a secret at once; tokens obtained with it stop working.
// The last live secret needs force.
func (s *Service) RevokeSecret(ctx context.Context, actor, clientID, secretID string, force bool) (Secret, error) {
	var out Secret
	ch := Change{Actor: actor, Operation: "SecretRevoke", Client: clientID, Detail: "secret " + secretID}
	err := s.change(ctx, ch, func(ctx context.Context, tx Tx) error {
		_, secrets, err := tx.Client(ctx, clientID)
		if err != nil {
			return err
		}
		now := s.cfg.Clock().UTC()
		i := slices.IndexFunc(secrets, func(o Secret) bool { return o.ID == secretID })
		if i < 0 {
			return fmt.Errorf("%w: client %s has no secret %q", ErrNotFound, clientID, secretID)
		}
		others := 0
		for j := range secrets {
			if j != i && secrets[j].live(now) {
				others++
			}
		}
		out = secrets[i]
		if out.live(now) && others == 0 && !force {
			return fmt.Errorf("%w: %s could not get tokens any more; add another first, or force it", ErrLastSecret, clientID)
		}
		if out.RevokedAt.IsZero() {
			out.RevokedAt = now
		}
		out.State = Revoked
		return tx.PutSecret(ctx, out)
	})
	return out, err
}

// ParseOverlap reads how long old secrets keep working: "now", a duration such
// as 1h, 24h or 7d, a date (its beginning, UTC) or a time (RFC 3339).
func ParseOverlap(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, "now") {
		return now, nil
	}
	bad := fmt.Errorf("%w: overlap %q: want now, a duration such as 1h, 24h or 7d, or a date in the future", ErrInvalid, text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 3650 {
			return time.Time{}, bad
		}
		return now.AddDate(0, 0, n), nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(d), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil && at.After(now) {
			return at, nil
		}
	}
	return time.Time{}, bad
}
