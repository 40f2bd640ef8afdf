package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wardbridge/wardbridge/internal/app"
	"github.com/wardbridge/wardbridge/internal/auth"
	"github.com/wardbridge/wardbridge/internal/chart"
	"github.com/wardbridge/wardbridge/internal/patients"
	"github.com/wardbridge/wardbridge/internal/provider"
)

const (
	benchPatients = 30
	benchCalls    = 16 // at once
	benchBatch    = 48 // entries
)

// BenchmarkListRefresh: thirty patients, six kinds of data, from asking to the
// last cell stored, straight to a hospital (with batches or without) or through
// Wardbridge's own gateway, against a bare errgroup that makes the same calls
// to the hospital with as many at once, reads each answer and does nothing with
// it. The gateway's are 30 more: coverage is asked for by two parameters
// (interface §6). "ratio" is what counts: 1.3 at most is wanted. "ratio-batched" is against
// the same in batches, where they are taken.
func BenchmarkListRefresh(b *testing.B) {
	ways := []struct {
		name    string
		batches bool // the hospital takes them
		gateway bool
	}{{"batches", true, false}, {"single calls", false, false}, {"gateway", false, true}}
	for _, takes := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond} {
		for _, way := range ways {
			b.Run(fmt.Sprintf("%s/call=%v", way.name, takes), func(b *testing.B) {
				h := newHospital(b, takes, way.batches)
				connect := patients.ConnectRequest{Link: h.URL + "/fhir"}
				if way.gateway {
					connect = gatewayTo(b, h)
				}
				measureRefresh(b, h, newWardAt(b, connect, benchPatients).refresh, way.gateway)
			})
		}
	}
}

func measureRefresh(b *testing.B, h *hospital, refresh func() patients.Refresh, gateway bool) {
	bare, batched := bareCalls(b, h, false, gateway), bareCalls(b, h, h.batches, gateway)
	refresh() // opens the links, and finds out about batches
	var ours, theirs, theirBatches time.Duration
	b.ResetTimer()
	for b.Loop() {
		ours += timed(func() {
			if r := refresh(); r.Reason != "" {
				b.Fatalf("%+v", r)
			}
		})
		theirs += timed(bare)
		theirBatches += timed(batched)
	}
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms/refresh")
	b.ReportMetric(float64(theirs.Milliseconds())/float64(b.N), "ms/bare")
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
	b.ReportMetric(float64(ours)/float64(theirBatches), "ratio-batched")
}

// gatewayTo is a gateway of its own before a hospital, as its client reaches
// it.
func gatewayTo(b *testing.B, h *hospital) patients.ConnectRequest {
	b.Helper()
	const actor, tenant = "bench", "11111111-1111-4111-8111-111111111111"
	cfg := app.Defaults()
	cfg.Data = b.TempDir()
	cfg.Outbound.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	s, err := app.Open(b.Context(), app.Options{Config: cfg, Version: "test"})
	if err != nil {
		b.Fatal(err)
	}
	srv, err := app.NewServer(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	front := httptest.NewServer(srv.Handler())
	b.Cleanup(func() {
		front.Close()
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	ctx := b.Context()
	if _, err := s.AddRemote(ctx, actor, provider.Provider{Name: "hospital", Remote: &provider.Remote{URL: h.URL + "/fhir"}}, provider.Secrets{}); err != nil {
		b.Fatal(err)
	}
	if _, err := s.Providers.MapTenant(ctx, actor, provider.Tenant{ID: tenant, Provider: "hospital"}); err != nil {
		b.Fatal(err)
	}
	c, err := s.Auth.CreateClient(ctx, actor, auth.Client{Name: "App", Grant: auth.Grant{All: true}})
	if err != nil {
		b.Fatal(err)
	}
	_, secret, err := s.Auth.AddSecret(ctx, actor, c.ID, auth.NewSecret{Label: "bench"})
	if err == nil {
		err = s.Auth.Start(ctx)
	}
	if err != nil {
		b.Fatal(err)
	}
	return patients.ConnectRequest{Link: front.URL + "/fhir/r4", ClientID: c.ID, Secret: secret, Tenant: tenant}
}

func timed(fn func()) time.Duration {
	begun := time.Now()
	fn()
	return time.Since(begun)
}

// bareCalls makes the same calls: the patients, and then all else, one by one
// or in batches; those that a gateway makes, if they go through one.
func bareCalls(tb testing.TB, h *hospital, batches, gateway bool) func() {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	tb.Cleanup(client.CloseIdleConnections)
	call := func(method, path, body string) error {
		req, err := http.NewRequestWithContext(context.Background(), method, h.URL+"/fhir"+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return cmpErr(err, resp.Body.Close())
	}
	var ids, searches []string
	for i := range benchPatients {
		ids = append(ids, fmt.Sprintf("p%d", i))
		for _, k := range chart.Kinds() {
			if k == chart.Coverage && gateway {
				searches = append(searches, fmt.Sprintf("Coverage?beneficiary=Patient/p%d", i), fmt.Sprintf("Coverage?subscriber=Patient/p%d", i))
				continue
			}
			searches = append(searches, fmt.Sprintf("%s?patient=p%d&_count=100", chart.Types(k)[0], i))
		}
	}
	return func() {
		if err := call(http.MethodGet, "/Patient?_id="+strings.Join(ids, ","), ""); err != nil {
			tb.Fatal(err)
		}
		var g errgroup.Group
		g.SetLimit(benchCalls)
		if !batches {
			for _, s := range searches {
				g.Go(func() error { return call(http.MethodGet, "/"+s, "") })
			}
		}
		for rest := searches; batches && len(rest) > 0; {
			n := min(benchBatch, len(rest))
			entries := make([]string, n)
			for i, s := range rest[:n] {
				entries[i] = `{"request":{"method":"GET","url":"` + s + `"}}`
			}
			rest = rest[n:]
			g.Go(func() error {
				return call(http.MethodPost, "", `{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(entries, ",")+`]}`)
			})
		}
		if err := g.Wait(); err != nil {
			tb.Fatal(err)
		}
	}
}
