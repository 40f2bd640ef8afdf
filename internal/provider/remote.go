package provider

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/wardbridge/wardbridge/internal/fhir/wire"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// KindRemote is the kind of a provider whose FHIR server is elsewhere.
const KindRemote = "remote"

// TenantPlaceholder stands for the tenant's GUID in a remote provider's base
// URL, in the values of its headers and in its token parameters.
const TenantPlaceholder = credential.Placeholder

// How a remote provider is searched and takes batches.
const (
	SearchAuto, SearchGet, SearchPost = "auto", "get", "post"
	BatchesSingle, BatchesWhole       = "single", "whole"
)

// A Remote is how a provider's own FHIR server is reached. It holds nothing
// secret: that is in [Secrets]. The zero value of a field is its default.
type Remote struct {
	URL    string `json:"url"` // absolute http or https URL of the FHIR base
	Preset string `json:"preset,omitempty"`
	// Pinned says that the version was given, not read from the statement: a
	// statement that says otherwise is not believed.
	Pinned    bool              `json:"versionPinned,omitempty"`
	MediaType string            `json:"mediaType,omitempty"` // of requests and wanted of answers
	Headers   map[string]string `json:"headers,omitempty"`   // sent with every call
	CA        string            `json:"ca,omitempty"`        // PEM of authorities to trust beside the system's
	// Certificate is the PEM chain shown to the server (mTLS); its key is in
	// [Secrets].
	Certificate string              `json:"certificate,omitempty"`
	Proxy       string              `json:"proxy,omitempty"`
	Timeout     Duration            `json:"timeout,omitzero"`  // of one call; 10 s
	Search      string              `json:"search,omitempty"`  // auto, get or post
	Batches     string              `json:"batches,omitempty"` // single or whole
	Concurrency int                 `json:"concurrency,omitempty"`
	Queue       int                 `json:"queue,omitempty"`
	Retries     *int                `json:"retries,omitempty"`
	Hedge       Duration            `json:"hedge,omitzero"`    // 0 is never
	CacheFor    Duration            `json:"cacheFor,omitzero"` // 0 is never
	Auth        credential.Settings `json:"auth"`
}

// Secrets are what a remote provider is signed in to with. They are kept
// encrypted and bound to the provider, and never shown again.
type Secrets struct {
	Auth credential.Secret
	// CertificateKey is the PEM private key of [Remote.Certificate].
	CertificateKey string
}

// A Duration is a [time.Duration] that reads and writes as text: 10s, 1m30s.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// Bounds of what may be configured.
const (
	maxRemoteTimeout = 5 * time.Minute
	maxConcurrency   = 1024
	maxQueue         = 65536
	maxRetries       = 5
	maxCacheFor      = 10 * time.Minute
)

// validate checks r and its secrets, reports every mistake at once, and brings
// the URL into its plain form.
func (r *Remote) validate(name string, sec Secrets) error {
	var errs []error
	no := func(err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: provider %q: %w", ErrInvalid, name, err))
		}
	}
	no(r.checkURL())
	no(checkMedia(r.MediaType))
	for k, v := range r.Headers {
		no(checkHeader(k, v))
	}
	if r.CA != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(r.CA)) {
		no(errors.New("the CA file holds no PEM certificate"))
	}
	no(checkPair(r.Certificate, sec.CertificateKey))
	if u, err := url.Parse(r.Proxy); r.Proxy != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil) {
		no(errors.New("proxy: want an http or https URL without a user, such as http://proxy.example.org:3128"))
	}
	no(oneOf("search", r.Search, "", SearchAuto, SearchGet, SearchPost))
	no(oneOf("batches", r.Batches, "", BatchesSingle, BatchesWhole))
	no(within("concurrency", r.Concurrency, maxConcurrency))
	no(within("queue", r.Queue, maxQueue))
	if r.Retries != nil {
		no(within("retries", *r.Retries, maxRetries))
	}
	no(within("timeout", r.Timeout, Duration(maxRemoteTimeout)))
	no(within("hedge", r.Hedge, Duration(maxRemoteTimeout)))
	no(within("cache", r.CacheFor, Duration(maxCacheFor)))
	no(r.Auth.Validate(sec.Auth))
	return errors.Join(errs...)
}

