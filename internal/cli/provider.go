package cli

import (
	"maps"
	"slices"
	"strconv"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/provider"
)

type providerCmd struct {
	Add     providerAddCmd     `cmd:"" help:"Add a provider."`
	Set     providerSetCmd     `cmd:"" help:"Change how a provider elsewhere is reached."`
	Test    providerTestCmd    `cmd:"" help:"Ask a provider elsewhere, step by step."`
	Apply   providerApplyCmd   `cmd:"" help:"Make providers and tenants as a file says."`
	Presets providerPresetsCmd `cmd:"" help:"List the products whose settings are known."`
	List    providerListCmd    `cmd:"" aliases:"ls" help:"List providers."`
	Show    providerShowCmd    `cmd:"" help:"Show a provider and its tenants."`
	Remove  providerRemoveCmd  `cmd:"" aliases:"rm" help:"Remove a provider that no tenant is mapped to."`
	Suspend providerSuspendCmd `cmd:"" help:"Refuse the calls of all of a provider's tenants."`
	Resume  providerResumeCmd  `cmd:"" help:"Answer a suspended provider's tenants again."`
}

type providerAddCmd struct {
	Name        string `arg:"" help:"Name of the provider."`
	Store       string `help:"Embedded store with the provider's records." placeholder:"STORE"`
	Zone        string `help:"Time zone in which times without a zone were written, such as Europe/Berlin. Default: UTC." placeholder:"ZONE"`
	remoteFlags `embed:""`
}

// Help is the long help.
func (providerAddCmd) Help() string {
	return `A provider is a healthcare organisation's FHIR server: one elsewhere (--url), or an embedded store (--store). Map tenants
to it next. A server elsewhere may speak DSTU2, STU3 or R4; its statement is read to find out. Addresses that are not public
must be in a network that outbound.allow names, best in wardbridge.yml in the data directory.

Examples:
  wardbridge provider add clinic --url https://ehr.example.org/fhir --zone America/Chicago
  wardbridge provider add clinic --url https://ehr.example.org/fhir/R4 --auth private_key_jwt --client-id wardbridge \
      --private-key-file key.pem --algorithm RS384 --token-param 'scope=system/*.read'
  wardbridge provider add ward --store main`
}

// Run runs the command.
func (c *providerAddCmd) Run(e *env) error {
	switch {
	case c.URL == "" && c.Store == "":
		return usagef("say where its records are: --url URL of its own FHIR server, or --store STORE")
	case c.URL != "" && c.Store != "":
		return usagef("--url and --store exclude each other")
	case c.URL != "":
		return c.remote(e)
	}
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

func (c *providerAddCmd) remote(e *env) error {
	p := provider.Provider{Name: c.Name, Zone: c.Zone, Remote: &provider.Remote{}}
	var sec provider.Secrets
	if err := c.apply(e, &p, &sec); err != nil {
		return err
	}
	return e.with(func(s *app.System) error {
		v, err := s.AddRemote(e.ctx, e.actor(), p, sec)
		if err != nil {
			return err
		}
		return e.print(v, func(p *printer) {
			p.line("provider %s is FHIR %s at %s", v.Name, v.Version.Release(), v.Remote.URL)
			p.line("next: wardbridge tenant map TENANT-GUID %s", v.Name)
			p.line("and:  wardbridge provider test %s", v.Name)
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
			p.row("NAME", "KIND", "WHERE", "VERSION", "ZONE", "SUSPENDED", "CREATED")
			for _, v := range list {
				p.row(v.Name, v.Kind, where(v), v.Version.String(), dash(v.Zone), yesNo(v.Suspended), when(v.Created))
			}
		})
	})
}

func where(p provider.Provider) string {
	if p.Remote != nil {
		return p.Remote.URL
	}
	return p.Store
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
		var seen *app.Observed
		if v.Kind == provider.KindRemote {
			if seen, err = s.Observed(e.ctx, v); err != nil {
				return err
			}
		}
		return e.print(struct {
			provider.Provider
			Tenants  []provider.Tenant `json:"tenants"`
			Observed *app.Observed     `json:"observed,omitempty"`
		}{v, mine, seen}, func(p *printer) { showProvider(p, v, mine, seen) })
	})
}

func showProvider(p *printer, v provider.Provider, tenants []provider.Tenant, seen *app.Observed) {
	p.row("name", v.Name)
	p.row("kind", v.Kind)
	p.row("version", v.Version.String()+pinned(v))
	if v.Remote == nil {
		p.row("store", v.Store)
	} else {
		showRemote(p, v.Remote)
	}
	p.row("zone", dash(v.Zone))
	p.row("suspended", yesNo(v.Suspended))
	p.row("created", when(v.Created))
	for _, t := range tenants {
		p.row("tenant", t.ID, t.Label)
	}
	if seen == nil || seen.At.IsZero() {
		return // no server has asked it yet
	}
	p.row("seen by a server", when(seen.At))
	p.row("statement", dash(seen.Statement))
	c := seen.Calls
	p.row("breaker", c.Breaker, "since "+when(c.Since))
	p.line("calls\t%d sent, %d failed, %d tried again, %d refused here", c.Sent, c.Failed, c.Retried, c.Refused)
	if b := seen.Batches; b != nil {
		p.line("batches\t%d sent, of %d entries", b.Sent, b.Entries)
		if !b.Refused.IsZero() {
			p.row("", "refused "+when(b.Refused)+": entries are sent one by one for a while")
		}
	}
	for _, a := range seen.Adaptations {
		p.row("adapts", a.Name, a.Why, strconv.FormatInt(a.Count, 10))
	}
}

func pinned(v provider.Provider) string {
	if v.Remote != nil && v.Remote.Pinned {
		return " (pinned)"
	}
	return ""
}

func showRemote(p *printer, r *provider.Remote) {
	p.row("url", r.URL)
	for _, v := range [][2]string{
		{"preset", r.Preset},
		{"sign-in", r.Auth.Method},
		{"client id", r.Auth.ClientID},
		{"token url", r.Auth.TokenURL},
		{"media type", r.MediaType},
		{"proxy", r.Proxy},
		{"search", r.Search},
		{"batches", r.Batches},
	} {
		if v[1] != "" {
			p.row(v[0], v[1])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(r.Auth.Params)) {
		p.row("token parameter", k+"="+r.Auth.Params[k])
	}
	for _, k := range slices.Sorted(maps.Keys(r.Headers)) {
		p.row("header", k+": "+r.Headers[k])
	}
	for _, s := range provider.Subjects(r.CA) {
		p.row("trusts", s)
	}
	for _, s := range provider.Subjects(r.Certificate) {
		p.row("shows", s)
	}
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
		return e.print(map[string]string{"name": c.Name}, func(p *printer) { p.line("provider %s is removed; a store it had stays", c.Name) })
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
