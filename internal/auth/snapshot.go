package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A snapshot is what the hot path reads. It is never changed.
type snapshot struct {
	clients map[string]*client
	secrets map[[sha256.Size]byte]*Secret // by keyed hash, which binds the client too
	byID    map[string]*Secret
	signers []*signer // by activation
	keys    map[string]*signer
}

// A client is a [Client] with its keys read.
type client struct {
	Client
	keys []publicKey
}

func newSnapshot() *snapshot {
	return &snapshot{
		clients: map[string]*client{}, secrets: map[[sha256.Size]byte]*Secret{},
		byID: map[string]*Secret{}, keys: map[string]*signer{},
	}
}

// buildSnapshot reads what is stored. Signing keys that old has opened are
// taken from there.
func (s *Service) buildSnapshot(st Stored, old *snapshot) (*snapshot, error) {
	n := newSnapshot()
	for _, c := range st.Clients {
		cl := &client{Client: c}
		if c.JWKS != "" {
			// Keys that cannot be read any more leave the client without;
			// its secrets still work.
			cl.keys, _ = parseJWKS([]byte(c.JWKS))
		}
		n.clients[c.ID] = cl
	}
	for i := range st.Secrets {
		sec := &st.Secrets[i]
		n.byID[sec.ID] = sec
		if len(sec.Hash) == sha256.Size {
			n.secrets[[sha256.Size]byte(sec.Hash)] = sec
		}
	}
	slices.SortFunc(st.Keys, byActivation)
	for _, k := range st.Keys {
		g := old.keys[k.ID]
		if g == nil || !g.key.Activates.Equal(k.Activates) {
			var err error
			if g, err = s.openKey(k); err != nil {
				return nil, err
			}
		}
		n.signers = append(n.signers, g)
		n.keys[k.ID] = g
	}
	return n, nil
}

// signer is the key that signs now.
func (n *snapshot) signer(now time.Time) (*signer, error) {
	for _, g := range slices.Backward(n.signers) {
		if !g.key.Activates.After(now) {
			return g, nil
		}
	}
	if len(n.signers) > 0 {
		return n.signers[0], nil // the clock was set back
	}
	return nil, fmt.Errorf("there is no signing key; was Start called?")
}

// A credential is what a token was obtained with, as its private claim says:
// a secret's id, or "key" for a signed assertion.
const keyCredential = "key"

// alive reports whether the credential behind a token still is.
func (n *snapshot) alive(c *Claims, now time.Time) bool {
	cl := n.clients[c.ClientID]
	if cl == nil || cl.Disabled || !cl.Grant.Allows(c.Tenant) {
		return false
	}
	if c.SecretID == keyCredential {
		// iat has whole seconds; a token of the second in which the keys were
		// replaced counts as older.
		return cl.KeysSince.IsZero() || c.IssuedAt.After(cl.KeysSince)
	}
	sec := n.byID[c.SecretID]
	return sec != nil && sec.ClientID == c.ClientID && sec.live(now)
}

// jwks is the published key set. Keys that retired long ago are left out even
// before they are deleted.
func (s *Service) jwks() []byte {
	n, now := s.current.Load(), s.cfg.Clock()
	keys := make([]Key, len(n.signers))
	for i, g := range n.signers {
		keys[i] = g.key
	}
	s.states(keys, now)
	out := []byte(`{"keys":[`)
	first := true
	for i, g := range n.signers {
		if gone(keys[i], now) {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = g.public.appendJWK(out)
	}
	return append(out, ']', '}')
}

// published reports whether a token may still be signed by g.
func (s *Service) published(n *snapshot, g *signer, now time.Time) bool {
	for i, o := range n.signers {
		if o == g {
			return i+1 == len(n.signers) || !now.After(n.signers[i+1].key.Activates.Add(s.publishedFor()))
		}
	}
	return false
}

func etag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + strings.TrimRight(base64.RawURLEncoding.EncodeToString(sum[:9]), "=") + `"`
}
