package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A histogram is one of a server's, as its metrics tell it: how many
// observations were at most so many seconds, by rising bound.
type histogram struct{ bounds, counts []float64 }

// auditTimes reads how long requests waited for their audit records.
func auditTimes(ctx context.Context, addr string) (histogram, error) {
	var h histogram
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return h, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return h, err
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), `wardbridge_audit_append_seconds_bucket{le="`)
		if !ok {
			continue
		}
		bound, count, _ := strings.Cut(rest, `"} `)
		b, err := strconv.ParseFloat(bound, 64)
		if err != nil {
			return h, fmt.Errorf("metrics: %w", err)
		}
		n, err := strconv.ParseFloat(count, 64)
		if err != nil {
			return h, fmt.Errorf("metrics: %w", err)
		}
		h.bounds, h.counts = append(h.bounds, b), append(h.counts, n)
	}
	if len(h.bounds) < 2 {
		return h, fmt.Errorf("%s does not tell how long audit records take", addr)
	}
	return h, lines.Err()
}

// since is what was observed after an earlier reading.
func (h histogram) since(before histogram) histogram {
	counts := make([]float64, len(h.counts))
	for i := range counts {
		counts[i] = h.counts[i] - before.counts[i]
	}
	return histogram{h.bounds, counts}
}

// quantile estimates within a bucket by a straight line, as Prometheus does.
func (h histogram) quantile(q float64) time.Duration {
	rank := q * h.counts[len(h.counts)-1]
	low, below := 0.0, 0.0
	for i, count := range h.counts[:len(h.counts)-1] {
		if count >= rank && count > below {
			s := low + (h.bounds[i]-low)*(rank-below)/(count-below)
			return time.Duration(s * float64(time.Second)).Round(10 * time.Microsecond)
		}
		low, below = h.bounds[i], count
	}
	return time.Duration(low * float64(time.Second)).Round(10 * time.Microsecond) // at least
}
