package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/wardbridge/wardbridge/internal/chart"
)

const (
	benchPatients = 30
	benchCalls    = 16 // at once
	benchBatch    = 48 // entries
)

// BenchmarkListRefresh: thirty patients, six kinds of data, from asking to the
// last cell stored, against a bare errgroup that makes the same calls with as
// many at once, reads each answer and does nothing with it. "ratio" is what
// counts: 1.3 at most is wanted. "ratio-batched" is against the same in
// batches, where the hospital takes them.
func BenchmarkListRefresh(b *testing.B) {
	for _, takes := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond} {
		for _, batches := range []bool{true, false} {
			b.Run(fmt.Sprintf("batches=%v/call=%v", batches, takes), func(b *testing.B) {
				h := newHospital(b, takes, batches)
				refresh := newWard(b, h, benchPatients).refresh
				bare, batched := bareCalls(b, h, false), bareCalls(b, h, batches)
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
			})
		}
	}
}

func timed(fn func()) time.Duration {
	begun := time.Now()
	fn()
	return time.Since(begun)
}

// bareCalls makes the same calls: the patients, and then all else, one by one
// or in batches.
func bareCalls(tb testing.TB, h *hospital, batches bool) func() {
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
