package cli

import (
	"github.com/wardbridge/wardbridge/internal/app"
)

type keysCmd struct {
	List   keysListCmd   `cmd:"" aliases:"ls" help:"List the signing keys."`
	Rotate keysRotateCmd `cmd:"" help:"Make a new signing key."`
}

type keysListCmd struct{}

// Run runs the command.
func (c *keysListCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		list, err := s.Auth.ListKeys(e.ctx)
		if err != nil {
			return err
		}
		return e.print(some(list), func(p *printer) {
			p.row("KEY", "ALGORITHM", "STATE", "CREATED", "SIGNS FROM", "PUBLISHED UNTIL")
			for _, k := range list {
				p.row(k.ID, k.Algorithm, k.State.String(), when(k.Created), when(k.Activates), when(k.Gone))
			}
		})
	})
}

type keysRotateCmd struct {
	Now bool `help:"Sign with it at once, before others have seen it published. For a key that has leaked."`
}

// Help is the long help.
func (keysRotateCmd) Help() string {
	return `The new key is published before it signs, and the old one stays published until the last token it signed has expired, so
that no token is refused. The server also rotates by itself (tokens.rotation).

Example:
  wardbridge keys rotate`
}

// Run runs the command.
func (c *keysRotateCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		k, err := s.Auth.RotateKeys(e.ctx, e.actor(), c.Now)
		if err != nil {
			return err
		}
		return e.print(k, func(p *printer) { p.line("key %s (%s) signs from %s", k.ID, k.Algorithm, when(k.Activates)) })
	})
}
