package access

import (
	"context"
	"net/netip"
)

// A Principal is who a request acts for. Before authentication only Remote and
// UserAgent are known.
type Principal struct {
	Tenant    string // GUID in lower case
	ClientID  string
	TokenID   string // the token's jti
	Remote    netip.Addr
	UserAgent string
}

type key uint8

const (
	principalKey key = iota
	requestIDKey
	publicURLKey
	entriesKey
)

// WithPrincipal gives a context that carries p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey, p)
}

// PrincipalFrom is the principal in ctx.
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey).(Principal)
	return p, ok
}

// WithRequestID gives a context that carries the request's id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey, id)
}

// RequestIDFrom is the request id in ctx, "" when there is none.
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// WithPublicURL gives a context that carries scheme and host as the client
// sees them, without a trailing slash. Only whoever judges the forwarding
// headers may set it.
func WithPublicURL(ctx context.Context, url string) context.Context {
	return context.WithValue(ctx, publicURLKey, url)
}

// PublicURLFrom is the public URL in ctx, "" when there is none.
func PublicURLFrom(ctx context.Context) string {
	url, _ := ctx.Value(publicURLKey).(string)
	return url
}

// WithEntries gives a context for the entries of a batch: n of them run under
// the same request id at the same time.
func WithEntries(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, entriesKey, n)
}

// EntriesFrom is how many entries run beside this one, itself included; 0
// outside a batch.
func EntriesFrom(ctx context.Context) int {
	n, _ := ctx.Value(entriesKey).(int)
	return n
}
