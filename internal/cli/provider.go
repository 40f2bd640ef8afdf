package cli

import (
	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/provider"
)

type providerCmd struct {
	Add     providerAddCmd     `cmd:"" help:"Add a provider."`
	List    providerListCmd    `cmd:"" aliases:"ls" help:"List providers."`
	Show    providerShowCmd    `cmd:"" help:"Show a provider and its tenants."`
	Remove  providerRemoveCmd  `cmd:"" aliases:"rm" help:"Remove a provider that no tenant is mapped to."`
	Suspend providerSuspendCmd `cmd:"" help:"Refuse the calls of all of a provider's tenants."`
	Resume  providerResumeCmd  `cmd:"" help:"Answer a suspended provider's tenants again."`
}

type providerAddCmd struct {
	Name  string `arg:"" help:"Name of the provider."`
	Store string `required:"" help:"Embedded store with the provider's records." placeholder:"STORE"`
	Zone  string `help:"Time zone in which times without a zone were written, such as Europe/Berlin. Default: UTC." placeholder:"ZONE"`
}

// Help is the long help.
func (providerAddCmd) Help() string {
	return `A provider is a healthcare organisation's FHIR server; here, an embedded store. Map tenants to it next.

Example:
  wardbridge provider add clinic --store main --zone America/Chicago`
}

// Run runs the command.
func (c *providerAddCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		v, err := s.Providers.AddProvider(e.ctx, e.actor(), provider.Provider{Name: c.Name, Kind: provider.KindStore, Store: c.Store, Zone: c.Zone})
		if err != nil {
			return err
		}
		return e.print(v, func(p *printer) {
			p.line("provider %s serves the records of store %s (FHIR %s)", v.Name, v.Store, v.Version.Release())
			p.line("next: wardbridge tenant map TENANT-GUID %s", v.Name)
		})
	})
}

type providerListCmd struct{}

// Run runs the command.
func (c *providerListCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		list, err := s.Providers.ListProviders(e.ctx)
		if err != nil {
			return err
		}
		return e.print(some(list), func(p *printer) {
			p.row("NAME", "KIND", "STORE", "VERSION", "ZONE", "SUSPENDED", "CREATED")
			for _, v := range list {
				p.row(v.Name, v.Kind, dash(v.Store), v.Version.String(), dash(v.Zone), yesNo(v.Suspended), when(v.Created))
			}
		})
	})
}

type providerShowCmd struct {
	Name string `arg:"" help:"Name of the provider."`
}

// Run runs the command.
func (c *providerShowCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		v, err := s.Providers.GetProvider(e.ctx, c.Name)
		if err != nil {
			return err
		}
		all, err := s.Providers.ListTenants(e.ctx)
		if err != nil {
			return err
		}
		mine := []provider.Tenant{}
		for _, t := range all {
			if t.Provider == v.Name {
				mine = append(mine, t)
			}
		}
		return e.print(struct {
			provider.Provider
			Tenants []provider.Tenant `json:"tenants"`
		}{v, mine}, func(p *printer) {
			p.row("name", v.Name)
			p.row("kind", v.Kind)
			p.row("store", dash(v.Store))
			p.row("version", v.Version.String())
			p.row("zone", dash(v.Zone))
			p.row("suspended", yesNo(v.Suspended))
			p.row("created", when(v.Created))
			for _, t := range mine {
				p.row("tenant", t.ID, t.Label)
			}
		})
	})
}

type providerRemoveCmd struct {
	Name string `arg:"" help:"Name of the provider."`
}

// Run runs the command.
func (c *providerRemoveCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		if err := s.Providers.RemoveProvider(e.ctx, e.actor(), c.Name); err != nil {
			return err
		}
		return e.print(map[string]string{"name": c.Name}, func(p *printer) { p.line("provider %s is removed; its store stays", c.Name) })
	})
}

type providerSuspendCmd struct {
	Name string `arg:"" help:"Name of the provider."`
}

// Run runs the command.
func (c *providerSuspendCmd) Run(e *env) error { return e.suspendProvider(c.Name, true) }

type providerResumeCmd struct {
	Name string `arg:"" help:"Name of the provider."`
}

// Run runs the command.
func (c *providerResumeCmd) Run(e *env) error { return e.suspendProvider(c.Name, false) }

func (e *env) suspendProvider(name string, suspended bool) error {
	return e.with(func(s *app.System) error {
		v, err := s.Providers.SuspendProvider(e.ctx, e.actor(), name, suspended)
		if err != nil {
			return err
		}
		return e.print(v, func(p *printer) { p.line("provider %s is %s", v.Name, suspension(v.Suspended)) })
	})
}
