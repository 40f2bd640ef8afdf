package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/sandbox"
)

// DemoName is the file in the data directory that tells scripts of the demo.
const DemoName = "demo.json"

// ConfigName is the configuration file that is read from the data directory
// when no other is named.
const ConfigName = "wardbridge.yml"

const demoConfig = `# Of the demo. A provider may be on this machine: in earnest, name the networks
# of your hospitals' servers here, and no more.
outbound:
  allow: [127.0.0.0/8, "::1"]
`

// DemoConfig gives a data directory the configuration of a demo, unless it has
// one.
func DemoConfig(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w; choose another with --data", err)
	}
	path := filepath.Join(dir, ConfigName)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return fmt.Errorf("demo: %w", err)
	}
	_, err = f.WriteString(demoConfig)
	return errors.Join(err, f.Close())
}

// A DemoFile is what a script needs to use the demo, by version: dstu2, stu3,
// r4. It holds the client's secret, which makes a demo a demo.
type DemoFile struct {
	Endpoints    map[string]string `json:"endpoints"`
	TokenURL     string            `json:"token_url"`
	ClientID     string            `json:"client_id"`
	ClientSecret string            `json:"client_secret"`
	Tenants      map[string]string `json:"tenants"`
	Stores       map[string]string `json:"stores"`
}

const demoActor = "demo"

// demoTenants are the same in every demo, so that what is written about one
// works in another.
func demoTenants() map[fhir.Version]string {
	return map[fhir.Version]string{
		fhir.DSTU2: "d5702d5a-0001-4d5a-8d5a-000000000002",
		fhir.STU3:  "57030000-0002-4000-8000-000000000003",
		fhir.R4:    "40000000-0003-4000-8000-000000000004",
	}
}

// Demo fills a data directory: for each version an open store with the sample
// patients, a provider and a tenant; and one client. What is there already
// stays as it is.
func (s *System) Demo(ctx context.Context) (DemoFile, error) {
	var out DemoFile
	host, err := loopback(s.cfg.Listen)
	if err != nil {
		return out, err
	}
	path := filepath.Join(s.cfg.Data, DemoName)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return out, fmt.Errorf("demo: %w", err)
	default:
		if err := json.Unmarshal(text, &out); err != nil {
			return out, fmt.Errorf("demo: %s: %w", path, err)
		}
	}
	origin := "http://" + host
	if s.cfg.origin() != "" {
		origin = s.cfg.origin()
	}
	out.Endpoints, out.Stores, out.Tenants = map[string]string{}, map[string]string{}, map[string]string{}
	out.TokenURL = origin + "/oauth2/token"
	for _, v := range fhir.Versions() {
		tenant := demoTenants()[v]
		if err := s.demoVersion(ctx, v, tenant); err != nil {
			return out, fmt.Errorf("demo: %s: %w", v, err)
		}
		out.Endpoints[v.String()] = origin + "/fhir/" + v.String()
		out.Stores[v.String()] = origin + "/stores/" + demoName(v) + "/fhir"
		out.Tenants[v.String()] = tenant
	}
	if err := errors.Join(s.demoClient(ctx, &out), s.demoPeople(ctx)); err != nil {
		return out, fmt.Errorf("demo: %w", err)
	}
	return out, writeDemo(path, out)
}

func demoName(v fhir.Version) string { return "demo-" + v.String() }

// loopback refuses an address that others could reach: the demo's stores are
// open.
func loopback(listen string) (string, error) {
	ap, err := netip.ParseAddrPort(strings.Replace(listen, "localhost:", "127.0.0.1:", 1))
	if err != nil || !ap.Addr().IsLoopback() {
		return "", fmt.Errorf("demo: %s can be reached from other machines, and the demo's stores are open: listen on 127.0.0.1, or use `wardbridge serve`", listen)
	}
	return listen, nil
}

// demoVersion makes what is missing of one version.
func (s *System) demoVersion(ctx context.Context, v fhir.Version, tenant string) error {
	name := demoName(v)
	_, err := s.Providers.GetStore(ctx, name)
	if errors.Is(err, provider.ErrNotFound) {
		_, err = s.Providers.CreateStore(ctx, demoActor, provider.Store{Name: name, Version: v, Open: true})
	}
	if err != nil {
		return err
	}
	if err := s.demoSamples(ctx, name); err != nil {
		return err
	}
	_, err = s.Providers.GetProvider(ctx, name)
	if errors.Is(err, provider.ErrNotFound) {
		_, err = s.Providers.AddProvider(ctx, demoActor, provider.Provider{Name: name, Kind: provider.KindStore, Store: name})
	}
	if err != nil {
		return err
	}
	tenants, err := s.Providers.ListTenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if t.ID == tenant {
			return nil
		}
	}
	_, err = s.Providers.MapTenant(ctx, demoActor, provider.Tenant{ID: tenant, Provider: name, Label: "Demo " + strings.ToUpper(v.String())})
	return err
}

// demoSamples puts the sample patients into a store that has no patient. What
// someone has done to them since is theirs.
func (s *System) demoSamples(ctx context.Context, store string) error {
	stats, err := s.StoreStats(ctx, store)
	if err != nil || stats.Total > 0 {
		return err
	}
	im, done, err := s.Importer(ctx, store, ImportOptions{Actor: demoActor})
	if err != nil {
		return err
	}
	requests, err := s.Generated(ctx, store, GenerateOptions{Samples: true})
	if err != nil {
		return err
	}
	sum, err := im.Feed(ctx, requests)
	if err := done(sum, err); err != nil {
		return err
	}
	if sum.Refused > 0 {
		return fmt.Errorf("%d sample resources were refused", sum.Refused)
	}
	return nil
}

// demoClient makes the client, unless the one in the file is still there.
func (s *System) demoClient(ctx context.Context, d *DemoFile) error {
	if d.ClientID != "" && d.ClientSecret != "" {
		_, secrets, err := s.Auth.GetClient(ctx, d.ClientID)
		if err == nil && len(secrets) > 0 {
			return nil
		}
		if err != nil && !errors.Is(err, auth.ErrNotFound) {
			return err
		}
	}
	c, err := s.Auth.CreateClient(ctx, demoActor, auth.Client{Name: "Demo client", Grant: auth.Grant{All: true}})
	if err != nil {
		return err
	}
	_, secret, err := s.Auth.AddSecret(ctx, demoActor, c.ID, auth.NewSecret{Label: "demo"})
	d.ClientID, d.ClientSecret = c.ID, secret
	return err
}

// writeDemo replaces the file at once, so that a script never reads half of it.
func writeDemo(path string, d DemoFile) error {
	text, err := json.MarshalIndent(d, "", "  ") //nolint:gosec // the secret of a demo is meant to be found
	if err != nil {
		return err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return os.Rename(tmp, path)
}

// DemoPatient is the id of a sample patient with much to show.
func DemoPatient() string { return sandbox.Catalogue()[0].ID }
