package app

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/gateway"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
	"github.com/wardbridge/wardbridge/internal/seal"
)

// What the gateway asks for, answered by the services.
type (
	tokens struct{ s *System }
	routes struct{ s *System }
	shelf  struct{ s *System }
	links  struct{ box *seal.Box }
)

var (
	_ gateway.Tokens = tokens{}
	_ gateway.Routes = routes{}
	_ gateway.Stores = shelf{}
	_ gateway.Sealer = links{}
)

// Verify implements [gateway.Tokens].
func (t tokens) Verify(ctx context.Context, bearer string) (access.Principal, error) {
	c, err := t.s.Auth.Verify(ctx, bearer)
	if err != nil {
		return access.Principal{}, err
	}
	exchangeOf(ctx).party.Store(&party{tenant: c.Tenant, client: c.ClientID})
	return access.Principal{Tenant: c.Tenant, ClientID: c.ClientID, TokenID: c.TokenID}, nil
}

// Route implements [gateway.Routes].
func (r routes) Route(ctx context.Context, tenant string) (gateway.Route, error) {
	p, t, err := r.s.Providers.Resolve(tenant)
	if err != nil {
		return gateway.Route{}, err
	}
	a := adapt.Config{Zone: p.Location()}
	for _, m := range t.MRN {
		a.MRN = append(a.MRN, adapt.System{System: m.System, TypeCode: m.TypeCode})
	}
	if p.Kind == provider.KindRemote {
		o, err := r.s.remotes.get(ctx, p)
		if err != nil {
			return gateway.Route{}, err
		}
		a.Memory = o.memories.of(tenant)
		route := gateway.Route{Provider: p.Name, Source: source(p.Created, p.Remote.URL), Server: o.server, Adapt: a}
		if p.Remote.Batches == provider.BatchesWhole {
			route.Parallel = wholeBatch
		}
		return route, nil
	}
	store, err := r.s.Providers.Store(p.Store)
	if err != nil {
		return gateway.Route{}, fhir.Errorf(fhir.KindUnavailable, "transient", "The tenant's provider cannot be reached now.").Because(err)
	}
	server, err := r.s.stores.get(ctx, store)
	if err != nil {
		return gateway.Route{}, err
	}
	a.Cache = r.s.stores.adapted(store, a)
	return gateway.Route{Provider: p.Name, Source: source(store.Created, store.Name), Server: server, Adapt: a}, nil
}

// source names where records come from, for page links.
func source(created time.Time, place string) string {
	return strconv.FormatInt(created.UnixNano(), 36) + " " + place
}

// wholeBatch is how many entries leave together in one batch to a provider that
// takes batches whole.
const wholeBatch = 50

// Store implements [gateway.Stores].
func (s shelf) Store(ctx context.Context, name string) (gateway.Store, error) {
	store, err := s.s.Providers.Store(name)
	if err != nil {
		return gateway.Store{}, err
	}
	server, err := s.s.stores.get(ctx, store)
	if err != nil {
		return gateway.Store{}, err
	}
	return gateway.Store{Server: server, Open: store.Open}, nil
}

// Serves implements [gateway.Stores].
func (s shelf) Serves(_ context.Context, tenant, store string) bool {
	return s.s.Providers.Serves(tenant, store)
}

// linkLife is how long a page link works.
const linkLife = time.Hour

// SealLink implements [gateway.Sealer].
func (l links) SealLink(boundTo string, state []byte) (string, error) {
	return l.box.Ticket(linkAAD(boundTo), state, time.Now().Add(linkLife)), nil
}

// OpenLink implements [gateway.Sealer].
func (l links) OpenLink(boundTo, link string) ([]byte, error) {
	return l.box.OpenTicket(linkAAD(boundTo), link, time.Now())
}

func linkAAD(boundTo string) []byte { return []byte("page link\x00" + boundTo) }

// origin is the configured public URL without a trailing slash.
func (c *Config) origin() string { return strings.TrimRight(c.PublicURL, "/") }

// publicURL is scheme and host as the client of r sees them.
func (s *System) publicURL(r *http.Request) string {
	if o := s.cfg.origin(); o != "" {
		return o
	}
	if u := access.PublicURLFrom(r.Context()); u != "" {
		return u
	}
	return "http://" + r.Host
}
