package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/outbound"
	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
	"github.com/wardbridge/wardbridge/internal/provider/remote"
)

// A Step is one thing that was tried on a provider.
type Step struct {
	Name    string            `json:"name"`
	Outcome string            `json:"outcome"`
	Took    provider.Duration `json:"took"`
	Detail  string            `json:"detail,omitempty"` // what was found, or why it failed
	Advice  string            `json:"advice,omitempty"` // what to do about it
}

// Outcomes of a [Step].
const (
	StepOK      = "ok"
	StepFailed  = "failed"
	StepSkipped = "skipped"
)

// A probe asks one provider step by step.
type probe struct {
	s     *System
	p     provider.Provider
	sec   provider.Secrets
	base  *url.URL
	conn  *connection
	steps []Step

	spoken  fhir.Version // what its statement says
	release string
}

// TestProvider asks a provider elsewhere what a server would ask it, and says
// how each step went. tenant says as whom; "" takes one that is mapped to it.
// The error is for what keeps it from trying at all.
func (s *System) TestProvider(ctx context.Context, name, tenant string) ([]Step, error) {
	p, err := s.Providers.GetProvider(ctx, name)
	if err != nil {
		return nil, err
	}
	if p.Kind != provider.KindRemote {
		return nil, fmt.Errorf("%w: provider %q is the embedded store %q: there is nothing to connect to", provider.ErrInvalid, name, p.Store)
	}
	if err := s.Providers.Reload(ctx); err != nil {
		return nil, err
	}
	sec, err := s.Providers.Secrets(name)
	if err != nil {
		return nil, err
	}
	if tenant, err = s.tenantFor(ctx, p, tenant); err != nil {
		return nil, err
	}
	b := &probe{s: s, p: p, sec: sec}
	if b.conn, err = s.connect(p, p.Version, sec); err != nil {
		return nil, err
	}
	defer b.conn.close()
	if b.base, err = url.Parse(strings.ReplaceAll(p.Remote.URL, provider.TenantPlaceholder, tenant)); err != nil {
		return nil, err
	}
	b.run(access.WithPrincipal(ctx, access.Principal{Tenant: tenant}))
	return b.steps, nil
}

