package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/convert"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/adapt"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// connections hold the links between the Patients app and the record systems
// of its spaces: the same links as to a provider, and an R4 face before them.
// Wardbridge's own gateway is one of those record systems.
type connections struct {
	s    *System
	mu   sync.Mutex
	open map[string]*openConnection

	making sync.Mutex // of the client that asks the demo's tenants
}

// An openConnection is what stands between the app and one record system:
// convert ▸ adapt ▸ gather ▸ limit ▸ remote.
type openConnection struct {
	key    string // of the settings and the secret that it was made from
	remote *openRemote
	server fhir.Server
}

var _ patients.Records = (*connections)(nil)

func newConnections(s *System) *connections {
	return &connections{s: s, open: map[string]*openConnection{}}
}

const (
	// appBatch is how many entries leave in one batch: partners take 50 at
	// least (interface §7).
	appBatch = 48
	// appCalls are under way at once, batches among them; appQueue wait.
	appCalls = 16
	appQueue = 4096
)

// Open implements [patients.Records].
func (cs *connections) Open(ctx context.Context, c patients.Connection, secret string) (fhir.Server, error) {
	c, secret, err := cs.resolve(ctx, c, secret)
	if err != nil {
		return nil, err
	}
	key := keyOf(c, secret)
	cs.mu.Lock()
	o := cs.open[c.ID]
	cs.mu.Unlock()
	if o != nil && o.key == key {
		return o.server, nil
	}
	made, err := cs.make(ctx, c, secret, key)
	if err != nil {
		return nil, err
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if o := cs.open[c.ID]; o != nil {
		if o.key == key { // another was quicker
			cs.aside(made)
			return o.server, nil
		}
		cs.aside(o)
	}
	cs.open[c.ID] = made
	return made.server, nil
}

// make builds the links. Its record system's statement is read once, so that
// the link adapt knows what need not be tried; a system that cannot be reached
// is not asked for more.
func (cs *connections) make(ctx context.Context, c patients.Connection, secret, key string) (*openConnection, error) {
	v, err := fhir.ParseVersion(c.Version)
	if err != nil {
		return nil, err
	}
	p := connectionProvider(c)
	o := &openRemote{provider: p, version: v, memories: newMemories(p.Remote, &Observed{}), stop: func() {}}
	if err := cs.s.link(o, connectionSecrets(secret), appBatch); err != nil {
		return nil, err
	}
	if err := readStatement(access.WithPrincipal(ctx, principalOf(ctx, c)), o); err != nil {
		o.end()
		return nil, err
	}
	return &openConnection{key: key, remote: o, server: face(o, c)}, nil
}

// readStatement reads the statement of a record system, which is given to
// anyone, or else to those who sign in. Without one, what it can do is learned
// as it is asked.
func readStatement(ctx context.Context, o *openRemote) error {
	for _, server := range []fhir.Server{o.conn.open, o.conn.remote} {
		resp, err := server.Do(ctx, &fhir.Request{Interaction: fhir.Capabilities})
		if err == nil {
			o.memories.heard(resp.Resource.Body)
			return nil
		}
		err = reasoned(err)
		switch chart.ReasonOf(err) {
		case chart.ReasonDown, chart.ReasonTimeout, chart.ReasonBusy, chart.ReasonAddress, chart.ReasonUntrusted:
			return err
		}
	}
	return nil
}

// face is the record system in R4, for one connection.
func face(o *openRemote, c patients.Connection) fhir.Server {
	server := adapt.Link(o.server, adapt.Config{Memory: o.memories.of("")})
	server = convert.Link(server, fhir.R4, convert.Config{})
	return fhir.ServerFunc{V: fhir.R4, F: func(ctx context.Context, req *fhir.Request) (*fhir.Response, error) {
		resp, err := server.Do(access.WithPrincipal(ctx, principalOf(ctx, c)), req)
		if err != nil {
			return nil, reasoned(err)
		}
		return resp, nil
	}}
}

// principalOf is whom the record system is asked for: the connection's tenant,
// or the connection itself, so that nothing of two is ever in one batch.
func principalOf(ctx context.Context, c patients.Connection) access.Principal {
	p, _ := access.PrincipalFrom(ctx)
	p.Tenant, p.ClientID, p.TokenID = c.Tenant, "", ""
	if p.Tenant == "" {
		p.Tenant = c.ID
	}
	return p
}

// reasoned says why signing in failed, in the app's words.
func reasoned(err error) error {
	p, ok := credential.Explain(err)
	if !ok {
		return err
	}
	reason := map[credential.Reason]string{
		credential.ReasonUnreachable: chart.ReasonDown, credential.ReasonBusy: chart.ReasonBusy, credential.ReasonTimeout: chart.ReasonTimeout,
		credential.ReasonTLS: chart.ReasonUntrusted, credential.ReasonPolicy: chart.ReasonAddress, credential.ReasonInternal: chart.ReasonInternal,
		credential.ReasonCredentials: chart.ReasonCredentials, credential.ReasonRequest: chart.ReasonCredentials,
	}[p.Reason]
	if reason == "" {
		reason = chart.ReasonUnexpected
	}
	fe := *fhir.AsError(err)
	return fe.Because(&chart.Fault{Reason: reason, Err: p})
}

// connectionProvider is a connection as what the links to providers are made
// of.
func connectionProvider(c patients.Connection) provider.Provider {
	auth := credential.Settings{Method: c.Auth}
	switch c.Auth {
	case "":
		auth.Method = credential.None
	case credential.Basic:
		auth.Username = c.ClientID
	case credential.ClientSecretPost, credential.ClientSecretBasic:
		auth.ClientID, auth.TokenURL = c.ClientID, c.TokenURL
		if c.Tenant != "" {
			auth.Params = map[string]string{"scope": c.Tenant}
		}
	}
	return provider.Provider{
		Name: "connection " + c.ID, Kind: provider.KindRemote,
		Remote: &provider.Remote{URL: c.Link, Batches: provider.BatchesWhole, Concurrency: appCalls, Queue: appQueue, Auth: auth},
	}
}

func connectionSecrets(secret string) provider.Secrets {
	return provider.Secrets{Auth: credential.Secret{Value: secret}}
}

// keyOf tells the settings and the secret of a connection from others.
func keyOf(c patients.Connection, secret string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{c.Link, c.Version, c.Auth, c.ClientID, c.Tenant, c.TokenURL, secret}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// resolve gives a connection by a ready-made partner the partner's credentials.
// They go to the address that the partner has now, and to no other.
func (cs *connections) resolve(ctx context.Context, c patients.Connection, secret string) (patients.Connection, string, error) {
	if c.Choice == "" {
		return c, secret, nil
	}
	p, err := cs.partner(ctx, c.Choice)
	if err != nil {
		return c, "", err
	}
	switch {
	case p == nil, !p.own && p.link != c.Link:
		return c, "", &chart.Fault{Reason: chart.ReasonRemoved, Err: fmt.Errorf("the partner %q is not configured any more, or leads elsewhere", c.Choice)}
	case p.tenant != "":
		c.Tenant = p.tenant
	}
	if p.link != "" {
		c.Link = p.link
	}
	c.ClientID = p.clientID
	if c.Auth == "" {
		c.Auth = p.auth
	}
	return c, p.secret, nil
}

// Close implements [patients.Records].
func (cs *connections) Close(connection string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if o := cs.open[connection]; o != nil {
		delete(cs.open, connection)
		cs.aside(o)
	}
}

// aside lets the last requests of replaced links end before they are closed.
func (cs *connections) aside(o *openConnection) {
	cs.s.remotes.mu.Lock()
	defer cs.s.remotes.mu.Unlock()
	cs.s.remotes.setAside(o.remote)
}

func (cs *connections) close() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for _, o := range cs.open {
		o.remote.end()
	}
	clear(cs.open)
}
