package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// A partner is a ready-made record system with the operator's credentials.
type partner struct {
	id, name, link           string
	clientID, secret, tenant string
	auth                     string
	own                      bool // this server's own gateway: its address may change
}

// demoPartner begins the ids of the demo's hospitals, and names the client
// that was made for the app to ask them.
const demoPartner = "demo"

// Choices implements [patients.Records].
func (cs *connections) Choices(ctx context.Context, tenant string) ([]patients.Choice, error) {
	var out []patients.Choice
	for _, p := range cs.s.cfg.Patients.Partners {
		c := patients.Choice{ID: p.ID, Name: cmp.Or(p.Name, p.ID), Link: p.Link, Tenant: cmp.Or(tenant, p.Tenant)}
		// The operator's credentials are for a tenant: its own people's, or the
		// one that the operator set.
		_, err := os.Stat(p.SecretFile)
		if err != nil && p.SecretFile != "" {
			cs.s.logger.WarnContext(ctx, "a partner of the Patients app has no secret", "partner", p.ID, "error", err)
		}
		c.Ready = p.ClientID != "" && err == nil && c.Tenant != ""
		out = append(out, c)
	}
	if tenant != "" {
		return out, nil // the demo's hospitals are for the demo's people
	}
	demo, err := cs.demoTenants(ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range slices.Backward(fhir.Versions()) {
		id, ok := demo[v]
		if !ok {
			continue
		}
		out = append(out, patients.Choice{ID: demoID(v), Name: demoHospital(v), Link: cs.ownLink(ctx, v), Tenant: id, Ready: true})
	}
	return out, nil
}

func demoID(v fhir.Version) string { return demoPartner + "-" + v.String() }

func demoHospital(v fhir.Version) string {
	return "Demo hospital (" + strings.ToUpper(v.String()) + ")"
}

// demoTenants are the demo's tenants that this server has: none outside a demo.
func (cs *connections) demoTenants(ctx context.Context) (map[fhir.Version]string, error) {
	if !cs.s.opt.Demo {
		return nil, nil //nolint:nilnil // it is no demo
	}
	all, err := cs.s.Providers.ListTenants(ctx)
	if err != nil {
		return nil, err
	}
	out := map[fhir.Version]string{}
	for v, id := range demoTenants() {
		if slices.ContainsFunc(all, func(t provider.Tenant) bool { return t.ID == id && !t.Suspended }) {
			out[v] = id
		}
	}
	return out, nil
}

// ownLink is where this server's own gateway answers for it.
func (cs *connections) ownLink(ctx context.Context, v fhir.Version) string {
	origin := cs.s.cfg.origin()
	if at := cs.s.at.Load(); origin == "" && at != nil {
		origin = "http://" + *at
	}
	if origin == "" {
		origin = access.PublicURLFrom(ctx) // as a handler of another server
	}
	if origin == "" {
		return ""
	}
	return origin + "/fhir/" + v.String()
}

// partner is a ready-made partner with its credentials, nil when there is none
// of that id.
func (cs *connections) partner(ctx context.Context, id string) (*partner, error) {
	for _, p := range cs.s.cfg.Patients.Partners {
		if p.ID != id {
			continue
		}
		text, err := os.ReadFile(p.SecretFile)
		if err != nil {
			return nil, fmt.Errorf("patients.partners %s: secret_file: %w", p.ID, err)
		}
		return &partner{
			id: p.ID, name: p.Name, link: p.Link, clientID: p.ClientID, secret: strings.TrimSpace(string(text)), tenant: "",
			auth: cmp.Or(p.Auth, credential.ClientSecretPost),
		}, nil
	}
	demo, err := cs.demoTenants(ctx)
	if err != nil {
		return nil, err
	}
	for v, tenant := range demo {
		if demoID(v) != id {
			continue
		}
		client, secret, err := cs.appClient(ctx)
		if err != nil {
			return nil, err
		}
		return &partner{
			id: id, name: demoHospital(v), link: cs.ownLink(ctx, v), clientID: client, secret: secret, tenant: tenant,
			auth: credential.ClientSecretPost, own: true,
		}, nil
	}
	return nil, nil //nolint:nilnil // there is none
}

// appClient is the client of this server that the app asks the demo's tenants
// with. It is made when it is first needed; its secret is sealed.
func (cs *connections) appClient(ctx context.Context) (id, secret string, err error) {
	cs.making.Lock()
	defer cs.making.Unlock()
	aad := []byte("patients_partner\x00secret\x00" + demoPartner)
	kept, err := cs.s.db.Partner(ctx, demoPartner)
	if err == nil {
		if plain, err := cs.s.box.Open(aad, kept.Secret); err == nil {
			_, secrets, err := cs.s.Auth.GetClient(ctx, kept.ClientID)
			if err == nil && len(secrets) > 0 {
				return kept.ClientID, string(plain), nil
			}
			if err != nil && !errors.Is(err, auth.ErrNotFound) {
				return "", "", err
			}
		}
	} else if !errors.Is(err, patients.ErrNotFound) {
		return "", "", err
	}
	grant := auth.Grant{}
	for _, v := range fhir.Versions() {
		grant.Tenants = append(grant.Tenants, demoTenants()[v])
	}
	c, err := cs.s.Auth.CreateClient(ctx, demoActor, auth.Client{Name: "Patients app", Grant: grant})
	if err != nil {
		return "", "", err
	}
	_, secret, err = cs.s.Auth.AddSecret(ctx, demoActor, c.ID, auth.NewSecret{Label: "patients app"})
	if err != nil {
		return "", "", err
	}
	return c.ID, secret, cs.s.db.PutPartner(ctx, demoPartner, sqlite.Partner{ClientID: c.ID, Secret: cs.s.box.Seal(aad, []byte(secret))})
}