func oneOf(what, v string, list ...string) error {
	if slices.Contains(list, v) {
		return nil
	}
	return fmt.Errorf("%s %q: want %s", what, v, strings.Join(list[1:], " or "))
}

func within[T int | Duration](what string, v, most T) error {
	if v >= 0 && v <= most {
		return nil
	}
	if most, ok := any(most).(Duration); ok {
		return fmt.Errorf("%s: want 0s to %v", what, time.Duration(most))
	}
	return fmt.Errorf("%s: want 0 to %d", what, most)
}

// checkURL accepts any path form. A user or a password in it would end up in
// logs, and a fragment means nothing.
func (r *Remote) checkURL() error {
	r.URL = strings.TrimSpace(r.URL)
	const want = "want the absolute URL of the FHIR base, such as https://ehr.example.org/fhir"
	const stand = "zz-tenant-zz" // what the placeholder is while the URL is parsed
	base := strings.ReplaceAll(r.URL, TenantPlaceholder, stand)
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("url %q: %s", r.URL, want)
	case u.User != nil:
		return fmt.Errorf("the url holds a user or a password; %s, and sign in with --auth basic", want)
	case u.Fragment != "":
		return fmt.Errorf("url %q: %s; what follows # is never sent", r.URL, want)
	case strings.Contains(u.Host, stand):
		return fmt.Errorf("url %q: %s may be in the path or the query, not in the host", r.URL, TenantPlaceholder)
	case strings.ContainsAny(base, "{}"):
		return fmt.Errorf("url %q: %s, in lower case, is all that may stand in braces", r.URL, TenantPlaceholder)
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return fmt.Errorf("url %q: %s is no port; want 1 to 65535", r.URL, u.Port())
	}
	if _, err := wire.ParseEndpoint(base); err != nil {
		return fmt.Errorf("url %q: %w", r.URL, err)
	}
	// What people paste is often the address of the statement.
	if path, ok := strings.CutSuffix(strings.TrimRight(r.URL, "/"), "/metadata"); ok {
		r.URL = path
	}
	return nil
}

func checkMedia(media string) error {
	if media == "" {
		return nil
	}
	if typ, _, err := mime.ParseMediaType(media); err != nil || !strings.Contains(typ, "/") || !httpguts.ValidHeaderFieldValue(media) {
		return fmt.Errorf("media type %q: want one such as application/fhir+json or application/json", media)
	}
	return nil
}

// ours are the headers that the calls themselves set.
var ours = []string{
	"Authorization", "Host", "Accept", "Accept-Encoding", "Content-Type", "Content-Length", "Connection", "Transfer-Encoding", "Te", "Trailer",
	"Upgrade", "Proxy-Authorization", "Proxy-Connection", "Keep-Alive", "Cookie", "Expect", "If-None-Match", "If-Modified-Since", "If-Match", "Prefer",
}

func checkHeader(name, value string) error {
	switch {
	case !httpguts.ValidHeaderFieldName(name):
		return fmt.Errorf("header %q: not a header name", name)
	case slices.Contains(ours, http.CanonicalHeaderKey(name)):
		return fmt.Errorf("header %q is set by the calls themselves; to sign in use --auth", name)
	case !httpguts.ValidHeaderFieldValue(value):
		return fmt.Errorf("header %q: its value cannot be sent", name)
	}
	return nil
}

func checkPair(certificate, key string) error {
	switch {
	case certificate == "" && key == "":
		return nil
	case certificate == "":
		return errors.New("a client key without a certificate: give --client-cert-file too")
	case key == "":
		return errors.New("a client certificate without its key: give --client-key-file too")
	}
	if _, err := tls.X509KeyPair([]byte(certificate), []byte(key)); err != nil {
		return fmt.Errorf("client certificate and key: %w", err)
	}
	return nil
}

// Subjects names the certificates in a PEM text, and when they end, for
// people.
func Subjects(text string) []string {
	var out []string
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return out
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			out = append(out, c.Subject.String()+" until "+c.NotAfter.UTC().Format(time.DateOnly))
		}
	}
}
