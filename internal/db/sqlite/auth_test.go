package sqlite

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/netip"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider"
)

var authChange = auth.Change{Time: time.UnixMicro(1_800_000_000_000_001), Actor: "test", Operation: "Test"}

func putClient(t *testing.T, d *DB, c auth.Client, secrets ...auth.Secret) {
	t.Helper()
	ch := authChange
	err := d.ChangeAuth(t.Context(), &ch, func(ctx context.Context, tx auth.Tx) error {
		if err := tx.PutClient(ctx, c); err != nil {
			return err
		}
		for _, s := range secrets {
			if err := tx.PutSecret(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What goes in comes out: odd text, times to the microsecond in any zone, and
// the zero time.
func TestAuthRoundTrip(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	ctx := t.Context()
	at := time.Date(2026, 11, 23, 12, 0, 0, 123456000, time.FixedZone("x", -5*3600))
	c := auth.Client{
		ID: "wb_a", Name: "Zoë's 'app' 日本 \U0001F3E5", Grant: auth.Grant{Tenants: []string{"a", "b"}},
		AuthMethods: []string{auth.SecretPost}, JWKS: `{"keys":[]}`, Created: at, KeysSince: at.Add(time.Microsecond),
	}
	s := auth.Secret{ID: "sec_a", ClientID: "wb_a", Label: "x", Created: at, RetiresAt: at.Add(time.Hour), Hash: make([]byte, 32)}
	putClient(t, d, c, s)
	ch := authChange
	if err := d.ChangeAuth(ctx, &ch, func(ctx context.Context, tx auth.Tx) error {
		return tx.PutKey(ctx, auth.StoredKey{ID: "k", Algorithm: "ES256", Private: []byte{0, 1, 2}, Created: at, Activates: at})
	}); err != nil {
		t.Fatal(err)
	}
	got, err := d.LoadAuth(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := auth.Stored{
		Clients: []auth.Client{c}, Secrets: []auth.Secret{s},
		Keys: []auth.StoredKey{{ID: "k", Algorithm: "ES256", Private: []byte{0, 1, 2}, Created: at, Activates: at}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestAuthChangeIsWhole(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	ctx := t.Context()
	seq := count(t, d, "SELECT seq FROM config_seq")
	putClient(t, d, auth.Client{ID: "wb_a", Name: "a"})
	boom := errors.New("boom")
	ch := authChange
	err := d.ChangeAuth(ctx, &ch, func(ctx context.Context, tx auth.Tx) error {
		return errors.Join(tx.DeleteClient(ctx, "wb_a"), boom)
	})
	if !errors.Is(err, boom) {
		t.Errorf("%v, want boom", err)
	}
	// A secret of no client, or one that is there already, is refused whole.
	for name, secrets := range map[string][]auth.Secret{
		"no client":     {{ID: "s1", ClientID: "wb_x", Hash: []byte{1}}},
		"the same hash": {{ID: "s1", ClientID: "wb_a", Hash: []byte{1}}, {ID: "s2", ClientID: "wb_a", Hash: []byte{1}}},
	} {
		ch := authChange
		err := d.ChangeAuth(ctx, &ch, func(ctx context.Context, tx auth.Tx) error {
			for _, s := range secrets {
				if err := tx.PutSecret(ctx, s); err != nil {
					return err
				}
			}
			return nil
		})
		if !errors.Is(err, ErrConflict) {
			t.Errorf("%s: %v, want ErrConflict", name, err)
		}
	}
	if n := count(t, d, "SELECT (SELECT count(*) FROM auth_client) * 10 + (SELECT count(*) FROM auth_secret)"); n != 10 {
		t.Errorf("clients and secrets: %d, want 10", n)
	}
	if got := count(t, d, "SELECT seq FROM config_seq"); got != seq+1 {
		t.Errorf("config_seq went from %d to %d, want one step", seq, got)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := d.ChangeAuth(cancelled, &ch, func(context.Context, auth.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Deleting a client takes its secrets along.
func TestAuthDeleteClient(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	putClient(t, d, auth.Client{ID: "wb_a", Name: "a"}, auth.Secret{ID: "s", ClientID: "wb_a", Hash: []byte{1}})
	ch := authChange
	if err := d.ChangeAuth(t.Context(), &ch, func(ctx context.Context, tx auth.Tx) error { return tx.DeleteClient(ctx, "wb_a") }); err != nil {
		t.Fatal(err)
	}
	if n := count(t, d, "SELECT count(*) FROM auth_secret"); n != 0 {
		t.Errorf("%d secrets are left", n)
	}
}

// Of all processes that see an assertion, one is the first.
func TestUseAssertionOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), MainFile)
	processes := []*DB{openAt(t, path, Options{}), openAt(t, path, Options{})}
	now := time.Unix(1_800_000_000, 0)
	id := sha256.Sum256([]byte("x"))
	var firsts atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			first, err := processes[i%2].UseAssertion(t.Context(), id, now)
			if err != nil {
				t.Error(err)
			}
			if first {
				firsts.Add(1)
			}
		})
	}
	wg.Wait()
	if firsts.Load() != 1 {
		t.Errorf("%d were first, want 1", firsts.Load())
	}
	for _, step := range []struct {
		now  time.Time
		left int
	}{{now, 1}, {now.Add(time.Second), 0}} {
		if err := processes[0].ForgetAssertions(t.Context(), step.now); err != nil {
			t.Fatal(err)
		}
		if n := count(t, processes[1], "SELECT count(*) FROM auth_assertion"); n != step.left {
			t.Errorf("at %v %d are remembered, want %d", step.now, n, step.left)
		}
	}
}

// The latest use wins, whoever reports it last; it is no change of
// configuration, as it would make every process reload all the time.
func TestTouchSecrets(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	putClient(t, d, auth.Client{ID: "wb_a", Name: "a"}, auth.Secret{ID: "s", ClientID: "wb_a", Hash: []byte{1}})
	seq := count(t, d, "SELECT seq FROM config_seq")
	late, early := time.UnixMicro(2000).UTC(), time.UnixMicro(1000).UTC()
	for _, u := range []auth.Use{{Time: late, Address: netip.MustParseAddr("192.0.2.2")}, {Time: early}} {
		if err := d.TouchSecrets(t.Context(), map[string]auth.Use{"s": u, "gone": u}); err != nil {
			t.Fatal(err)
		}
	}
	st, err := d.LoadAuth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := st.Secrets[0]; !got.LastUsed.Equal(late) || got.LastAddress != "192.0.2.2" {
		t.Errorf("last used %v from %q", got.LastUsed, got.LastAddress)
	}
	if got := count(t, d, "SELECT seq FROM config_seq"); got != seq {
		t.Error("noting a use counted as a change of configuration")
	}
}

// The database itself keeps what is in use, whatever its users forget to ask.
func TestProviderReferences(t *testing.T) {
	t.Parallel()
	d := openTest(t, Options{})
	ctx := t.Context()
	change := func(fn func(ctx context.Context, tx provider.Tx) error) error {
		return d.ChangeProviders(ctx, &provider.Change{Time: time.UnixMicro(1), Actor: "test", Operation: "Test"}, fn)
	}
	at := time.UnixMicro(1_800_000_000_000_001).UTC()
	want := provider.State{
		Stores:    []provider.Store{{Name: "s", Version: fhir.STU3, Open: true, Created: at}},
		Providers: []provider.Provider{{Name: "p", Kind: "store", Store: "s", Version: fhir.STU3, Zone: "Europe/Oslo", Created: at}},
		Tenants:   []provider.Tenant{{ID: "t", Provider: "p", Label: "日本", MRN: []provider.MRN{{TypeCode: "MR"}}, Suspended: true, Created: at}},
	}
	if err := change(func(ctx context.Context, tx provider.Tx) error {
		return errors.Join(tx.PutStore(ctx, want.Stores[0]), tx.PutProvider(ctx, want.Providers[0]), tx.PutTenant(ctx, want.Tenants[0]))
	}); err != nil {
		t.Fatal(err)
	}
	for _, in := range []struct {
		kind provider.Kind
		name string
	}{{provider.Stores, "s"}, {provider.Providers, "p"}} {
		err := change(func(ctx context.Context, tx provider.Tx) error { return tx.Delete(ctx, in.kind, in.name) })
		if !errors.Is(err, ErrConflict) {
			t.Errorf("deleting %s, which is in use: %v, want ErrConflict", in.name, err)
		}
	}
	got, err := d.LoadProviders(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(provider.Provider{})); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}
