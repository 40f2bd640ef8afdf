package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// assertionAhead is how far an assertion's end may lie ahead (SMART
	// Backend Services), assertionLeeway what a clock that runs ahead adds.
	assertionAhead  = 5 * time.Minute
	assertionLeeway = 5 * time.Second
	maxAssertion    = 16 << 10
	maxClientID     = 128 // a bound for what anyone may claim; ours are short
)

// An assertion is a client's signed statement, not yet verified.
type assertion struct {
	alg, kid, client, jti string
	expires               time.Time
	signed, signature     []byte
}

// byAssertion authenticates by private_key_jwt (RFC 7523, SMART Backend
// Services; REQ-AUTH-27).
func (t *tokenRequest) byAssertion(ctx context.Context, f form) *oauthError {
	if f["client_assertion"] == "" || f["client_assertion_type"] == "" {
		return badRequest("client_assertion and client_assertion_type go together.")
	}
	if f["client_assertion_type"] != assertionType {
		return badRequest("client_assertion_type is not " + assertionType + ".")
	}
	a, err := readAssertion(f["client_assertion"], t.now, t.issuer+TokenPath, t.issuer)
	if err != nil || (f["client_id"] != "" && f["client_id"] != a.client) {
		return invalidClient()
	}
	// Signature checks and the fetching of keys are dear. The address is part
	// of the key, so that nobody can use up another's share.
	if wait := t.s.attempts.wait(a.client+"\x00"+addressKey(t.remote), t.now); wait > 0 {
		return throttled(wait)
	}
	cl := t.claim(a.client)
	key, ok := t.s.assertionKey(ctx, cl, a)
	if good := key.verify(a.signed, a.signature); !ok || !good || cl.Disabled {
		return invalidClient()
	}
	id := sha256.Sum256([]byte(a.client + "\x00" + a.jti))
	first, err := t.s.cfg.Storage.UseAssertion(ctx, id, a.expires.Add(skew))
	if err != nil {
		return unavailable(err)
	}
	if !first {
		return invalidClient()
	}
	t.client, t.credential = cl, keyCredential
	return nil
}

var errAssertion = errors.New("not a usable assertion")

// readAssertion checks all of an assertion but its signature.
func readAssertion(token string, now time.Time, audiences ...string) (assertion, error) {
	var a assertion
	header, claims, err := a.split(token)
	if err != nil {
		return a, err
	}
	typ := strings.ToLower(header.Get("typ").String())
	a.alg, a.kid = header.Get("alg").String(), header.Get("kid").String()
	if !assertionAlgorithm(a.alg) || header.Get("crit").Exists() || header.Get("b64").Exists() || (typ != "" && typ != "jwt" && typ != "client-authentication+jwt") {
		return a, errAssertion
	}
	a.client, a.jti = claims.Get("iss").String(), claims.Get("jti").String()
	if a.client == "" || len(a.client) > maxClientID || !claims.Get("sub").Is(a.client) || a.jti == "" || len(a.jti) > 512 {
		return a, errAssertion
	}
	// One audience, us: an assertion meant for several servers could be
	// played from one to the other.
	aud := claims.Get("aud")
	if aud.IsArray() && aud.Len() == 1 {
		aud = aud.First()
	}
	meant := false
	for _, ours := range audiences {
		meant = meant || (aud.IsString() && aud.Is(ours))
	}
	exp, hasExp := seconds(claims.Get("exp"))
	if !meant || !hasExp || !now.Before(exp) || exp.After(now.Add(assertionAhead+assertionLeeway)) {
		return a, errAssertion
	}
	for _, name := range []string{"nbf", "iat"} {
		if n := claims.Get(name); n.Exists() {
			if at, ok := seconds(n); !ok || at.After(now.Add(skew)) {
				return a, errAssertion
			}
		}
	}
	a.expires = exp
	return a, nil
}

// split takes a compact JWS apart, strictly.
func (a *assertion) split(token string) (header, claims fhir.Node, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxAssertion {
		return header, claims, errAssertion
	}
	var docs [2]fhir.Node
	for i := range docs {
		text, err := decode64(parts[i])
		if err != nil {
			return header, claims, errAssertion
		}
		doc, err := fhir.Parse(text)
		if err != nil || !doc.Root().IsObject() {
			return header, claims, errAssertion
		}
		docs[i] = doc.Root()
	}
	if a.signature, err = decode64(parts[2]); err != nil {
		return header, claims, errAssertion
	}
	a.signed = []byte(token[:len(parts[0])+1+len(parts[1])])
	return docs[0], docs[1], nil
}