// tenantFor is whom a provider is asked as.
func (s *System) tenantFor(ctx context.Context, p provider.Provider, tenant string) (string, error) {
	if tenant != "" {
		id, ok := provider.NormalizeTenant(tenant)
		if !ok {
			return "", fmt.Errorf("%w: tenant %q: want a GUID", provider.ErrInvalid, tenant)
		}
		return id, nil
	}
	all, err := s.Providers.ListTenants(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range all {
		if t.Provider == p.Name {
			return t.ID, nil
		}
	}
	return "", nil
}

// run tries each step. A step that cannot be tried after an earlier one failed
// is skipped.
func (b *probe) run(ctx context.Context) {
	ok := b.step("dns", b.resolved(), func() (string, error) { return b.resolve(ctx) }) &&
		b.step("connection", b.proxied(), func() (string, error) { return b.dial(ctx) })
	ok = b.step("metadata", unless(ok), func() (string, error) { return b.metadata(ctx) }) && ok
	ok = b.step("version", unless(ok), b.version) && ok
	signedIn := b.step("token", b.tokenless(ok), func() (string, error) { return b.token(ctx) })
	searched := b.step("search", unless(ok && signedIn), func() (string, error) { return b.search(ctx) })
	b.step("batch", unless(ok && searched), func() (string, error) { return b.batch(ctx) })
	b.needless()
}

// needless: a provider that takes no batches does as well, where entries are
// sent one by one.
func (b *probe) needless() {
	last := &b.steps[len(b.steps)-1]
	if last.Outcome == StepFailed && b.p.Remote.Batches != provider.BatchesWhole {
		last.Outcome, last.Advice = StepSkipped, ""
		last.Detail = "it takes none, and need not: entries are sent one by one"
	}
}

const skipped = "an earlier step failed"

func unless(ok bool) string {
	if ok {
		return ""
	}
	return skipped
}

func (b *probe) resolved() string {
	if _, err := netip.ParseAddr(b.base.Hostname()); err != nil && b.p.Remote.Proxy != "" {
		return "the proxy resolves the name"
	}
	return ""
}

func (b *probe) proxied() string {
	if b.p.Remote.Proxy != "" {
		return "the proxy connects"
	}
	return ""
}

func (b *probe) tokenless(ok bool) string {
	if !b.p.Remote.Auth.UsesTokens() {
		return "--auth " + b.p.Remote.Auth.Method + " needs none"
	}
	return unless(ok)
}

// step tries one thing; skip says why it is not tried. It reports whether
// later steps make sense.
func (b *probe) step(name, skip string, try func() (string, error)) bool {
	if skip != "" {
		b.steps = append(b.steps, Step{Name: name, Outcome: StepSkipped, Detail: skip})
		return skip != skipped
	}
	begun := time.Now()
	detail, err := try()
	st := Step{Name: name, Outcome: StepOK, Took: provider.Duration(time.Since(begun)), Detail: detail}
	if err != nil {
		st.Outcome, st.Detail, st.Advice = StepFailed, explain(err), advice(err)
	}
	b.steps = append(b.steps, st)
	return err == nil
}

func (b *probe) resolve(ctx context.Context) (string, error) {
	addrs, err := b.conn.dialer.Resolve(ctx, b.base.Hostname())
	if err != nil {
		return "", err
	}
	list := make([]string, len(addrs))
	for i, a := range addrs {
		list[i] = a.String()
	}
	if _, err := netip.ParseAddr(b.base.Hostname()); err == nil {
		return "an address, no name", nil
	}
	return strings.Join(list, " "), nil
}

func (b *probe) dial(ctx context.Context) (string, error) {
	state, err := b.conn.dialer.Connect(ctx, b.base)
	switch {
	case err != nil:
		return "", err
	case state == nil:
		return "without TLS: whoever is on the way can read the records", nil
	}
	leaf := state.PeerCertificates[0]
	return fmt.Sprintf("%s, certificate of %s until %s", tls.VersionName(state.Version), leaf.Issuer.CommonName, leaf.NotAfter.UTC().Format(time.DateOnly)), nil
}

func (b *probe) metadata(ctx context.Context) (detail string, err error) {
	if b.spoken, b.release, err = b.s.detect(ctx, b.p, b.sec); err != nil {
		return "", err
	}
	return "a statement was given", nil
}

func (b *probe) version() (string, error) {
	switch {
	case b.spoken == b.p.Version:
		return "FHIR " + b.release, nil
	case b.p.Remote.Pinned:
		return fmt.Sprintf("says FHIR %s; the version is pinned to %s", b.release, b.p.Version.Release()), nil
	}
	return fmt.Sprintf("FHIR %s; it was %s when last asked, and running servers follow when they next read the statement", b.release, b.p.Version.Release()), nil
}

func (b *probe) token(ctx context.Context) (string, error) {
	if err := b.conn.source.Authorize(ctx, map[string][]string{}); err != nil {
		return "", err
	}
	return "a token was given", nil
}

func (b *probe) search(ctx context.Context) (string, error) {
	resp, err := b.conn.remote.Do(ctx, onePatient())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Patient: %d on the page", len(resp.Matches)), nil
}

func (b *probe) batch(ctx context.Context) (string, error) {
	resp, err := b.conn.remote.Do(ctx, &fhir.Request{Interaction: fhir.Batch, Entries: []fhir.Entry{{Request: onePatient()}, {Request: onePatient()}}})
	if err != nil {
		return "", err
	}
	for _, r := range resp.Results {
		if r.Err != nil {
			return "", r.Err
		}
	}
	return fmt.Sprintf("%d entries answered", len(resp.Results)), nil
}

func onePatient() *fhir.Request {
	return &fhir.Request{Interaction: fhir.Search, Type: "Patient", Params: []fhir.Param{{Name: "_count", Value: "1"}}}
}

// namesOf are whom a certificate is for.
func namesOf(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, a := range c.IPAddresses {
		names = append(names, a.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	return names
}

// detect reads the provider's statement and gives the version it speaks. Most
// servers give it to anyone; others want to be signed in to.
func (s *System) detect(ctx context.Context, p provider.Provider, sec provider.Secrets) (fhir.Version, string, error) {
	c, err := s.connect(p, 0, sec)
	if err != nil {
		return 0, "", err
	}
	defer c.close()
	var errs []error
	for _, server := range []fhir.Server{c.open, c.remote} {
		resp, err := server.Do(ctx, &fhir.Request{Interaction: fhir.Capabilities})
		if err == nil {
			v, release, err := remote.Detect(resp.Resource.Body)
			if err == nil {
				return v, release, nil
			}
			return 0, "", err
		}
		errs = append(errs, err)
		if p.Remote.Auth.Method == credential.None || fhir.AsError(err).Kind != fhir.KindUpstream {
			break
		}
	}
	return 0, "", errs[len(errs)-1]
}

// explain says a failure to an operator: what strangers may know, and the cause.
func explain(err error) string {
	if !errors.As(err, new(*fhir.Error)) {
		return err.Error()
	}
	text := strings.TrimSuffix(publicText(err), ".")
	if cause := errors.Unwrap(fhir.AsError(err)); cause != nil {
		text += " (" + cause.Error() + ")"
	}
	return text
}

// advice says what an operator can do about a failure, where that is known.
func advice(err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		dns      *net.DNSError
		header   tls.RecordHeaderError
		op       *net.OpError
		proxy    *outbound.ProxyError
	)
	if p, ok := credential.Explain(err); ok {
		return p.Do
	}
	switch {
	case errors.Is(err, outbound.ErrRefused):
		return "If that network is meant to be reached, add it to " + outbound.AllowKey + " in " + ConfigName + " in the data directory, where the server and the commands find it."
	case errors.Is(err, outbound.ErrTooLarge):
		return "No FHIR server should say so much there. Check --url."
	case errors.As(err, &unknown):
		return "If the certificate is of an authority of your own, give its certificate with --ca-file."
	case errors.As(err, &hostname):
		return "The certificate is for " + strings.Join(namesOf(hostname.Certificate), ", ") + ": use that name in --url, or ask the provider for a certificate with the name in use."
	case errors.As(err, &invalid):
		return "Ask the provider to renew its certificate; check this machine's clock too."
	case errors.As(err, &dns):
		return "Check the name in --url, and that this machine can resolve it."
	case errors.As(err, &proxy) && proxy.Status == http.StatusProxyAuthRequired:
		return "The proxy wants to be signed in to, which is not supported. Have it let this machine through."
	case errors.As(err, &proxy) && proxy.Status < http.StatusInternalServerError:
		return "The proxy does not let connections to " + proxy.Host + " through. Have it allow them, or check --url and --proxy."
	case errors.As(err, &proxy):
		return "The proxy cannot reach " + proxy.Host + ". Check the name in --url, and whether the proxy may go there."
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return "The proxy itself cannot be reached. Check --proxy."
	case errors.As(err, &op) && op.Op == "remote error": // a TLS alert
		return "The server ends the TLS handshake. It may want a client certificate: give --client-cert-file and --client-key-file."
	case errors.As(err, &header):
		return "The server does not speak TLS on this port: try http:// or another port."
	case errors.Is(err, context.DeadlineExceeded):
		return "The server is too slow or does not answer. Check that it can be reached from here; --timeout gives it longer."
	case errors.As(err, &op) && op.Op == "dial":
		return "Check host and port in --url, that the server is up, and what is between: a firewall, or a way out by --proxy only."
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF):
		return "The server hangs up. Check the port in --url, and whether it is https:// there."
	}
	if status, ok := errors.AsType[interface {
		error
		HTTPStatus() int
	}](err); ok {
		return statusAdvice(status.HTTPStatus())
	}
	return ""
}

func statusAdvice(status int) string {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return "The server redirects, which is never followed. If the address it leads to is the provider's own, give that as --url."
	case http.StatusUnauthorized:
		return "The server wants to be signed in to, or in another way: see --auth, and whether its token is meant for this server."
	case http.StatusForbidden:
		return "Ask the provider to grant read access to the interface's types; without --auth, ask how to sign in."
	case http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return "Ask the provider in which media type it speaks FHIR JSON, and give it with --media-type."
	}
	return ""
}
