package reqtest

import (
	"maps"
	"net/http"
	"strings"
	"testing"
)

// The tenants of the contract. tenantC is mapped nowhere; the others are for
// tests that change mappings.
const (
	tenantA = "11111111-1111-4111-8111-111111111111"
	tenantB = "22222222-2222-4222-8222-222222222222"
	tenantC = "33333333-3333-4333-8333-333333333333"
	tenantD = "44444444-4444-4444-8444-444444444444"
	tenantE = "aaaaaaaa-5555-4555-8555-555555555555"
	tenantF = "ffffffff-6666-4666-8666-666666666666"
)

// What only one tenant's records contain, in lower case.
const (
	markA = "qqmarkera"
	markB = "qqmarkerb"
)

// A Client is a registered client of the server under test.
type Client struct{ ID, Secret string }

// A Target is a running server with the fixtures of one source, asked on one
// face.
type Target struct {
	Face     Face
	Source   Source
	Origin   string // scheme and host
	Base     string // the face's FHIR base, without a trailing slash
	TokenURL string
	App1     Client // A and B
	App2     Client // A
	App3     Client // every tenant there is
	Admin    Admin

	http   *http.Client
	tokens map[string]string
}

// Admin is what an operator can do beside the running server. A change is in
// effect at the latest one second after the call has come back.
type Admin interface {
	MapTenant(t *testing.T, tenant, provider string)
	UnmapTenant(t *testing.T, tenant string)
	// CreateStore makes an empty store of the source's version and a provider
	// of the same name over it, and imports the files. Beside a foreign server
	// it is an embedded one.
	CreateStore(t *testing.T, name string, files ...string)
	// BreakStore makes a store unable to answer.
	BreakStore(t *testing.T, name string)
	CreateClient(t *testing.T, name string, tenants ...string) Client
	// CreateKeyClient registers a client by its public keys (a JWKS).
	CreateKeyClient(t *testing.T, name string, jwks []byte, tenants ...string) Client
	// RegenerateSecret adds a secret and lets the old ones live on.
	RegenerateSecret(t *testing.T, c Client) Client
	// RevokeSecret ends the given secret.
	RevokeSecret(t *testing.T, c Client)
	// Audit is every record found by the arguments of `audit search`.
	Audit(t *testing.T, args ...string) []AuditRecord
	// AuditRaw is what is on the disk of the audit, as far as bytes tell.
	DataFiles(t *testing.T) map[string][]byte
	// BlockWrites keeps the server from writing to its main database until the
	// returned function is called.
	BlockWrites(t *testing.T) func()
	// Log is all the server has written so far.
	Log(t *testing.T) []byte
	// StoreBase is the base of a store's own endpoint; Open says whether it
	// answers without a token.
	StoreBase(name string) string
}

// An AuditRecord is a record in the suite's own words.
type AuditRecord struct {
	RequestID, Tenant, Client, TokenID, Operation, Interaction, Type string

	Entry    int
	IDs      []string
	Patients []string
	Params   []string
	Status   int
	Phase    string
	Raw      string
}

// token is a token for the client and tenant, asked for once.
func (g *Target) token(t *testing.T, c Client, tenant string) string {
	t.Helper()
	key := c.ID + " " + tenant
	if tok := g.tokens[key]; tok != "" {
		return tok
	}
	tok := g.freshToken(t, c, tenant)
	g.tokens[key] = tok
	return tok
}

func (g *Target) freshToken(t *testing.T, c Client, tenant string) string {
	t.Helper()
	return g.grant(t, form("grant_type", "client_credentials", "client_id", c.ID, "client_secret", c.Secret, "scope", tenant), nil).
		want(t, http.StatusOK).text(t, "access_token")
}

// grant posts a form to the token endpoint.
func (g *Target) grant(t *testing.T, body string, header http.Header) *reply {
	t.Helper()
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	maps.Copy(h, header)
	return (&caller{target: g}).do(t, http.MethodPost, g.TokenURL, body, h)
}

// as is a caller with a token of app1 for the tenant.
func (g *Target) as(t *testing.T, tenant string) *caller {
	t.Helper()
	c := &caller{target: g, token: g.token(t, g.App1, tenant), foreign: []string{markB}}
	if tenant == tenantB {
		c.foreign = []string{markA}
	}
	return c
}

// bearing is a caller with any token, or none.
func (g *Target) bearing(token string) *caller {
	return &caller{target: g, token: token, foreign: []string{markB}}
}

// url makes a path absolute; what is absolute already stays.
func (g *Target) url(path string) string {
	if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
		return path
	}
	if path == "" || strings.HasPrefix(path, "/") {
		return g.Base + path
	}
	return g.Base + "/" + path
}
