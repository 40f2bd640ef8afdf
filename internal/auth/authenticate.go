package auth

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// authenticate finds out which client asks. Credentials in more than one place
// are refused (RFC 6749 §2.3, REQ-AUTH-6).
func (t *tokenRequest) authenticate(ctx context.Context, f form) *oauthError {
	header := t.r.Header.Values("Authorization")
	id, secret, assertion := f["client_id"], f["client_secret"], f["client_assertion"]
	used := len(header)
	if secret != "" {
		used++
	}
	if assertion != "" || f["client_assertion_type"] != "" {
		used++
	}
	switch {
	case used > 1:
		return badRequest("Authenticate in one way only: the Authorization header, client_secret or client_assertion.")
	case len(header) == 1:
		basicID, basicSecret, ok := basicCredentials(header[0])
		if !ok {
			return invalidClient()
		}
		if id != "" && id != basicID {
			return badRequest("client_id differs from the one in the Authorization header.")
		}
		return t.bySecret(basicID, basicSecret, SecretBasic)
	case secret != "":
		if id == "" {
			return badRequest("client_id is missing.")
		}
		return t.bySecret(id, secret, SecretPost)
	case used == 1:
		return t.byAssertion(ctx, f)
	}
	return invalidClient()
}

// basicCredentials reads a Basic header, whose parts are form-encoded
// (RFC 6749 §2.3.1).
func basicCredentials(header string) (id, secret string, ok bool) {
	scheme, encoded, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", "", false
	}
	rawID, rawSecret, ok := strings.Cut(string(text), ":")
	if !ok {
		return "", "", false
	}
	id, errID := url.QueryUnescape(rawID)
	secret, errSecret := url.QueryUnescape(rawSecret)
	return id, secret, errID == nil && errSecret == nil && id != "" && secret != ""
}

// secretHash is what is kept of a secret. It binds the client: a secret found
// by its hash is that client's.
func (s *Service) secretHash(key int, clientID, secret string) [32]byte {
	return s.cfg.MAC.Sum(key, "client secret", clientID, secret)
}

// bySecret does the same work whether the client exists or not: one keyed hash
// for each key of the ring and one look-up by it, whose place nobody without
// the key can foresee. No secret is ever compared byte by byte.
func (t *tokenRequest) bySecret(id, secret, method string) *oauthError {
	var found *Secret
	for i := t.s.cfg.MAC.Keys() - 1; i >= 0; i-- {
		if sec := t.snap.secrets[t.s.secretHash(i, id, secret)]; sec != nil {
			found = sec
		}
	}
	cl := t.claim(id)
	if found == nil || cl == nil || found.ClientID != id || cl.Disabled || !found.live(t.now) || !slices.Contains(cl.AuthMethods, method) {
		return invalidClient()
	}
	t.client, t.credential, t.until = cl, found.ID, found.end()
	return nil
}

// claim looks up the client somebody says to be, and keeps its id for the
// record of a refusal.
func (t *tokenRequest) claim(id string) *client {
	cl := t.snap.clients[id]
	if cl != nil {
		t.claimed = cl.ID
	}
	return cl
}
