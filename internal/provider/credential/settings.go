package credential

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Methods are the ways to sign in.
const (
	None              = "none"                // an open server
	Bearer            = "bearer"              // a fixed token in Authorization
	Basic             = "basic"               // RFC 7617
	Header            = "header"              // an API key in a header with a name
	ClientSecretPost  = "client_secret_post"  // RFC 6749 §2.3.1, in the body
	ClientSecretBasic = "client_secret_basic" // RFC 6749 §2.3.1, in Authorization
	ClientSecretJWT   = "client_secret_jwt"   // RFC 7523 §2.2, HS256
	PrivateKeyJWT     = "private_key_jwt"     // RFC 7523 §2.2, SMART Backend Services
	JWTBearer         = "jwt_bearer"          // RFC 7523 §2.1, the assertion is the grant
)

// Methods lists them all.
func Methods() []string {
	return []string{None, Bearer, Basic, Header, ClientSecretPost, ClientSecretBasic, ClientSecretJWT, PrivateKeyJWT, JWTBearer}
}

// NoClaim as [Settings.Subject] leaves the claim out of an assertion.
const NoClaim = "-"

// Placeholder stands for the tenant's GUID, in lower case, in the values that
// may hold it.
const Placeholder = "{tenant}"

// Settings say how a provider wants to be signed in to. They hold no secret
// and are stored as JSON. Username, TokenURL, ClientID, Audience, Issuer,
// Subject and the values of Claims, Params and TokenHeaders may hold
// {tenant}.
type Settings struct {
	Method string `json:"method,omitempty"` // one of [Methods]; "" is none

	Username string `json:"username,omitempty"` // basic
	Header   string `json:"header,omitempty"`   // header: the name that carries the key
	Prefix   string `json:"prefix,omitempty"`   // bearer, header: the word before the value; bearer's own is "Bearer"

	TokenURL string `json:"tokenURL,omitempty"` // "" is discovered from the provider
	ClientID string `json:"clientID,omitempty"`

	// Of the assertion (client_secret_jwt, private_key_jwt, jwt_bearer).
	Algorithm string            `json:"algorithm,omitempty"` // "" goes by the key
	KeyID     string            `json:"keyID,omitempty"`     // kid; "" is the JWK's own, or none
	Audience  string            `json:"audience,omitempty"`  // aud; "" is the token URL
	Issuer    string            `json:"issuer,omitempty"`    // iss; "" is the client id
	Subject   string            `json:"subject,omitempty"`   // sub; "" is the client id, "-" leaves it out
	Claims    map[string]string `json:"claims,omitempty"`    // further claims

	JSON         bool              `json:"json,omitempty"`         // the token request's body is JSON instead of a form
	Params       map[string]string `json:"params,omitempty"`       // further token parameters: scope, resource, audience
	TokenHeaders map[string]string `json:"tokenHeaders,omitempty"` // further headers of the token request
}

// UsesTokens tells that the method gets access tokens from a token endpoint.
func (s Settings) UsesTokens() bool {
	switch s.Method {
	case ClientSecretPost, ClientSecretBasic, ClientSecretJWT, PrivateKeyJWT, JWTBearer:
		return true
	}
	return false
}

func (s Settings) usesAssertion() bool {
	return s.Method == ClientSecretJWT || s.usesKey()
}

func (s Settings) usesKey() bool { return s.Method == PrivateKeyJWT || s.Method == JWTBearer }

// PerTenant tells that what we sign in with differs by tenant.
func (s Settings) PerTenant() bool {
	one := func(v string) bool { return strings.Contains(v, Placeholder) }
	return slices.ContainsFunc([]string{s.Username, s.TokenURL, s.ClientID, s.Audience, s.Issuer, s.Subject}, one) ||
		slices.ContainsFunc(slices.Collect(maps.Values(s.Claims)), one) ||
		slices.ContainsFunc(slices.Collect(maps.Values(s.Params)), one) ||
		slices.ContainsFunc(slices.Collect(maps.Values(s.TokenHeaders)), one)
}

// For gives the settings with {tenant} replaced.
func (s Settings) For(tenant string) Settings {
	put := func(v string) string { return strings.ReplaceAll(v, Placeholder, tenant) }
	all := func(m map[string]string) map[string]string {
		if m == nil {
			return nil
		}
		out := make(map[string]string, len(m))
		for k, v := range m {
			out[k] = put(v)
		}
		return out
	}
	s.Username, s.TokenURL, s.ClientID = put(s.Username), put(s.TokenURL), put(s.ClientID)
	s.Audience, s.Issuer, s.Subject = put(s.Audience), put(s.Issuer), put(s.Subject)
	s.Claims, s.Params, s.TokenHeaders = all(s.Claims), all(s.Params), all(s.TokenHeaders)
	return s
}

