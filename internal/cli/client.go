package cli

import (
	"io"
	"os"
	"strings"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/auth"
)

type clientCmd struct {
	Create  clientCreateCmd  `cmd:"" help:"Register a client and print its secret, once."`
	List    clientListCmd    `cmd:"" aliases:"ls" help:"List clients."`
	Show    clientShowCmd    `cmd:"" help:"Show a client and its secrets."`
	Grant   clientGrantCmd   `cmd:"" help:"Say for which tenants a client may ask tokens."`
	Disable clientDisableCmd `cmd:"" help:"Stop a client: no new tokens, and those it has stop working."`
	Enable  clientEnableCmd  `cmd:"" help:"Let a disabled client work again."`
	Delete  clientDeleteCmd  `cmd:"" aliases:"rm" help:"Delete a client and its secrets."`
	JWKS    clientJWKSCmd    `cmd:"" name:"jwks" help:"Set or remove the public keys a client signs with."`
}

type grantFlags struct {
	Tenant     []string `help:"Tenant the client may ask tokens for: a GUID. May be repeated." placeholder:"GUID"`
	AllTenants bool     `help:"It may ask for every tenant, also future ones."`
}

func (g *grantFlags) grant() (auth.Grant, error) {
	if g.AllTenants && len(g.Tenant) > 0 {
		return auth.Grant{}, usagef("--tenant and --all-tenants exclude each other")
	}
	return auth.Grant{All: g.AllTenants, Tenants: g.Tenant}, nil
}

type keyFlags struct {
	JWKS    string `name:"jwks" help:"File with the client's public keys (a JWK set), for private_key_jwt; - is standard input." placeholder:"FILE"`
	JWKSURI string `name:"jwks-uri" help:"URL where the client publishes its keys." placeholder:"URL"`
}

func (k *keyFlags) keys(e *env) (string, error) {
	switch k.JWKS {
	case "":
		return "", nil
	case "-":
		text, err := io.ReadAll(io.LimitReader(e.Stdin, 1<<20))
		return string(text), err
	}
	text, err := os.ReadFile(k.JWKS)
	return string(text), err
}

type clientCreateCmd struct {
	Name       string `arg:"" help:"What people call the client."`
	grantFlags `embed:""`
	keyFlags   `embed:""`
}

// Help is the long help.
func (clientCreateCmd) Help() string {
	return `Prints the client id and its secret. The secret is kept as a keyed hash only and cannot be shown again. A client with keys
(--jwks, --jwks-uri) signs assertions instead and gets no secret.

Examples:
  wardbridge client create "Patients app" --tenant 11111111-1111-4111-8111-111111111111
  wardbridge client create "Back end" --all-tenants --jwks keys.json`
}

type clientView struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret,omitempty"`
	SecretID     string `json:"secret_id,omitempty"`
	auth.Client
}

// Run runs the command.
func (c *clientCreateCmd) Run(e *env) error {
	g, err := c.grant()
	if err != nil {
		return err
	}
	if !g.All && len(g.Tenants) == 0 {
		return usagef("say for which tenants: --tenant GUID, or --all-tenants")
	}
	keys, err := c.keys(e)
	if err != nil {
		return err
	}
	return e.with(func(s *app.System) error {
		client, err := s.Auth.CreateClient(e.ctx, e.actor(), auth.Client{Name: c.Name, Grant: g, JWKS: keys, JWKSURI: c.JWKSURI})
		if err != nil {
			return err
		}
		view := clientView{ClientID: client.ID, Client: client}
		if keys == "" && c.JWKSURI == "" {
			secret, plain, err := s.Auth.AddSecret(e.ctx, e.actor(), client.ID, auth.NewSecret{Label: "first"})
			if err != nil {
				return err
			}
			view.ClientSecret, view.SecretID = plain, secret.ID
		}
		return e.print(view, func(p *printer) {
			p.row("client_id", client.ID)
			if view.ClientSecret != "" {
				p.row("client_secret", view.ClientSecret)
			}
			p.row("tenants", client.Grant.String())
			if view.ClientSecret != "" {
				p.line("The secret is shown this once; keep it now.")
			}
		})
	})
}

type clientListCmd struct{}

// Run runs the command.
func (c *clientListCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		list, err := s.Auth.ListClients(e.ctx)
		if err != nil {
			return err
		}
		views := []clientView{}
		for _, v := range list {
			views = append(views, clientView{ClientID: v.ID, Client: v})
		}
		return e.print(views, func(p *printer) {
			p.row("CLIENT", "NAME", "TENANTS", "METHODS", "DISABLED", "CREATED")
			for _, v := range list {
				p.row(v.ID, v.Name, v.Grant.String(), strings.Join(v.AuthMethods, " "), yesNo(v.Disabled), when(v.Created))
			}
		})
	})
}

