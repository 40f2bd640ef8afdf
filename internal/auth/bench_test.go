package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/auth"
)

// sink is an http.ResponseWriter that costs nothing.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

func benchHandler(b *testing.B, h http.Handler, body string) {
	b.Helper()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://wb.example/oauth2/token", strings.NewReader(body))
			if err != nil {
				b.Error(err)
			}
			r.RemoteAddr = "192.0.2.1:1234"
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			h.ServeHTTP(&sink{h: http.Header{}}, r)
		}
	})
}

// BenchmarkToken compares the token endpoint with a handler that reads the
// body and makes one ES256 signature. The bar is half its rate.
func BenchmarkToken(b *testing.B) {
	w := newWorld(b, func(c *auth.Config) { c.Audit = func(context.Context, auth.Event) error { return nil } })
	body := grant(w.app1, w.s1, tenantA)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(b, err)
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		sum := sha256.Sum256(text)
		sig, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			return
		}
		_, _ = w.Write(sig)
	})
	b.Run("bare", func(b *testing.B) { benchHandler(b, bare, body) })
	b.Run("token", func(b *testing.B) { benchHandler(b, w.TokenHandler(), body) })

	// With 64 requests at once each record is on disk before its token goes.
	cfg := w.cfg
	cfg.Storage = w.db
	log, err := audit.New(audit.Config{Storage: w.db, Reader: w.db})
	ok(b, err)
	cfg.Audit = func(ctx context.Context, e auth.Event) error {
		return log.Append(ctx, audit.Record{Time: e.Time, Entry: -1, Operation: e.Operation, Client: e.ClientID, Tenant: e.Tenant, TokenID: e.TokenID, Status: e.Status})
	}
	recorded, err := auth.New(cfg)
	ok(b, err)
	ok(b, recorded.Start(b.Context()))
	b.Run("recorded", func(b *testing.B) {
		b.SetParallelism(32)
		benchHandler(b, recorded.TokenHandler(), body)
	})
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	tk := token(b, w.Service, w.app1, w.s1)
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.Verify(b.Context(), tk); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("uncached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.Forget()
			if _, err := w.Verify(b.Context(), tk); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestVerifyAllocations is the budget of the request path: a token that was
// seen before costs no memory.
func TestVerifyAllocations(t *testing.T) {
	w := newWorld(t)
	tk := token(t, w.Service, w.app1, w.s1)
	ctx := t.Context()
	got := testing.AllocsPerRun(200, func() {
		if _, err := w.Verify(ctx, tk); err != nil {
			t.Fatal(err)
		}
	})
	if got > 0 {
		t.Errorf("a cached Verify allocates %v times, want 0", got)
	}
}
