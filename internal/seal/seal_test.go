package seal_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wardbridge/wardbridge/internal/seal"
)

func box(t testing.TB, r seal.Ring) *seal.Box {
	t.Helper()
	b, err := seal.NewBox(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whatever is sealed opens with the same additional data and key; any other
// bytes, data or key do not.
func TestBoxProperties(t *testing.T) {
	t.Parallel()
	ring := seal.NewRing()
	b, other := box(t, ring), box(t, seal.NewRing())
	rotated := box(t, ring.With(seal.NewRing()[0]))
	rapid.Check(t, func(t *rapid.T) {
		aad := rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed := b.Seal(aad, plain)
		for _, opener := range []*seal.Box{b, rotated} {
			if got, err := opener.Open(aad, sealed); err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("Open gave %x, %v; want %x", got, err, plain)
			}
		}
		if len(plain) > 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the sealed bytes hold the plain ones")
		}
		if _, err := other.Open(aad, sealed); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("another key: %v, want ErrOpen", err)
		}
		if _, err := b.Open(append(aad, 0), sealed); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("other additional data: %v, want ErrOpen", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "at")
		sealed[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		if _, err := b.Open(aad, sealed); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("a changed byte: %v, want ErrOpen", err)
		}
		if _, err := b.Open(aad, sealed[:i]); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("cut short: %v, want ErrOpen", err)
		}
	})
}

func TestTicket(t *testing.T) {
	t.Parallel()
	b := box(t, seal.NewRing())
	now := time.Unix(1_800_000_000, 0)
	tk := b.Ticket([]byte("tenant a"), []byte("page 2"), now.Add(time.Minute))
	tests := []struct {
		name, aad, ticket string
		now               time.Time
		want              error
	}{
		{"good", "tenant a", tk, now, nil},
		{"last second", "tenant a", tk, now.Add(59 * time.Second), nil},
		{"expired", "tenant a", tk, now.Add(time.Minute), seal.ErrExpired},
		{"another tenant", "tenant b", tk, now, seal.ErrOpen},
		{"another tenant, expired", "tenant b", tk, now.Add(time.Hour), seal.ErrOpen},
		{"padded", "tenant a", tk + "=", now, seal.ErrOpen},
		{"line break", "tenant a", tk[:8] + "\n" + tk[8:], now, seal.ErrOpen},
		{"empty", "tenant a", "", now, seal.ErrOpen},
		{"huge", "tenant a", strings.Repeat("A", 1<<20), now, seal.ErrOpen},
	}
	for _, tt := range tests {
		got, err := b.OpenTicket([]byte(tt.aad), tt.ticket, tt.now)
		if !errors.Is(err, tt.want) || (err == nil && string(got) != "page 2") {
			t.Errorf("%s: %q, %v; want %v", tt.name, got, err, tt.want)
		}
	}
	// A column is no ticket.
	if _, err := b.Open([]byte("tenant a"), []byte(tk)); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("a ticket opened as a column: %v", err)
	}
}

func TestRingFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "seal.key")
	rings := make([]seal.Ring, 8)
	var wg sync.WaitGroup
	for i := range rings {
		wg.Go(func() {
			r, err := seal.LoadOrCreateRing(path)
			if err != nil {
				t.Error(err)
			}
			rings[i] = r
		})
	}
	wg.Wait()
	for _, r := range rings {
		if len(r) != 1 || r[0].ID() != rings[0][0].ID() {
			t.Fatalf("starting at once gave different keys: %v", rings)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info.Mode(), err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".new-key-*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := os.Chmod(path, 0o640); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	if _, err := seal.LoadOrCreateRing(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key file others can read: %v, want advice", err)
	}
}

func TestParseRing(t *testing.T) {
	t.Parallel()
	ring := seal.NewRing().With(seal.NewRing()[0])
	text := string(ring.Format())
	got, err := seal.ParseRing([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil || len(got) != 2 || got[0] != ring[0] || got[1] != ring[1] {
		t.Fatalf("got %v, %v; want %v", got, err, ring)
	}
	bare := hex.EncodeToString(bytes.Repeat([]byte{7}, 32))
	if _, err := seal.ParseRing([]byte(bare)); err != nil {
		t.Errorf("a bare key: %v", err)
	}
	line := strings.Split(text, "\n")[1]
	for name, bad := range map[string]string{
		"empty": "", "comment only": "# x\n", "short": "abcd", "twice": line + "\n" + line,
		"wrong id": strings.Replace(line, line[5:13], "00000000", 1), "words": "a b c d",
	} {
		_, err := seal.ParseRing([]byte(bad))
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), line[14:]) {
			t.Errorf("%s: the error quotes the key", name)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", ring, ring[0], ring[0]); strings.Contains(s, line[14:]) || strings.Contains(s, "secret") {
		t.Errorf("printing a ring shows its keys: %s", s)
	}
}

func TestMAC(t *testing.T) {
	t.Parallel()
	m, err := seal.NewMAC(seal.NewRing())
	if err != nil {
		t.Fatal(err)
	}
	if m.Sum(0, "ab", "c") == m.Sum(0, "a", "bc") {
		t.Error("parts cut differently give the same hash")
	}
	if first, second := m.Sum(0, "ab", "c"), m.Sum(0, "ab", "c"); first != second {
		t.Error("the hash of the same parts differs")
	}
	if _, err := seal.NewMAC(nil); err == nil {
		t.Error("a MAC without a key was made")
	}
	if _, err := seal.NewBox(nil); err == nil {
		t.Error("a box without a key was made")
	}
}

func FuzzTicket(f *testing.F) {
	b := box(f, seal.NewRing())
	now := time.Unix(1_800_000_000, 0)
	f.Add(b.Ticket([]byte("a"), []byte("x"), now.Add(time.Hour)))
	f.Add("")
	f.Add("AAAA")
	good := map[string]bool{}
	tk := b.Ticket([]byte("b"), []byte("x"), now.Add(time.Hour))
	good[tk] = true
	f.Add(tk)
	f.Fuzz(func(t *testing.T, ticket string) {
		if _, err := b.OpenTicket([]byte("b"), ticket, now); err == nil && !good[ticket] {
			t.Errorf("%q opened", ticket)
		}
	})
}

func FuzzParseRing(f *testing.F) {
	f.Add(seal.NewRing().Format())
	f.Add([]byte("wbk1 0 0"))
	f.Add(bytes.Repeat([]byte("0a"), 32))
	f.Fuzz(func(t *testing.T, text []byte) {
		ring, err := seal.ParseRing(text)
		if err != nil {
			return
		}
		again, err := seal.ParseRing(ring.Format())
		if err != nil || len(again) != len(ring) {
			t.Errorf("round trip: %v, %v", again, err)
		}
	})
}

func BenchmarkTicket(b *testing.B) {
	x := box(b, seal.NewRing())
	plain := make([]byte, 200)
	now := time.Unix(1_800_000_000, 0)
	for b.Loop() {
		if _, err := x.OpenTicket(plain[:10], x.Ticket(plain[:10], plain, now.Add(1)), now.Add(-time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
}
