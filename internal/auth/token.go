package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// An oauthError is an answer of RFC 6749 §5.2. Its description is safe for
// strangers; cause is for the log.
type oauthError struct {
	status      int
	code        string
	description string
	retryAfter  time.Duration
	cause       error
}

func (e *oauthError) Error() string {
	if e.cause != nil {
		return e.code + ": " + e.cause.Error()
	}
	return e.code + ": " + e.description
}

func (e *oauthError) Unwrap() error { return e.cause }

func badRequest(description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: "invalid_request", description: description}
}

// invalidClient is one and the same for every way a client can fail to be who
// it says (REQ-AUTH-9).
func invalidClient() *oauthError {
	return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: "Client authentication failed."}
}

func invalidScope(description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: "invalid_scope", description: description}
}

func unavailable(cause error) *oauthError {
	return &oauthError{
		status: http.StatusServiceUnavailable, code: "temporarily_unavailable", retryAfter: time.Second,
		description: "The server cannot issue tokens right now. Try again.", cause: cause,
	}
}

func throttled(wait time.Duration) *oauthError {
	return &oauthError{
		status: http.StatusTooManyRequests, code: "temporarily_unavailable", retryAfter: wait,
		description: "Too many token requests. Wait as long as Retry-After says, and use a token until it expires.",
	}
}

// A tokenRequest is one request on its way through the token endpoint.
type tokenRequest struct {
	s      *Service
	r      *http.Request
	issuer string
	remote netip.Addr
	now    time.Time
	snap   *snapshot

	claimed    string  // the known client it says to be, for the record
	client     *client // once it has proved who it is
	credential string  // what it proved it with
	until      time.Time
	tenant     string
}

// TokenHandler is the token endpoint (RFC 6749 §3.2, interface §3).
func (s *Service) TokenHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &tokenRequest{s: s, r: r, issuer: s.issuer(r), remote: remoteOf(r), now: s.cfg.Clock(), snap: s.current.Load()}
		buf, ok := s.buffers.Get().(*bytes.Buffer)
		if !ok {
			buf = bytes.NewBuffer(make([]byte, 0, 2048))
		}
		defer s.buffers.Put(buf)
		buf.Reset()
		ctx := r.Context()
		body, err := t.serve(ctx, w, buf)
		if err != nil {
			t.refuse(ctx, w, err)
			return
		}
		noStore(w.Header())
		w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(body) // the client may have gone
	})
}

func noStore(h http.Header) {
	h["Content-Type"] = []string{"application/json"}
	h["Cache-Control"] = []string{"no-store"}
	h["Pragma"] = []string{"no-cache"}
}

// serve judges the request step by step and gives the body of the answer.
func (t *tokenRequest) serve(ctx context.Context, w http.ResponseWriter, buf *bytes.Buffer) ([]byte, *oauthError) {
	if t.r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, &oauthError{status: http.StatusMethodNotAllowed, code: "invalid_request", description: "Use POST."}
	}
	if wait := t.s.remotes.wait(addressKey(t.remote), t.now); wait > 0 {
		return nil, throttled(wait)
	}
	if err := checkURL(t.r); err != nil {
		return nil, err
	}
	if err := checkContentType(t.r); err != nil {
		return nil, err
	}
	f, oerr := t.read(w, buf)
	if oerr != nil {
		return nil, oerr
	}
	grant, oerr := f.grantType()
	if oerr != nil {
		return nil, oerr
	}
	if grant != "client_credentials" {
		return nil, &oauthError{status: http.StatusBadRequest, code: "unsupported_grant_type", description: "Use grant_type=client_credentials."}
	}
	if oerr := t.authenticate(ctx, f); oerr != nil {
		return nil, oerr
	}
	if wait := t.s.clients.wait(t.client.ID, t.now); wait > 0 {
		return nil, throttled(wait)
	}
	if t.tenant, oerr = t.scope(f["scope"]); oerr != nil {
		return nil, oerr
	}
	return t.issue(ctx, buf)
}

func (t *tokenRequest) read(w http.ResponseWriter, buf *bytes.Buffer) (form, *oauthError) {
	if _, err := buf.ReadFrom(http.MaxBytesReader(w, t.r.Body, t.s.cfg.MaxBody)); err != nil {
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			e := badRequest("The body is longer than a token request can be.")
			e.status = http.StatusRequestEntityTooLarge
			return nil, e
		}
		e := badRequest("The body did not arrive whole.")
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			e.cause = err
		}
		return nil, e
	}
	return parseForm(buf.String())
}

// scope finds the one tenant the token is for (REQ-AUTH-13 to 17). What does
// not exist and what is not granted are answered alike.
func (t *tokenRequest) scope(scope string) (string, *oauthError) {
	grant := t.client.Grant
	scope = strings.Trim(scope, " ")
	if scope == "" {
		if grant.All || len(grant.Tenants) != 1 {
			return "", invalidScope("Say which tenant the token is for: scope={tenant GUID}.")
		}
		scope = grant.Tenants[0]
	}
	tenant, ok := access.NormalizeTenant(scope)
	if !ok {
		return "", invalidScope("The scope is exactly one tenant GUID.")
	}
	if !grant.Allows(tenant) || !t.s.cfg.Tenants.Exists(tenant) {
		return "", invalidScope("The tenant is not known here, or not granted to this client.")
	}
	return tenant, nil
}