// As gives the settings for another method: what that one uses too is kept,
// all else is dropped.
func (s Settings) As(method string) Settings {
	out := Settings{Method: method}
	if method == s.Method {
		return s
	}
	if !out.UsesTokens() {
		return out
	}
	out.TokenURL, out.ClientID, out.JSON, out.Params, out.TokenHeaders = s.TokenURL, s.ClientID, s.JSON, s.Params, s.TokenHeaders
	if out.usesAssertion() {
		out.KeyID, out.Audience, out.Issuer, out.Subject, out.Claims = s.KeyID, s.Audience, s.Issuer, s.Subject, s.Claims
	} else if _, beside := s.Params["client_id"]; beside {
		out.Params = maps.Clone(s.Params)
		delete(out.Params, "client_id") // the method says it itself
	}
	return out
}

// Fill completes the settings from what the key's own file says: the kid and
// algorithm of a JWK, key id and address of a service account. What is set
// stays. A key that cannot be read fills nothing; [Settings.Validate] tells.
func (s *Settings) Fill(sec Secret) {
	if s.Method == "" {
		s.Method = None
	}
	if s.Method == ClientSecretJWT && s.Algorithm == "" {
		s.Algorithm = HS256
	}
	if !s.usesKey() || sec.PrivateKey == "" {
		return
	}
	k, err := parseKey(sec.PrivateKey)
	if err != nil {
		return
	}
	if s.KeyID == "" {
		s.KeyID = k.id
	}
	if s.ClientID == "" {
		s.ClientID = k.client
	}
	if s.Algorithm == "" {
		s.Algorithm = k.defaultAlgorithm()
	}
}

// Validate checks settings and secret together and reports every fault, each
// with the flag that mends it. No text holds the secret.
func (s *Settings) Validate(sec Secret) error {
	c := *s
	c.Fill(sec)
	v := &validation{}
	if !slices.Contains(Methods(), c.Method) {
		v.add("--auth %q is not known; want one of %s", c.Method, strings.Join(Methods(), ", "))
		return v.err()
	}
	c.validateSecret(sec, v)
	c.validateStatic(v)
	if c.UsesTokens() {
		c.validateToken(v)
	} else if c.hasTokenSettings() {
		v.add("--auth %s gets no tokens: leave out the --token-… and --assertion-… flags, --client-id, --algorithm and --key-id", c.Method)
	}
	return v.err()
}

type validation struct{ faults []error }

func (v *validation) add(format string, args ...any) {
	v.faults = append(v.faults, fmt.Errorf(format, args...))
}
func (v *validation) err() error { return errors.Join(v.faults...) }

func (s Settings) hasTokenSettings() bool {
	return s.TokenURL+s.ClientID+s.Algorithm+s.KeyID+s.Audience+s.Issuer+s.Subject != "" || s.JSON ||
		len(s.Params)+len(s.TokenHeaders)+len(s.Claims) > 0
}

// secretFlag is the flag that gives a method's secret, "" when it has none.
func secretFlag(method string) string {
	switch method {
	case Bearer:
		return "--bearer-file"
	case Basic:
		return "--password-file"
	case Header:
		return "--api-key-file"
	case ClientSecretPost, ClientSecretBasic, ClientSecretJWT:
		return "--client-secret-file"
	case PrivateKeyJWT, JWTBearer:
		return "--private-key-file"
	}
	return ""
}

func (s Settings) validateSecret(sec Secret, v *validation) {
	flag := secretFlag(s.Method)
	switch {
	case flag == "":
		if !sec.IsZero() {
			v.add("--auth none needs no secret: leave it out, or choose the method it is for with --auth")
		}
		return
	case s.usesKey():
		if sec.Value != "" {
			v.add("--auth %s signs with a key: leave out the secret", s.Method)
		}
		s.validateKey(sec, v)
		return
	case sec.PrivateKey != "":
		v.add("--auth %s uses no private key: leave out --private-key-file", s.Method)
	}
	switch {
	case sec.Value == "":
		v.add("--auth %s needs its secret: give %s", s.Method, flag)
	case s.Method == Bearer || s.Method == Header:
		if !plainValue(sec.Value) {
			v.add("%s: the value cannot go in a header; it must be one line of printable ASCII without spaces at its ends", flag)
		}
	case s.Method == ClientSecretJWT && len(sec.Value) < 32:
		v.add("%s: HS256 needs a secret of at least 32 bytes (RFC 7518 §3.2); ask the vendor for a longer one or use another --auth", flag)
	case strings.TrimRight(sec.Value, "\r\n") != sec.Value:
		v.add("%s: the secret ends with a line break; write the file without", flag)
	}
}

