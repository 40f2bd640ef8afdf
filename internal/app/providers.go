package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
)

// AddRemote adds a provider elsewhere. Unless its version is pinned, its
// statement is read to find it out.
func (s *System) AddRemote(ctx context.Context, actor string, p provider.Provider, sec provider.Secrets) (provider.Provider, error) {
	if err := s.findVersion(ctx, &p, sec); err != nil {
		return provider.Provider{}, err
	}
	return s.Providers.AddRemote(ctx, actor, p, sec)
}

// ChangeRemote changes a provider elsewhere. Where it leads to another server,
// or its version is pinned no longer, the statement is read anew.
func (s *System) ChangeRemote(
	ctx context.Context, actor, name string, change func(p *provider.Provider, sec *provider.Secrets) error,
) (provider.Provider, error) {
	// The provider is asked before the change, not within it: a slow answer
	// must hold up nobody else's.
	p, err := s.Providers.GetProvider(ctx, name)
	if err != nil {
		return p, err
	}
	version := fhir.Version(0)
	if p.Kind == provider.KindRemote {
		if version, err = s.versionAfter(ctx, p, change); err != nil {
			return p, err
		}
	}
	return s.Providers.ChangeRemote(ctx, actor, name, func(p *provider.Provider, sec *provider.Secrets) error {
		if err := change(p, sec); err != nil {
			return err
		}
		if version != 0 {
			p.Version = version
		}
		return nil
	})
}

// versionAfter is the version a provider speaks once it is changed, 0 when it
// need not be asked.
func (s *System) versionAfter(ctx context.Context, p provider.Provider, change func(p *provider.Provider, sec *provider.Secrets) error) (fhir.Version, error) {
	if err := s.Providers.Reload(ctx); err != nil {
		return 0, err
	}
	sec, err := s.Providers.Secrets(p.Name)
	if err != nil {
		return 0, err
	}
	as, before := p, p.Remote
	after := *before
	p.Remote = &after
	if err := change(&p, &sec); err != nil {
		return 0, err
	}
	if after.Pinned {
		return 0, nil
	}
	if after.URL == before.URL && !before.Pinned {
		seen, err := s.Observed(ctx, as)
		return seen.Version, err // 0 when no server has asked it
	}
	err = s.findVersion(ctx, &p, sec)
	return p.Version, err
}

func (s *System) findVersion(ctx context.Context, p *provider.Provider, sec provider.Secrets) error {
	if p.Remote.Pinned {
		return nil
	}
	if err := p.Check(sec); err != nil {
		return err
	}
	tenant, err := s.tenantFor(ctx, *p, "")
	if err != nil {
		return err
	}
	v, _, err := s.detect(access.WithPrincipal(ctx, access.Principal{Tenant: tenant}), *p, sec)
	if err != nil {
		do := advice(err)
		switch {
		case do != "":
		case tenant == "" && perTenant(p.Remote):
			do = "Its settings hold " + provider.TenantPlaceholder + ", and no tenant is mapped to it yet to ask as. When one is, provider set --fhir-version auto reads the statement."
		default:
			do = "Check --url: the statement is read from " + p.Remote.URL + "/metadata."
		}
		return fmt.Errorf("provider %s: its statement (metadata) does not tell its FHIR version: %s\n%s\nTo go on without asking it, say its version: --fhir-version dstu2, stu3 or r4",
			p.Name, explain(err), do)
	}
	p.Version = v
	return nil
}

// perTenant reports whether each call to a provider depends on whom it is for.
func perTenant(r *provider.Remote) bool {
	for _, v := range r.Headers {
		if strings.Contains(v, provider.TenantPlaceholder) {
			return true
		}
	}
	return strings.Contains(r.URL, provider.TenantPlaceholder)
}
