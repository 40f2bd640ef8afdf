package gateway

import (
	"context"
	"strings"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/fhir"
)

// authenticate takes the token from the Authorization header, and only from
// there (RFC 6750 §2.1, REQ-SEC-3), and puts its principal into the request's
// context.
func (c *call) authenticate(ctx context.Context) (context.Context, access.Principal, error) {
	token, ok := bearer(c.r.Header.Values("Authorization"))
	if !ok {
		// Without credentials the challenge carries no error code (RFC 6750 §3.1).
		c.w.Header().Set("WWW-Authenticate", `Bearer realm="wardbridge"`)
		return ctx, access.Principal{}, fhir.Errorf(fhir.KindUnauthorized, "login", "Send an access token: Authorization: Bearer …. metadata names the token URL.")
	}
	p, err := c.g.cfg.Tokens.Verify(ctx, token)
	if err != nil {
		if fhir.AsError(err).Kind == fhir.KindUnauthorized {
			c.w.Header().Set("WWW-Authenticate", `Bearer realm="wardbridge", error="invalid_token", error_description="the token is malformed, expired, revoked or not meant for this server"`)
		}
		return ctx, access.Principal{}, err
	}
	if known, ok := access.PrincipalFrom(ctx); ok {
		p.Remote = known.Remote
	}
	ctx = access.WithPrincipal(ctx, p)
	c.r = c.r.WithContext(ctx)
	return ctx, p, nil
}

// bearer is the token of a single Authorization header; the scheme's name is
// case-insensitive (REQ-SEC-4).
func bearer(headers []string) (string, bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, ok := strings.Cut(strings.TrimSpace(headers[0]), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false
	}
	token = strings.TrimSpace(token)
	return token, token != ""
}