// plainValue tells that a value can stand in a header as it is.
func plainValue(s string) bool {
	return strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func (s Settings) validateKey(sec Secret, v *validation) {
	if sec.PrivateKey == "" {
		v.add("--auth %s needs a key: give --private-key-file", s.Method)
		return
	}
	k, err := parseKey(sec.PrivateKey)
	if err != nil {
		v.add("--private-key-file: %w", err)
		return
	}
	if !k.fits(s.Algorithm) {
		want := "ES384"
		if k.isRSA() {
			want = "RS256 or RS384"
		}
		v.add("--algorithm %q does not fit the key; want %s", s.Algorithm, want)
	}
}

func (s Settings) validateStatic(v *validation) {
	if s.Method == Basic {
		if s.Username == "" {
			v.add("--auth basic needs --username")
		}
		if strings.ContainsFunc(s.Username, func(r rune) bool { return r == ':' || r < ' ' || r == 0x7F }) {
			v.add("--username may hold neither a colon nor control characters (RFC 7617 §2)")
		}
	} else if s.Username != "" {
		v.add("--username is for --auth basic; for %s leave it out", s.Method)
	}
	if s.Method == Header {
		if !httpguts.ValidHeaderFieldName(s.Header) || managed(s.Header) {
			v.add("--auth header needs --api-key-header with the name the provider expects, such as X-API-Key; %q cannot be it", s.Header)
		}
	} else if s.Header != "" {
		v.add("--api-key-header is for --auth header; for %s leave it out", s.Method)
	}
	if s.Prefix != "" && s.Method != Header && s.Method != Bearer {
		v.add("a prefix is for --auth header and bearer; for %s leave it out", s.Method)
	} else if !plainValue(s.Prefix) {
		v.add("the prefix must be printable ASCII without spaces at its ends")
	}
}

// managed are headers that belong to HTTP or to the FHIR client.
func managed(name string) bool {
	switch strings.ToLower(name) {
	case "host", "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade",
		"accept", "accept-encoding", "proxy-authorization", "proxy-connection", "cookie", "expect", "prefer", "if-none-match", "if-modified-since":
		return true
	}
	return false
}

// ours are the token parameters that the method itself fills.
var ours = []string{"grant_type", "client_id", "client_secret", "client_assertion", "client_assertion_type", "assertion", "password", "refresh_token"}

// ourClaims are the claims that the other settings fill.
var ourClaims = []string{"iss", "sub", "aud", "exp", "iat", "nbf", "jti"}

func (s Settings) validateToken(v *validation) {
	if s.ClientID == "" && (s.Method != JWTBearer || s.Issuer == "") {
		v.add("--auth %s needs --client-id", s.Method)
	}
	if s.TokenURL != "" {
		if _, err := tokenURL(s.For("00000000-0000-0000-0000-000000000000").TokenURL); err != nil {
			v.add("--token-url %w", err)
		}
	}
	if s.Method == ClientSecretJWT && s.Algorithm != HS256 {
		v.add("--algorithm: client_secret_jwt signs with HS256; leave it out")
	}
	if !s.usesAssertion() && (s.Algorithm+s.KeyID+s.Audience+s.Issuer+s.Subject != "" || len(s.Claims) > 0) {
		v.add("--algorithm, --key-id and --assertion-… are for signed assertions; for --auth %s leave them out", s.Method)
	}
	for _, k := range slices.Sorted(maps.Keys(s.Params)) {
		beside := k == "client_id" && s.usesAssertion() // RFC 7521 §4.2 allows it, and some servers want it
		if k == "" || (slices.Contains(ours, k) && !beside) {
			v.add("--token-param %s=… is filled by --auth %s itself; leave it out", k, s.Method)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.Claims)) {
		if k == "" || slices.Contains(ourClaims, k) {
			v.add("claim %q has a setting of its own; leave it out", k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(s.TokenHeaders)) {
		if !httpguts.ValidHeaderFieldName(k) || managed(k) || strings.EqualFold(k, "Authorization") || !plainValue(s.TokenHeaders[k]) {
			v.add("token header %q cannot be set; want a name of its own and a printable value", k)
		}
	}
}

// tokenURL reads an absolute URL that a secret may be sent to.
func tokenURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return nil, errors.New("is not an absolute https URL")
	case u.User != nil:
		return nil, errors.New("holds a user name or password; leave it out and use --auth")
	case u.Fragment != "":
		return nil, errors.New("holds a fragment (#…); leave it out (RFC 6749 §3.2)")
	}
	return u, nil
}
