package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/wire"
)

// An Authorizer signs calls in to a provider. It is safe for concurrent use and
// may block until ctx ends.
type Authorizer interface {
	// Authorize adds to the header of one call what the provider demands. The
	// tenant is that of the principal in ctx. Its errors are *fhir.Error of
	// KindUpstream, KindUnavailable or KindTimeout.
	Authorize(ctx context.Context, h http.Header) error
	// Refused tells that the provider answered 401 to a call with this header.
	// True means that another Authorize may do better; the call is then made
	// once more.
	Refused(ctx context.Context, h http.Header) bool
}

// Config is what a [Remote] is made of. Base and HTTP are required.
type Config struct {
	// Version is the provider's. Zero is not known yet: only capabilities can
	// then be asked, for [Detect].
	Version fhir.Version
	// Base is the provider's absolute URL, in any path form. It may hold
	// {tenant} and a query; the query goes with every call.
	Base string
	// HTTP makes the connections: its transport and time limit are used.
	// Redirects are not followed, whatever its policy, and no cookie is kept:
	// one would tie tenants together. For speed its transport should keep as many idle connections to
	// the provider as calls are made at once (MaxIdleConnsPerHost), and allow
	// HTTP/2; gzip is the transport's part.
	HTTP *http.Client
	// Authorize signs in; nil is an open provider.
	Authorize Authorizer
	// Headers go with every call; a value may hold {tenant}.
	Headers map[string]string
	// Media is sent as Accept and Content-Type; "" is the version's own.
	Media string
	// Search is how searches are sent: [SearchAuto] (also ""), [SearchGet] or
	// [SearchPost].
	Search string
	// MaxBytes bounds an answer, decompressed; 0 is [DefaultMaxBytes].
	MaxBytes int64
	// Depth bounds the nesting of an answer; 0 is fhir.MaxDepth.
	Depth int
	// Observe is told of each HTTP call when its answer has been read; it must
	// not block. May be nil.
	Observe func(ctx context.Context, c Call)
	// Clock tells the time; nil is time.Now.
	Clock func() time.Time
}

// How searches are sent.
const (
	// SearchAuto sends as a form (POST _search) what would put a person's data
	// into a URL or make one long, for as long as the provider takes it.
	SearchAuto = "auto"
	SearchGet  = "get"
	SearchPost = "post"
)

// DefaultMaxBytes bounds an answer.
const DefaultMaxBytes = 16 << 20

// tenantMark stands for the tenant's GUID in settings.
const tenantMark = "{tenant}"

// A Call is one HTTP call as it went. Nothing in it is personal or secret.
type Call struct {
	Interaction fhir.Interaction
	Type        string // resource type, "" at system level
	Method      string
	Status      int // 0 when there was no answer
	Bytes       int // of the answer
	Duration    time.Duration
	Err         error // why there was no answer, for the log; nil otherwise
}

// A Remote is a provider's FHIR server as a [fhir.Server]. It is safe for
// concurrent use.
type Remote struct {
	cfg       Config
	transport http.RoundTripper
	timeout   time.Duration // of one HTTP call; 0 is none

	tenant bool // settings hold {tenant}
	form   forms

	endpoint  *wire.Endpoint // when the base is the same for all
	mu        sync.Mutex
	endpoints map[string]*wire.Endpoint // by tenant
}

var _ fhir.Server = (*Remote)(nil)

// New checks cfg. It opens no connection.
func New(cfg Config) (*Remote, error) {
	if cfg.HTTP == nil {
		return nil, errors.New("remote: HTTP is required")
	}
	if cfg.Version != 0 && !cfg.Version.Valid() {
		return nil, fmt.Errorf("remote: version %v is not spoken here", cfg.Version)
	}
	switch cfg.Search {
	case "":
		cfg.Search = SearchAuto
	case SearchAuto, SearchGet, SearchPost:
	default:
		return nil, fmt.Errorf("remote: search %q: want %s, %s or %s", cfg.Search, SearchAuto, SearchGet, SearchPost)
	}
	if cfg.MaxBytes <= 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	endpoint, err := wire.ParseEndpoint(strings.ReplaceAll(cfg.Base, tenantMark, "tenant"))
	if err != nil {
		return nil, fmt.Errorf("remote: base %q: %w", cfg.Base, err)
	}
	r := &Remote{cfg: cfg, endpoint: endpoint, endpoints: map[string]*wire.Endpoint{}}
	r.tenant = strings.Contains(cfg.Base, tenantMark)
	if err := checkHeaders(cfg.Headers); err != nil {
		return nil, err
	}
	r.transport, r.timeout = cfg.HTTP.Transport, cfg.HTTP.Timeout
	if r.transport == nil {
		r.transport = http.DefaultTransport
	}
	return r, nil
}

// Version implements [fhir.Server].
func (r *Remote) Version() fhir.Version { return r.cfg.Version }

// ours are the headers that settings cannot change.
var ours = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Connection": true, "Content-Length": true, "Content-Type": true, "Host": true,
	"Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true,
}

func checkHeaders(headers map[string]string) error {
	for name, value := range headers {
		switch {
		case !token(name) || ours[http.CanonicalHeaderKey(name)]:
			return fmt.Errorf("remote: header %q cannot be set for a provider", name)
		case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
			return fmt.Errorf("remote: the value of header %q has a control character", name)
		}
	}
	return nil
}

// token reports whether s is a token of RFC 9110 §5.6.2.
func token(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}

// maxEndpoints bounds what is kept per tenant.
const maxEndpoints = 1024

// endpointFor is where the tenant's data is.
func (r *Remote) endpointFor(ctx context.Context) (*wire.Endpoint, error) {
	if !r.tenant {
		return r.endpoint, nil
	}
	tenant, err := tenantOf(ctx)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.endpoints[tenant]; e != nil {
		return e, nil
	}
	e, err := wire.ParseEndpoint(strings.ReplaceAll(r.cfg.Base, tenantMark, escape(tenant)))
	if err != nil {
		return nil, fhir.Internal(err)
	}
	if len(r.endpoints) >= maxEndpoints {
		clear(r.endpoints)
	}
	r.endpoints[tenant] = e
	return e, nil
}

// tenantOf is the tenant of the principal in ctx.
func tenantOf(ctx context.Context) (string, error) {
	p, _ := access.PrincipalFrom(ctx)
	if p.Tenant == "" {
		return "", fhir.Errorf(fhir.KindUpstream, "transient", "The provider's settings depend on the tenant, and this request has none.")
	}
	return p.Tenant, nil
}
