package access_test

import (
	"net/netip"
	"testing"

	"github.com/wardbridge/wardbridge/internal/access"
)

func TestValuesTravelApart(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	if _, ok := access.PrincipalFrom(ctx); ok || access.RequestIDFrom(ctx) != "" || access.PublicURLFrom(ctx) != "" {
		t.Fatal("an empty context holds a value")
	}
	want := access.Principal{Tenant: "t", ClientID: "c", TokenID: "j", Remote: netip.MustParseAddr("192.0.2.1")}
	ctx = access.WithPublicURL(access.WithRequestID(access.WithPrincipal(ctx, want), "r1"), "https://x")
	if got, ok := access.PrincipalFrom(ctx); !ok || got != want {
		t.Errorf("principal %+v, want %+v", got, want)
	}
	if got := access.RequestIDFrom(ctx); got != "r1" {
		t.Errorf("request id %q, want r1", got)
	}
	if got := access.EntriesFrom(access.WithEntries(ctx, 6)); got != 6 || access.EntriesFrom(ctx) != 0 {
		t.Errorf("%d entries, want 6 inside and none outside", got)
	}
	if got := access.PublicURLFrom(ctx); got != "https://x" {
		t.Errorf("public URL %q, want https://x", got)
	}
}
