package cli

import (
	"strings"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/provider"
)

type tenantCmd struct {
	Map     tenantMapCmd     `cmd:"" help:"Map a tenant to a provider, or move it to another."`
	Unmap   tenantUnmapCmd   `cmd:"" help:"Take a tenant off the map."`
	List    tenantListCmd    `cmd:"" aliases:"ls" help:"List tenants."`
	Suspend tenantSuspendCmd `cmd:"" help:"Refuse a tenant's calls until it is resumed."`
	Resume  tenantResumeCmd  `cmd:"" help:"Answer a suspended tenant's calls again."`
}

type tenantMapCmd struct {
	Tenant   string   `arg:"" help:"The tenant's directory id, a GUID."`
	Provider string   `arg:"" help:"Name of the provider."`
	Label    string   `help:"What people call the tenant."`
	MRN      []string `name:"mrn" help:"Identifiers that are medical record numbers: a system, a type code, or SYSTEM|CODE. May be repeated." placeholder:"SYSTEM|CODE" sep:"none"`
}

// Help is the long help.
func (tenantMapCmd) Help() string {
	return `A token for the tenant then leads to the provider's records, within a second in every running server.

Examples:
  wardbridge tenant map 11111111-1111-4111-8111-111111111111 clinic --label "St. Mary"
  wardbridge tenant map 11111111-1111-4111-8111-111111111111 clinic --mrn urn:oid:1.2.36.146.595.217.0.1`
}

// Run runs the command.
func (c *tenantMapCmd) Run(e *env) error {
	t := provider.Tenant{ID: c.Tenant, Provider: c.Provider, Label: c.Label}
	for _, s := range c.MRN {
		system, code, ok := strings.Cut(s, "|")
		if !ok && !strings.Contains(s, ":") {
			system, code = "", s
		}
		t.MRN = append(t.MRN, provider.MRN{System: system, TypeCode: code})
	}
	return e.with(func(s *app.System) error {
		t, err := s.Providers.MapTenant(e.ctx, e.actor(), t)
		if err != nil {
			return err
		}
		return e.print(t, func(p *printer) { p.line("tenant %s is mapped to provider %s", t.ID, t.Provider) })
	})
}

type tenantUnmapCmd struct {
	Tenant string `arg:"" help:"The tenant's directory id."`
}

// Run runs the command.
func (c *tenantUnmapCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		if err := s.Providers.UnmapTenant(e.ctx, e.actor(), c.Tenant); err != nil {
			return err
		}
		return e.print(map[string]string{"id": c.Tenant}, func(p *printer) { p.line("tenant %s is no longer mapped", c.Tenant) })
	})
}

type tenantListCmd struct{}

// Run runs the command.
func (c *tenantListCmd) Run(e *env) error {
	return e.with(func(s *app.System) error {
		list, err := s.Providers.ListTenants(e.ctx)
		if err != nil {
			return err
		}
		return e.print(some(list), func(p *printer) {
			p.row("TENANT", "PROVIDER", "SUSPENDED", "CREATED", "LABEL")
			for _, t := range list {
				p.row(t.ID, t.Provider, yesNo(t.Suspended), when(t.Created), t.Label)
			}
		})
	})
}

type tenantSuspendCmd struct {
	Tenant string `arg:"" help:"The tenant's directory id."`
}

// Run runs the command.
func (c *tenantSuspendCmd) Run(e *env) error { return e.suspendTenant(c.Tenant, true) }

type tenantResumeCmd struct {
	Tenant string `arg:"" help:"The tenant's directory id."`
}

// Run runs the command.
func (c *tenantResumeCmd) Run(e *env) error { return e.suspendTenant(c.Tenant, false) }

func (e *env) suspendTenant(id string, suspended bool) error {
	return e.with(func(s *app.System) error {
		t, err := s.Providers.SuspendTenant(e.ctx, e.actor(), id, suspended)
		if err != nil {
			return err
		}
		return e.print(t, func(p *printer) { p.line("tenant %s is %s", t.ID, suspension(t.Suspended)) })
	})
}

func suspension(suspended bool) string {
	if suspended {
		return "suspended: its calls are refused"
	}
	return "active"
}

// some makes an empty list print as [] and not as null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
