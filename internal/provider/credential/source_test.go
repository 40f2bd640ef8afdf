package credential_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/provider/credential"
)

// Every setting that may hold {tenant} keeps two tenants' tokens apart; when
// none does, all share one.
func TestTenantsShareOnlyWhatIsTheSame(t *testing.T) {
	t.Parallel()
	type settings = credential.Settings
	for name, tt := range map[string]struct {
		change func(s *settings, c *credential.Config)
		shared bool
	}{
		"nothing":       {func(*settings, *credential.Config) {}, true},
		"a plain scope": {func(s *settings, _ *credential.Config) { s.Params = map[string]string{"scope": "system/*.read"} }, true},
		"a base whose token URL is given": {
			func(_ *settings, c *credential.Config) { c.Base = "https://ehr.example.org/{tenant}/fhir" }, true,
		},
		"scope":        {func(s *settings, _ *credential.Config) { s.Params = map[string]string{"scope": "{tenant}"} }, false},
		"a parameter":  {func(s *settings, _ *credential.Config) { s.Params = map[string]string{"resource": "urn:{tenant}:x"} }, false},
		"token URL":    {func(s *settings, _ *credential.Config) { s.TokenURL = "https://sign-in.example.org/{tenant}/token" }, false},
		"token header": {func(s *settings, _ *credential.Config) { s.TokenHeaders = map[string]string{"X-Org": "{tenant}"} }, false},
		"client id":    {func(s *settings, _ *credential.Config) { s.ClientID = "ward-{tenant}" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := credential.Config{
				Settings: settings{Method: credential.ClientSecretPost, ClientID: clientID, TokenURL: "https://sign-in.example.org/token"},
				Secret:   credential.Secret{Value: secretValue}, Base: "https://ehr.example.org/fhir", HTTP: inMemory(&mint{life: 3600}),
			}
			tt.change(&cfg.Settings, &cfg)
			s := newSource(t, cfg)
			a, b := authorize(t, s, tenantA), authorize(t, s, tenantB)
			if shared := a == b; shared != tt.shared {
				t.Errorf("A has %q, B has %q; shared %v, want %v", a, b, shared, tt.shared)
			}
			if again := authorize(t, s, "{AAAAAAAA-1111-4111-8111-111111111111}"); again != a {
				t.Errorf("the same tenant in capitals and braces got %q, want the %q it has", again, a)
			}
		})
	}
}

func TestPlaceholderIsTheTenantAlone(t *testing.T) {
	t.Parallel()
	m := &mint{life: 3600}
	s := minted(t, m, map[string]string{"scope": "{tenant}", "audience": "https://x/{tenant}/y"})
	authorize(t, s, tenantB)
	if got, want := m.params[0].Get("scope"), tenantB; got != want {
		t.Errorf("scope %q, want %q", got, want)
	}
	if got, want := m.params[0].Get("audience"), "https://x/"+tenantB+"/y"; got != want {
		t.Errorf("audience %q, want %q", got, want)
	}
	for _, tenant := range []string{"", "a&scope=b", "../x"} {
		fe, p := failure(t, s, tenant)
		if p.Reason != credential.ReasonTenant || fe.Kind != fhir.KindUpstream {
			t.Errorf("tenant %q: %v %v, want reason tenant, kind upstream", tenant, p.Reason, fe.Kind)
		}
	}
	if n := m.requests(); n != 1 {
		t.Errorf("%d requests, want 1: none for what is no tenant", n)
	}
}

// 200 callers wait for one request; one that leaves neither waits for it nor
// ends it.
func TestOneRequestHoweverManyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: 3600, hold: make(chan struct{})}
		s := minted(t, m, nil)
		leaving, leave := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- s.Authorize(leaving, http.Header{}) }() // the first: the request is made for it
		synctest.Wait()
		var wg sync.WaitGroup
		got := make([]string, 200)
		for i := range got {
			wg.Go(func() { got[i] = authorize(t, s, "") })
		}
		synctest.Wait()
		leave()
		var fe *fhir.Error
		if err := <-left; !errors.As(err, &fe) || !errors.Is(err, context.Canceled) {
			t.Errorf("the one that left got %v, want its own cancellation", err)
		}
		close(m.hold)
		wg.Wait()
		for i, v := range got {
			if v != "Bearer token-1-" {
				t.Errorf("caller %d got %q, want the one token", i, v)
			}
		}
		if n := m.requests(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

func TestWaiterIsBoundByItsOwnDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: 3600, hold: make(chan struct{})}
		s := minted(t, m, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		var fe *fhir.Error
		if err := s.Authorize(ctx, http.Header{}); !errors.As(err, &fe) || fe.Kind != fhir.KindTimeout {
			t.Errorf("got %v, want a timeout", err)
		}
		if waited := time.Since(began); waited != 2*time.Second {
			t.Errorf("waited %v, want 2s", waited)
		}
		// Nobody waits, and the request is still bounded.
		time.Sleep(credential.DefaultTimeout)
		synctest.Wait()
		if _, p := failure(t, s, ""); p.Reason != credential.ReasonTimeout {
			t.Errorf("reason %v, want timeout", p.Reason)
		}
	})
}

func TestRenewedAheadOfItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: 1000}
		s := minted(t, m, nil)
		want := func(token string, requests int) {
			t.Helper()
			if got := authorize(t, s, ""); got != "Bearer "+token {
				t.Errorf("after %d requests: %q, want %q", m.requests(), got, token)
			}
			synctest.Wait()
			if n := m.requests(); n != requests {
				t.Errorf("%d requests, want %d", n, requests)
			}
		}
		want("token-1-", 1)
		time.Sleep(699 * time.Second)
		want("token-1-", 1)
		time.Sleep(102 * time.Second) // 801 s: past the latest time to renew
		m.set(func(m *mint) { m.hold = make(chan struct{}) })
		want("token-1-", 2) // nobody waits for the new one
		want("token-1-", 2)
		close(m.hold)
		synctest.Wait()
		m.set(func(m *mint) { m.hold = nil })
		want("token-2-", 2)
		time.Sleep(991 * time.Second) // unused until it is of no use
		want("token-3-", 3)
	})
}

// A renewal that fails leaves the token that is still good, and the endpoint
// is not asked with every call.
func TestFailedRenewalKeepsTheToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: 1000}
		s := minted(t, m, nil)
		authorize(t, s, "")
		m.set(func(m *mint) { m.fail = http.StatusServiceUnavailable })
		time.Sleep(850 * time.Second)
		for range 100 {
			if got := authorize(t, s, ""); got != "Bearer token-1-" {
				t.Fatalf("got %q, want the token that is still good", got)
			}
			synctest.Wait()
		}
		if n := m.requests(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
		time.Sleep(145 * time.Second)
		fe, p := failure(t, s, "")
		if fe.Kind != fhir.KindUnavailable || p.Reason != credential.ReasonBusy || p.Status != 503 {
			t.Errorf("kind %v, reason %v, status %d; want unavailable, busy, 503", fe.Kind, p.Reason, p.Status)
		}
		m.set(func(m *mint) { m.fail = 0 })
		time.Sleep(6 * time.Second)
		if got := authorize(t, s, ""); got != "Bearer token-4-" {
			t.Errorf("got %q, want a new token", got)
		}
	})
}

// pauses are the seconds at which a dead endpoint is asked, called 10 times a
// second.
func pauses(t *testing.T, m *mint, seconds int) []int {
	t.Helper()
	s := minted(t, m, nil)
	began, seen := time.Now(), 0
	var at []int
	for time.Since(began) < time.Duration(seconds)*time.Second {
		if fe, _ := failure(t, s, ""); fe.Issues == nil {
			t.Fatalf("no issue in %v", fe)
		}
		if n := m.requests(); n != seen {
			seen = n
			at = append(at, int(time.Since(began).Seconds()))
		}
		time.Sleep(100 * time.Millisecond)
	}
	return at
}

func TestDeadEndpointIsAskedRarely(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		mint *mint
		want []int
	}{
		"broken":         {&mint{fail: 500}, []int{0, 1, 3, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57}},
		"refused":        {&mint{fail: 401}, []int{0, 1, 3, 7, 15, 31}},
		"asked to wait":  {&mint{fail: 429, header: http.Header{"Retry-After": {"25"}}}, []int{0, 25, 50}},
		"wait too long":  {&mint{fail: 503, header: http.Header{"Retry-After": {"86400"}}}, []int{0}},
		"wait until":     {&mint{fail: 503, header: http.Header{"Retry-After": {"Sat, 01 Jan 2000 00:00:40 GMT"}}}, []int{0, 40, 41, 45, 50, 55}},
		"wait nonsense ": {&mint{fail: 503, header: http.Header{"Retry-After": {"-7"}}}, []int{0, 1, 3, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got := pauses(t, tt.mint, 60)
				if len(got) != len(tt.want) {
					t.Fatalf("asked at %v s, want %v", got, tt.want)
				}
				for i := range got {
					if got[i] < tt.want[i] || got[i] > tt.want[i]+1 {
						t.Errorf("asked at %v s, want %v", got, tt.want)
					}
				}
			})
		})
	}
}

func TestFailureTellsWhenToTryAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := minted(t, &mint{fail: 503, header: http.Header{"Retry-After": {"30"}}}, nil)
		if fe, _ := failure(t, s, ""); fe.RetryAfter != 30*time.Second {
			t.Errorf("retry after %v, want 30s", fe.RetryAfter)
		}
		time.Sleep(10 * time.Second)
		if fe, _ := failure(t, s, ""); fe.RetryAfter != 20*time.Second {
			t.Errorf("10 s later: retry after %v, want 20s", fe.RetryAfter)
		}
	})
}

func TestRefusedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	m := &mint{life: 3600}
	s := minted(t, m, map[string]string{"scope": "{tenant}"})
	a, b := as(t.Context(), tenantA), as(t.Context(), tenantB)
	first, other := http.Header{}, http.Header{}
	if err := errors.Join(s.Authorize(a, first), s.Authorize(b, other)); err != nil {
		t.Fatal(err)
	}
	if !s.Refused(a, first) {
		t.Fatal("a refused token is not worth another attempt")
	}
	second := authorize(t, s, tenantA)
	if second == first.Get("Authorization") {
		t.Fatal("the refused token is used again")
	}
	if !s.Refused(a, first) {
		t.Error("the old token was refused late: the newer one is worth an attempt")
	}
	if got := authorize(t, s, tenantA); got != second {
		t.Errorf("the old token refused late took %q away, got %q", second, got)
	}
	if got := authorize(t, s, tenantB); got != other.Get("Authorization") {
		t.Errorf("another tenant's token became %q, want %q still", got, other.Get("Authorization"))
	}
	if n := m.requests(); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// A provider that refuses every token must not make us ask for one with every
// call.
func TestProviderThatRefusesAllTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: 3600}
		s := minted(t, m, nil)
		call := func() bool {
			h := http.Header{"Authorization": {authorize(t, s, "")}}
			return s.Refused(t.Context(), h)
		}
		for i := range credential.DropBurst {
			if !call() {
				t.Errorf("refusal %d is not worth another attempt", i+1)
			}
		}
		for range 50 {
			if call() {
				t.Error("tokens are dropped without end")
			}
		}
		if n, want := m.requests(), credential.DropBurst+1; n != want {
			t.Errorf("%d requests, want %d", n, want)
		}
		time.Sleep(credential.DropEvery)
		if !call() {
			t.Error("later, a refusal is worth another attempt again")
		}
	})
}

func TestTokensKeptAreBounded(t *testing.T) {
	t.Parallel()
	m := &mint{life: 3600}
	s := minted(t, m, map[string]string{"scope": "{tenant}"})
	s.LimitTokens(2)
	third := "cccccccc-3333-4333-8333-333333333333"
	for _, tenant := range []string{tenantA, tenantB, tenantA, third, tenantA} { // B is used least lately
		authorize(t, s, tenant)
	}
	if n := m.requests(); n != 3 || s.Kept() != 2 {
		t.Errorf("%d requests, %d kept; want 3 and 2", n, s.Kept())
	}
	authorize(t, s, tenantB)
	if n := m.requests(); n != 4 {
		t.Errorf("%d requests, want 4: B's token was pushed out", n)
	}
}

// A call with a token at hand costs next to nothing.
func TestTokenAtHandIsCheap(t *testing.T) {
	s := minted(t, &mint{life: 3600}, map[string]string{"scope": "{tenant}"})
	authorize(t, s, tenantA)
	ctx, h := as(t.Context(), tenantA), http.Header{}
	allocs := testing.AllocsPerRun(100, func() {
		if err := s.Authorize(ctx, h); err != nil {
			t.Error(err)
		}
	})
	if allocs > 1 { // the header's slice
		t.Errorf("%v allocations a call, want 1", allocs)
	}
}

func BenchmarkAuthorize(b *testing.B) {
	s, err := credential.New(credential.Config{
		Settings: credential.Settings{
			Method: credential.ClientSecretPost, ClientID: clientID, TokenURL: "https://x/token", Params: map[string]string{"scope": "{tenant}"},
		},
		Secret: credential.Secret{Value: secretValue}, Base: "https://ehr.example.org/fhir", HTTP: inMemory(&mint{life: 3600}),
	})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ctx := as(b.Context(), tenantA)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		h := http.Header{}
		for pb.Next() {
			if err := s.Authorize(ctx, h); err != nil {
				b.Error(err)
			}
		}
	})
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: 3600, hold: make(chan struct{})}
		s := minted(t, m, nil)
		done := make(chan error, 1)
		go func() { done <- s.Authorize(t.Context(), http.Header{}) }()
		synctest.Wait()
		s.Close()
		if fe := fhir.AsError(<-done); fe.Kind != fhir.KindUnavailable {
			t.Errorf("got %v, want unavailable", fe)
		}
	})
}