// issue makes the token, records it, and only then gives the answer.
func (t *tokenRequest) issue(ctx context.Context, buf *bytes.Buffer) ([]byte, *oauthError) {
	s := t.s
	key, err := t.snap.signer(t.now)
	if err != nil {
		return nil, unavailable(err)
	}
	issued := t.now.Truncate(time.Second)
	expires := issued.Add(s.cfg.Lifetime)
	if !t.until.IsZero() && t.until.Before(expires) {
		expires = t.until.Truncate(time.Second)
		if !expires.After(t.now) {
			// Less than a second of the secret's life is left.
			return nil, invalidClient()
		}
	}
	c := &Claims{
		Issuer: t.issuer, Audience: s.audience(t.issuer), Subject: t.client.ID, ClientID: t.client.ID,
		TokenID: rand.Text(), Tenant: t.tenant, SecretID: t.credential, IssuedAt: issued, Expires: expires,
	}
	buf.Reset()
	token, err := key.appendToken(buf.AvailableBuffer(), c)
	if err != nil {
		return nil, unavailable(err)
	}
	if err := s.record(ctx, Event{
		Time: t.now, Operation: TokenIssue, ClientID: t.client.ID, Tenant: t.tenant, TokenID: c.TokenID,
		Remote: t.remote, Status: http.StatusOK, Detail: t.how(),
	}); err != nil {
		return nil, unavailable(err)
	}
	s.remember(token, &verified{claims: *c, signer: key})
	if t.credential != keyCredential {
		s.use.note(t.credential, Use{Time: t.now, Address: t.remote})
	}
	body := make([]byte, 0, len(token)+160)
	body = append(body, `{"access_token":"`...)
	body = append(body, token...)
	body = append(body, `","token_type":"Bearer","expires_in":`...)
	body = strconv.AppendInt(body, int64(expires.Sub(issued)/time.Second), 10)
	body = append(body, `,"scope":"`...)
	body = append(body, t.tenant...)
	return append(body, '"', '}'), nil
}

func (t *tokenRequest) how() string {
	if t.credential == keyCredential {
		return "by signed assertion"
	}
	return "by secret " + t.credential
}

// appendToken appends the token of c (RFC 9068). The claims have no character
// that needs escaping but for the issuer and audience, which are quoted.
func (g *signer) appendToken(b []byte, c *Claims) ([]byte, error) {
	claims := make([]byte, 0, 512)
	claims = append(claims, `{"iss":`...)
	claims = fhir.AppendString(claims, c.Issuer)
	claims = append(claims, `,"sub":"`...)
	claims = append(claims, c.Subject...)
	claims = append(claims, `","client_id":"`...)
	claims = append(claims, c.ClientID...)
	claims = append(claims, `","aud":`...)
	claims = fhir.AppendString(claims, c.Audience)
	claims = append(claims, `,"iat":`...)
	claims = strconv.AppendInt(claims, c.IssuedAt.Unix(), 10)
	claims = append(claims, `,"exp":`...)
	claims = strconv.AppendInt(claims, c.Expires.Unix(), 10)
	claims = append(claims, `,"jti":"`...)
	claims = append(claims, c.TokenID...)
	claims = append(claims, `","scope":"`...)
	claims = append(claims, c.Tenant...)
	claims = append(claims, `","`+credentialClaim+`":"`...)
	claims = append(claims, c.SecretID...)
	claims = append(claims, '"', '}')
	b = append(b, g.header...)
	b = base64.RawURLEncoding.AppendEncode(b, claims)
	return g.sign(b)
}

// refuse answers an error and records it. What was throttled is not recorded:
// the limit also keeps the record from being flooded.
func (t *tokenRequest) refuse(ctx context.Context, w http.ResponseWriter, e *oauthError) {
	if e.status != http.StatusTooManyRequests {
		if wait := t.s.failures.wait(addressKey(t.remote), t.now); wait > 0 {
			e = throttled(wait)
			w.Header().Del("Allow")
		} else if err := t.recordRefusal(ctx, e); err != nil && e.status < http.StatusInternalServerError {
			e = unavailable(err)
		}
	}
	if e.cause != nil {
		t.s.cfg.Logger.WarnContext(ctx, "token request failed", "code", e.code, "error", e.cause)
	}
	h := w.Header()
	noStore(h)
	if e.status == http.StatusUnauthorized {
		h["Www-Authenticate"] = []string{`Basic realm="wardbridge", charset="UTF-8"`}
	}
	if e.retryAfter > 0 {
		h["Retry-After"] = []string{strconv.Itoa(int(math.Ceil(e.retryAfter.Seconds())))}
	}
	body := append([]byte(`{"error":"`), e.code...)
	body = append(body, `","error_description":"`...)
	body = append(body, e.description...) // one of our own sentences
	body = append(body, '"', '}')
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(e.status)
	_, _ = w.Write(body) // the client may have gone
}

func (t *tokenRequest) recordRefusal(ctx context.Context, e *oauthError) error {
	return t.s.record(ctx, Event{
		Time: t.now, Operation: TokenRefuse, ClientID: t.claimed, Remote: t.remote, Status: e.status, Detail: e.code,
	})
}

func (s *Service) record(ctx context.Context, e Event) error {
	return s.cfg.Audit(context.WithoutCancel(ctx), e)
}

// remoteOf is the client's address: what the server has found out, else the
// connection's.
func remoteOf(r *http.Request) netip.Addr {
	if p, ok := access.PrincipalFrom(r.Context()); ok && p.Remote.IsValid() {
		return p.Remote
	}
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return ap.Addr().Unmap()
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a, _ := netip.ParseAddr(host)
	return a
}

// addressKey is what counts as one address: in IPv6 the network, as its holder
// has all addresses of it.
func addressKey(a netip.Addr) string {
	if a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
