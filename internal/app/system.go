package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/outbound"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/people"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/seal"
)

// Options is what a [System] is made of. Logger may be nil.
type Options struct {
	Config  Config
	Version string    // of the software
	Date    time.Time // of the software; its statements carry it
	Logger  *slog.Logger
	Demo    bool             // ready-made people may be chosen, at this machine
	Clock   func() time.Time // of the Patients app; nil is time.Now
}

// A System is an open data directory and the services on it. The server runs
// on one, and every command makes one of its own beside it.
type System struct {
	opt         Options
	cfg         *Config
	logger      *slog.Logger
	db          *sqlite.DB
	box         *seal.Box
	metrics     *metrics
	ledger      *ledger
	stores      *stores
	remotes     *remotes
	connections *connections
	at          atomic.Pointer[string] // the address that is listened on
	Audit       *audit.Log
	Auth        *auth.Service
	Providers   *provider.Service
	People      *people.Service
	Patients    *patients.Service
}

// Files and folders in the data directory.
const (
	storesFolder  = "stores"
	importsFolder = "imports"
	sealingFile   = "sealing.key"
	secretsFile   = "secrets.key"
)

// Open opens the data directory, making what is not there. It takes no lock:
// any number of processes may have it open.
func Open(ctx context.Context, opt Options) (*System, error) {
	s := &System{opt: opt, cfg: &opt.Config, logger: opt.Logger, metrics: newMetrics(opt.Version)}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	for _, dir := range []string{s.cfg.Data, filepath.Join(s.cfg.Data, storesFolder), filepath.Join(s.cfg.Data, importsFolder), s.cfg.KeysDir()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("data directory: %w; choose another with --data", err)
		}
	}
	sealing, err := seal.LoadOrCreateRing(filepath.Join(s.cfg.KeysDir(), sealingFile))
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	hashing, err := seal.LoadOrCreateRing(filepath.Join(s.cfg.KeysDir(), secretsFile))
	if err != nil {
		return nil, fmt.Errorf("key of client secrets: %w", err)
	}
	mac, err := seal.NewMAC(hashing)
	if err != nil {
		return nil, err
	}
	if s.box, err = seal.NewBox(sealing); err != nil {
		return nil, err
	}
	if s.db, err = sqlite.Open(ctx, filepath.Join(s.cfg.Data, sqlite.MainFile), sqlite.Options{}); err != nil {
		return nil, err
	}
	if err := s.build(mac); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return s, nil
}

// build makes the services on the open database.
func (s *System) build(mac *seal.MAC) (err error) {
	s.ledger = &ledger{storage: s.db, metrics: s.metrics}
	if s.Audit, err = audit.New(audit.Config{Storage: s.ledger, Reader: s.db, Logger: s.logger}); err != nil {
		return err
	}
	if s.Providers, err = provider.New(provider.Config{Storage: s.db, Box: s.box}); err != nil {
		return err
	}
	client, err := s.outbound()
	if err != nil {
		return err
	}
	rotate := s.cfg.Tokens.Rotation
	if rotate == 0 {
		rotate = -1
	}
	s.Auth, err = auth.New(auth.Config{
		Storage: s.db, Tenants: s.Providers, Box: s.box, MAC: mac, Audit: s.recordToken, Logger: s.logger,
		HTTP:   client,
		Issuer: s.cfg.origin(), PublicURL: s.publicURL,
		Lifetime: s.cfg.Tokens.Lifetime, Algorithm: s.cfg.Tokens.Algorithm, RotateEvery: rotate,
		PerClient: rateLimit(s.cfg.Rate.Client), PerAddress: rateLimit(s.cfg.Rate.Address),
	})
	if err != nil {
		return err
	}
	s.stores, s.remotes, s.connections = newStores(s), newRemotes(s), newConnections(s)
	if err := s.buildPatients(client); err != nil {
		return err
	}
	s.metrics.registry.MustRegister(newProviderMetrics(s.remotes))
	return nil
}

// outbound is the client through which everything goes that leaves the
// process.
func (s *System) outbound() (*http.Client, error) {
	d, err := outbound.New(outbound.Config{Allow: s.cfg.Outbound.Allow, Timeout: s.cfg.Outbound.Timeout, CAFile: s.cfg.Outbound.CAFile})
	if err != nil {
		return nil, err
	}
	return d.Client(), nil
}

func rateLimit(perSecond float64) *auth.Limit {
	return &auth.Limit{PerSecond: perSecond, Burst: max(1, int(5*perSecond))}
}

// recordToken is the authorization server's way into the audit record.
func (s *System) recordToken(ctx context.Context, e auth.Event) error {
	x := exchangeOf(ctx)
	if e.ClientID != "" {
		x.party.Store(&party{tenant: e.Tenant, client: e.ClientID})
	}
	r := audit.Record{
		Time: e.Time, Entry: -1, RequestID: access.RequestIDFrom(ctx), Operation: e.Operation, Client: e.ClientID,
		Tenant: e.Tenant, TokenID: e.TokenID, Status: e.Status, Detail: e.Detail,
	}
	if e.Remote.IsValid() {
		r.Remote = e.Remote.String()
	}
	return s.Audit.Append(ctx, r)
}

// Reload takes new snapshots of what is configured in the database.
func (s *System) Reload(ctx context.Context) error {
	err := errors.Join(s.Providers.Reload(ctx), s.Auth.Reload(ctx))
	s.stores.prune()
	s.remotes.prune()
	outcome := "ok"
	if err != nil {
		outcome = "failed"
	}
	s.metrics.reloads.WithLabelValues(outcome).Inc()
	return err
}

// Close finishes what waits to be written and closes every file.
func (s *System) Close() error {
	s.Patients.Close()
	s.connections.close()
	s.remotes.close()
	return errors.Join(s.stores.close(), s.db.Close())
}

// Config is the configuration in force.
func (s *System) Config() Config { return *s.cfg }

// JournalPath is the journal of the imports into a store.
func (s *System) JournalPath(store string) string {
	return filepath.Join(s.cfg.Data, importsFolder, store+".journal")
}