// seconds reads a NumericDate (RFC 7519 §2), which may have a fraction.
func seconds(n fhir.Node) (time.Time, bool) {
	if !n.IsNumber() {
		return time.Time{}, false
	}
	whole, ok := n.Int()
	if !ok {
		r, fits := new(big.Rat).SetString(limited(string(n.Raw())))
		if !fits {
			return time.Time{}, false
		}
		q := new(big.Int).Quo(r.Num(), r.Denom())
		if !q.IsInt64() {
			return time.Time{}, false
		}
		whole = int(q.Int64())
	}
	if whole < 0 || whole > 1<<40 {
		return time.Time{}, false
	}
	return time.Unix(int64(whole), 0), true
}

// limited lets no number through whose exponent could make it huge.
func limited(number string) string {
	if len(number) > 32 || strings.ContainsAny(number, "eE") {
		return ""
	}
	return number
}

// assertionKey finds the key an assertion says it is signed with. When there
// is none it gives a decoy, so that the answer takes as long.
func (s *Service) assertionKey(ctx context.Context, cl *client, a assertion) (publicKey, bool) {
	if cl != nil && usesKeys(cl.AuthMethods) {
		if k, ok := pick(cl.keys, a); ok {
			return k, true
		}
		if cl.JWKSURI != "" && !cl.Disabled {
			if k, ok := s.remote.find(ctx, cl.JWKSURI, a); ok {
				return k, true
			}
		}
	}
	return s.decoys.like(a.alg), false
}

func usesKeys(methods []string) bool { return slices.Contains(methods, PrivateKeyJWT) }

// pick finds the key by kid and algorithm; without a kid there must be one
// key only of that algorithm.
func pick(keys []publicKey, a assertion) (publicKey, bool) {
	var found publicKey
	n := 0
	for _, k := range keys {
		if k.alg == a.alg && (a.kid == "" || k.id == a.kid) {
			found = k
			n++
		}
	}
	return found, n == 1
}

// decoys stand in for the keys of clients we do not know.
type decoys struct{ ec, rsa publicKey }

func newDecoys() (*decoys, error) {
	ec, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("decoy key: %w", err)
	}
	// Any odd number of the right size makes verification work as hard.
	n := make([]byte, 256)
	_, _ = rand.Read(n) // never fails (crypto/rand)
	n[0] |= 0x80
	n[255] |= 1
	return &decoys{
		ec:  publicKey{alg: ES384, key: &ec.PublicKey},
		rsa: publicKey{alg: RS384, key: &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}},
	}, nil
}

func (d *decoys) like(alg string) publicKey {
	if alg == ES384 {
		return d.ec
	}
	return d.rsa
}

// How long fetched keys are good, how often at most they are fetched, and how
// long old ones serve while they cannot be.
const (
	keysFresh   = 5 * time.Minute
	keysRefetch = 10 * time.Second
	keysStale   = 15 * time.Minute
	maxKeySet   = 256 << 10
)

// remoteKeys fetches clients' keys by URL.
type remoteKeys struct {
	http  *http.Client
	clock func() time.Time
	mu    sync.Mutex
	sets  map[string]*remoteSet
}

type remoteSet struct {
	turn    chan struct{} // one fetch at a time
	keys    []publicKey
	fetched time.Time
	tried   time.Time
}

func newRemoteKeys(c *http.Client, clock func() time.Time) *remoteKeys {
	return &remoteKeys{http: c, clock: clock, sets: map[string]*remoteSet{}}
}

func (r *remoteKeys) find(ctx context.Context, from string, a assertion) (publicKey, bool) {
	if r.http == nil {
		return publicKey{}, false
	}
	r.mu.Lock()
	set := r.sets[from]
	if set == nil {
		set = &remoteSet{turn: make(chan struct{}, 1)}
		r.sets[from] = set
	}
	r.mu.Unlock()
	select {
	case set.turn <- struct{}{}:
		defer func() { <-set.turn }()
	case <-ctx.Done():
		return publicKey{}, false
	}
	now := r.clock()
	k, ok := pick(set.keys, a)
	if ok && now.Sub(set.fetched) < keysFresh {
		return k, true
	}
	if now.Sub(set.tried) >= keysRefetch {
		set.tried = now
		if keys, err := r.fetch(ctx, from); err == nil {
			set.keys, set.fetched = keys, now
			k, ok = pick(keys, a)
		}
	}
	return k, ok && now.Sub(set.fetched) < keysStale
}

func (r *remoteKeys) fetch(ctx context.Context, from string) (keys []publicKey, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("client keys: status %d", resp.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxKeySet {
		return nil, errors.New("client keys: the key set is too large")
	}
	return parseJWKS(text)
}

// checkKeysURL accepts where a client's keys may be fetched from. Without TLS
// anyone on the way could give other keys; this machine itself is excepted,
// which still has to be allowed for outgoing requests.
func checkKeysURL(raw string, httpOK bool) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || len(raw) > 2000 {
		return fmt.Errorf("%w: URL of the client's keys: want an absolute https URL without user or fragment", ErrInvalid)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	local := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !httpOK && !local) {
		return fmt.Errorf("%w: URL of the client's keys: want https", ErrInvalid)
	}
	return nil
}