type clientShowCmd struct {
	ID string `arg:"" help:"The client's id."`
}

// Run runs the command.
func (c *clientShowCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		v, secrets, err := s.Auth.GetClient(e.ctx, c.ID)
		if err != nil {
			return err
		}
		return e.print(struct {
			clientView
			Secrets []auth.Secret `json:"secrets"`
		}{clientView{ClientID: v.ID, Client: v}, some(secrets)}, func(p *printer) {
			p.row("client", v.ID)
			p.row("name", v.Name)
			p.row("tenants", v.Grant.String())
			p.row("methods", strings.Join(v.AuthMethods, " "))
			if v.JWKSURI != "" {
				p.row("keys at", v.JWKSURI)
			}
			p.row("disabled", yesNo(v.Disabled))
			p.row("created", when(v.Created))
			secretRows(p, secrets)
		})
	})
}

type clientGrantCmd struct {
	ID         string `arg:"" help:"The client's id."`
	grantFlags `embed:""`
	Add        bool `help:"Add to what it may now, instead of replacing that."`
	None       bool `help:"It may ask for no tenant at all."`
}

// Help is the long help.
func (clientGrantCmd) Help() string {
	return `Replaces the tenants. Tokens the client has for other tenants stop working.

Example:
  wardbridge client grant wb_2b4c6-d8e9f --add --tenant 22222222-2222-4222-8222-222222222222`
}

// Run runs the command.
func (c *clientGrantCmd) Run(e *env) error {
	g, err := c.grant()
	if err != nil {
		return err
	}
	if !g.All && len(g.Tenants) == 0 && !c.None {
		return usagef("say for which tenants: --tenant GUID, --all-tenants or --none")
	}
	return e.with(func(s *app.System) error {
		if c.Add && !g.All {
			now, _, err := s.Auth.GetClient(e.ctx, c.ID)
			if err != nil {
				return err
			}
			if g.All = now.Grant.All; g.All {
				g.Tenants = nil
			} else {
				g.Tenants = append(g.Tenants, now.Grant.Tenants...)
			}
		}
		v, err := s.Auth.GrantTenants(e.ctx, e.actor(), c.ID, g)
		if err != nil {
			return err
		}
		return e.print(clientView{ClientID: v.ID, Client: v}, func(p *printer) { p.line("client %s may ask tokens for: %s", v.ID, v.Grant.String()) })
	})
}

type clientDisableCmd struct {
	ID string `arg:"" help:"The client's id."`
}

// Run runs the command.
func (c *clientDisableCmd) Run(e *env) error { return e.setDisabled(c.ID, true) }

type clientEnableCmd struct {
	ID string `arg:"" help:"The client's id."`
}

// Run runs the command.
func (c *clientEnableCmd) Run(e *env) error { return e.setDisabled(c.ID, false) }

func (e *env) setDisabled(id string, disabled bool) error {
	return e.with(func(s *app.System) error {
		v, err := s.Auth.DisableClient(e.ctx, e.actor(), id, disabled)
		if err != nil {
			return err
		}
		return e.print(clientView{ClientID: v.ID, Client: v}, func(p *printer) {
			p.line("client %s is %s", v.ID, map[bool]string{true: "disabled", false: "enabled"}[v.Disabled])
		})
	})
}

type clientDeleteCmd struct {
	ID  string `arg:"" help:"The client's id."`
	Yes bool   `help:"Do it: without this nothing is deleted."`
}

// Run runs the command.
func (c *clientDeleteCmd) Run(e *env) error {
	if !c.Yes {
		return usagef("a deleted client cannot be brought back, and its id is never used again; add --yes, or use 'client disable'")
	}
	return e.with(func(s *app.System) error {
		if err := s.Auth.DeleteClient(e.ctx, e.actor(), c.ID); err != nil {
			return err
		}
		return e.print(map[string]string{"client_id": c.ID}, func(p *printer) { p.line("client %s is deleted", c.ID) })
	})
}

type clientJWKSCmd struct {
	ID       string `arg:"" help:"The client's id."`
	keyFlags `embed:""`
	Remove   bool `help:"The client signs no more."`
}

// Run runs the command.
func (c *clientJWKSCmd) Run(e *env) error {
	keys, err := c.keys(e)
	if err != nil {
		return err
	}
	if (keys != "" || c.JWKSURI != "") == c.Remove {
		return usagef("give --jwks FILE or --jwks-uri URL, or else --remove")
	}
	return e.with(func(s *app.System) error {
		v, err := s.Auth.SetJWKS(e.ctx, e.actor(), c.ID, keys, c.JWKSURI)
		if err != nil {
			return err
		}
		return e.print(clientView{ClientID: v.ID, Client: v}, func(p *printer) {
			p.line("client %s authenticates by %s", v.ID, strings.Join(v.AuthMethods, " or "))
		})
	})
}
