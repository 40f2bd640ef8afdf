package cli

import (
	"fmt"
	"time"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/auth"
)

type secretCmd struct {
	Create     secretCreateCmd     `cmd:"" help:"Add a secret beside those there are."`
	List       secretListCmd       `cmd:"" aliases:"ls" help:"List a client's secrets."`
	Regenerate secretRegenerateCmd `cmd:"" help:"Make a new secret and let the old ones retire."`
	Revoke     secretRevokeCmd     `cmd:"" aliases:"delete,rm" help:"End a secret at once, and the tokens obtained with it."`
}

type secretCreateCmd struct {
	Client  string `arg:"" help:"The client's id."`
	Label   string `help:"What it is for."`
	Expires string `help:"When it ends: a duration such as 90d, or a date. Default: never." placeholder:"WHEN"`
}

type secretView struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret,omitempty"`
	SecretID     string `json:"secret_id"`
	auth.Secret
}

func (e *env) printSecret(v secretView) error {
	return e.print(v, func(p *printer) {
		p.row("client_id", v.ClientID)
		p.row("client_secret", v.ClientSecret)
		p.row("secret id", v.SecretID)
		p.line("The secret is shown this once; keep it now.")
	})
}

func (c *secretCreateCmd) expiry() (t time.Time, err error) {
	if c.Expires == "" {
		return t, nil
	}
	if t, err = auth.ParseOverlap(c.Expires, time.Now()); err != nil {
		return t, usagef("--expires: %q: want a duration such as 90d, or a date to come", c.Expires)
	}
	return t, nil
}

// Run runs the command.
func (c *secretCreateCmd) Run(e *env) error {
	expires, err := c.expiry()
	if err != nil {
		return err
	}
	return e.with(func(s *app.System) error {
		sec, plain, err := s.Auth.AddSecret(e.ctx, e.actor(), c.Client, auth.NewSecret{Label: c.Label, Expires: expires})
		if err != nil {
			return err
		}
		return e.printSecret(secretView{c.Client, plain, sec.ID, sec})
	})
}

type secretListCmd struct {
	Client string `arg:"" help:"The client's id."`
}

// Run runs the command.
func (c *secretListCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		_, secrets, err := s.Auth.GetClient(e.ctx, c.Client)
		if err != nil {
			return err
		}
		return e.print(some(secrets), func(p *printer) { secretRows(p, secrets) })
	})
}

func secretRows(p *printer, secrets []auth.Secret) {
	p.row("SECRET", "STATE", "CREATED", "ENDS", "LAST USED", "FROM", "LABEL")
	for _, s := range secrets {
		ends := s.Expires
		if ends.IsZero() || !s.RetiresAt.IsZero() && s.RetiresAt.Before(ends) {
			ends = s.RetiresAt
		}
		p.row(s.ID, s.State.String(), when(s.Created), when(ends), when(s.LastUsed), dash(s.LastAddress), s.Label)
	}
}

type secretRegenerateCmd struct {
	secretCreateCmd `embed:""`
	Overlap         string `help:"How long the old secrets go on working: now, 1h, 24h, 7d, or a date." default:"24h"`
}

// Help is the long help.
func (secretRegenerateCmd) Help() string {
	return `Examples:
  wardbridge secret regenerate wb_2b4c6-d8e9f --overlap 7d
  wardbridge secret regenerate wb_2b4c6-d8e9f --overlap now      # the old one has leaked`
}

// Run runs the command.
func (c *secretRegenerateCmd) Run(e *env) error {
	expires, err := c.expiry()
	if err != nil {
		return err
	}
	until, err := auth.ParseOverlap(c.Overlap, time.Now())
	if err != nil {
		return usageError{fmt.Errorf("--overlap: %w", err)}
	}
	return e.with(func(s *app.System) error {
		sec, plain, err := s.Auth.RegenerateSecret(e.ctx, e.actor(), c.Client, auth.NewSecret{Label: c.Label, Expires: expires}, until)
		if err != nil {
			return err
		}
		return e.printSecret(secretView{c.Client, plain, sec.ID, sec})
	})
}

type secretRevokeCmd struct {
	Client string `arg:"" help:"The client's id."`
	Secret string `arg:"" help:"The secret's id (not the secret)."`
	Force  bool   `help:"Also the last one: the client can get no token then."`
}

// Run runs the command.
func (c *secretRevokeCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		sec, err := s.Auth.RevokeSecret(e.ctx, e.actor(), c.Client, c.Secret, c.Force)
		if err != nil {
			return err
		}
		return e.print(secretView{c.Client, "", sec.ID, sec}, func(p *printer) { p.line("secret %s of client %s is revoked", sec.ID, c.Client) })
	})
}
