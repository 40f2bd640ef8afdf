package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/wardbridge/wardbridge/internal/provider"
	"github.com/wardbridge/wardbridge/internal/provider/limit"
)

// providerMetrics tells of each provider elsewhere what its links have counted.
// The label is the name the operator gave it.
type providerMetrics struct {
	remotes                                                         *remotes
	calls, failures, retries, refused, coalesced, hits, adaptations *prometheus.Desc
	batches, entries                                                *prometheus.Desc
	inFlight, queued, breaker, latency                              *prometheus.Desc
}

func newProviderMetrics(rs *remotes) *providerMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("wardbridge_provider_"+name, help, append([]string{"provider"}, labels...), nil)
	}
	return &providerMetrics{
		remotes:     rs,
		calls:       desc("calls_total", "Calls sent to a provider, repetitions included."),
		failures:    desc("failures_total", "Calls that a provider failed."),
		retries:     desc("retries_total", "Reads tried again."),
		refused:     desc("refused_total", "Requests refused without a call, because the breaker was open or too many waited."),
		coalesced:   desc("coalesced_total", "Requests answered by another one's call."),
		hits:        desc("cache_hits_total", "Requests answered from memory."),
		adaptations: desc("adaptations_total", "Searches that needed an adaptation.", "adaptation"),
		batches:     desc("batches_total", "Batches sent whole."),
		entries:     desc("batch_entries_total", "Entries of batches sent whole."),
		inFlight:    desc("calls_in_flight", "Calls a provider is working on now."),
		queued:      desc("calls_queued", "Calls that wait for their turn now."),
		breaker:     desc("breaker_open", "1 when the circuit breaker is open, 0.5 when half-open, 0 when closed."),
		latency:     desc("call_seconds", "Time of a provider's last answers, by quantile.", "quantile"),
	}
}

// Describe implements [prometheus.Collector].
func (m *providerMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		m.calls, m.failures, m.retries, m.refused, m.coalesced, m.hits, m.adaptations, m.batches, m.entries, m.inFlight, m.queued, m.breaker, m.latency,
	} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (m *providerMetrics) Collect(ch chan<- prometheus.Metric) {
	for _, o := range m.remotes.all() {
		m.collect(ch, o)
	}
}

func (m *providerMetrics) collect(ch chan<- prometheus.Metric, o *openRemote) {
	name, s := o.provider.Name, o.limiter.State()
	seen := callsOf(s)
	count := func(d *prometheus.Desc, v uint64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), name)
	}
	count(m.calls, seen.Sent)
	count(m.failures, seen.Failed)
	count(m.retries, seen.Retried)
	count(m.refused, seen.Refused)
	count(m.coalesced, s.Coalesced)
	count(m.hits, s.CacheHits)
	if o.provider.Remote.Batches == provider.BatchesWhole {
		count(m.batches, o.batches.sent.Load())
		count(m.entries, o.batches.entries.Load())
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{name}, labels...)...)
	}
	gauge(m.inFlight, float64(s.InFlight))
	gauge(m.queued, float64(s.Queued))
	gauge(m.breaker, map[limit.Breaker]float64{limit.Open: 1, limit.HalfOpen: .5}[s.Breaker])
	gauge(m.latency, s.P50.Seconds(), "0.5")
	gauge(m.latency, s.P95.Seconds(), "0.95")
	gauge(m.latency, s.P99.Seconds(), "0.99")
	for _, a := range o.memories.report() {
		ch <- prometheus.MustNewConstMetric(m.adaptations, prometheus.CounterValue, float64(a.Count), name, a.Name)
	}
}
