package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Why a token was refused: causes of the errors of [Service.Verify].
var (
	ErrNoToken      = errors.New("no token")
	ErrInvalidToken = errors.New("invalid token")
)

// Claims are what a verified token says.
type Claims struct {
	Issuer, Audience  string
	Subject, ClientID string
	TokenID           string // jti
	Tenant            string // GUID in lower case
	SecretID          string // the secret it was obtained with
	IssuedAt, Expires time.Time
}

// Principal is who the token speaks for.
func (c Claims) Principal() access.Principal {
	return access.Principal{Tenant: c.Tenant, ClientID: c.ClientID, TokenID: c.TokenID}
}

const (
	maxToken = 4 << 10
	// credentialClaim is our private claim: what the token was obtained with,
	// so that it dies with that.
	credentialClaim = "wb_cred"
	tokenID         = "jti"
)

// verified is a token whose signature was checked, or made, by us.
type verified struct {
	claims Claims
	signer *signer
}

func invalidToken(why string) error {
	return fhir.Errorf(fhir.KindUnauthorized, "login", "The access token is malformed, expired, revoked or not meant for this server. Request a new one.").
		Because(errors.Join(ErrInvalidToken, errors.New(why)))
}

// Verify checks a bearer token. A refused one is a *fhir.Error of
// KindUnauthorized whose cause is [ErrNoToken] or [ErrInvalidToken]. The
// expected issuer is the configured one, else the request's public URL
// ([access.WithPublicURL]); so is the audience.
func (s *Service) Verify(ctx context.Context, token string) (Claims, error) {
	issuer := s.cfg.Issuer
	if issuer == "" {
		if issuer = access.PublicURLFrom(ctx); issuer == "" {
			return Claims{}, errors.New("verify token: neither Config.Issuer nor the request's public URL is set")
		}
	}
	if token == "" {
		return Claims{}, fhir.Errorf(fhir.KindUnauthorized, "login", "Send an access token: Authorization: Bearer ….").Because(ErrNoToken)
	}
	if len(token) > maxToken {
		return Claims{}, invalidToken("too long")
	}
	n, now := s.current.Load(), s.cfg.Clock()
	id := tokenHash(token)
	v, known := s.verified.get(id)
	if !known {
		var err error
		if v, err = n.check(token); err != nil {
			return Claims{}, err
		}
	}
	if why := s.judge(n, v, issuer, now); why != "" {
		return Claims{}, invalidToken(why)
	}
	if !known {
		s.verified.put(id, v)
	}
	return v.claims, nil
}

// judge checks what may change between two uses of a token; "" is good.
func (s *Service) judge(n *snapshot, v *verified, issuer string, now time.Time) string {
	c := &v.claims
	switch {
	case c.Issuer != issuer:
		return "issuer"
	case s.cfg.Audience != "" && c.Audience != s.cfg.Audience,
		s.cfg.Audience == "" && !isAudienceOf(c.Audience, issuer):
		return "audience"
	case !now.Before(c.Expires):
		return "expired"
	case c.IssuedAt.After(now.Add(skew)):
		return "issued in the future"
	case n.keys[v.signer.key.ID] != v.signer || !s.published(n, v.signer, now):
		return "its key is gone"
	case !n.alive(c, now):
		return "client, secret or grant revoked"
	}
	return ""
}

// isAudienceOf compares with [Service.audience] without making a string.
func isAudienceOf(audience, issuer string) bool {
	rest, ok := strings.CutPrefix(audience, issuer)
	return ok && rest == "/fhir"
}

// remember keeps a token we have just signed: it need not be verified again.
func (s *Service) remember(token []byte, v *verified) {
	s.verified.put(sha256.Sum256(token), v)
}

// tokenHash does not let the token escape to the heap.
func tokenHash(token string) [sha256.Size]byte {
	var buf [maxToken]byte
	return sha256.Sum256(buf[:copy(buf[:], token)])
}

// check verifies the form and signature of a token. Its header must be, byte
// for byte, the one our keys sign under: that settles algorithm, key and type
// at once and leaves nothing to interpret.
func (n *snapshot) check(token string) (*verified, error) {
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, ok := strings.Cut(rest, ".")
	if !ok || strings.Contains(signature, ".") {
		return nil, invalidToken("not a JWT of three parts")
	}
	var key *signer
	for _, g := range n.signers {
		if len(g.header) == len(header)+1 && g.header[:len(header)] == header {
			key = g
		}
	}
	if key == nil {
		return nil, invalidToken("not signed by a key of ours")
	}
	sig, err := decode64(signature)
	if err != nil || !key.public.verify([]byte(token[:len(header)+1+len(payload)]), sig) {
		return nil, invalidToken("signature")
	}
	text, err := decode64(payload)
	if err != nil {
		return nil, invalidToken("payload")
	}
	c, ok := readClaims(text)
	if !ok {
		return nil, invalidToken("claims")
	}
	return &verified{claims: c, signer: key}, nil
}

// readClaims reads what a token of ours says. Its scope holds exactly one
// tenant.
func readClaims(text []byte) (Claims, bool) {
	doc, err := fhir.Parse(text)
	if err != nil || !doc.Root().IsObject() {
		return Claims{}, false
	}
	n := doc.Root()
	c := Claims{
		Issuer: n.Get("iss").String(), Audience: n.Get("aud").String(), Subject: n.Get("sub").String(),
		ClientID: n.Get("client_id").String(), TokenID: n.Get(tokenID).String(), SecretID: n.Get(credentialClaim).String(),
	}
	var okIat, okExp, okTenant bool
	c.IssuedAt, okIat = seconds(n.Get("iat"))
	c.Expires, okExp = seconds(n.Get("exp"))
	c.Tenant, okTenant = access.NormalizeTenant(n.Get("scope").String())
	ok := okIat && okExp && okTenant && n.Get("scope").Is(c.Tenant) && n.Get("aud").IsString() &&
		c.ClientID != "" && c.ClientID == c.Subject && c.TokenID != "" && c.SecretID != "" && !n.Get("nbf").Exists()
	return c, ok
}
