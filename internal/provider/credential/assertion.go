package credential

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// How long an assertion is good: servers refuse more than 5 minutes (SMART
// Backend Services), and some refuse one whose iat lies ahead of their clock.
const (
	assertionLife = 4 * time.Minute
	assertionSkew = 10 * time.Second
)

// A signer makes assertions with one key.
type signer struct {
	jws jose.Signer
}

// newSigner reads the key of settings that were filled and found valid.
func newSigner(s Settings, sec Secret) (*signer, error) {
	var key any = []byte(sec.Value)
	if s.usesKey() {
		k, err := parseKey(sec.PrivateKey)
		if err != nil {
			return nil, err
		}
		key = k.key
	}
	opts := (&jose.SignerOptions{}).WithType("JWT")
	if s.KeyID != "" {
		opts = opts.WithHeader("kid", s.KeyID)
	}
	jws, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(s.Algorithm), Key: key}, opts)
	if err != nil {
		return nil, fmt.Errorf("signing with %s: %w", s.Algorithm, err)
	}
	return &signer{jws: jws}, nil
}

// assertion signs one, for one use at a token endpoint (RFC 7523 §3).
func (g *signer) assertion(s Settings, endpoint string, now time.Time) (string, error) {
	claims := make(map[string]any, len(s.Claims)+6)
	for k, v := range s.Claims {
		claims[k] = v
	}
	claims["iss"] = cmp.Or(s.Issuer, s.ClientID)
	if s.Subject != NoClaim {
		claims["sub"] = cmp.Or(s.Subject, s.ClientID, s.Issuer)
	}
	claims["aud"] = cmp.Or(s.Audience, endpoint)
	claims["jti"] = rand.Text()
	claims["iat"] = now.Add(-assertionSkew).Unix()
	claims["exp"] = now.Add(assertionLife).Unix()
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("assertion: %w", err)
	}
	signed, err := g.jws.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("assertion: %w", err)
	}
	return signed.CompactSerialize()
}
