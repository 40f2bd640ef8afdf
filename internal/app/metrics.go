package app

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the process's own numbers, in a registry of their own. Labels
// come from small fixed sets: no tenant, client, id or path.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	inFlight prometheus.Gauge
	audit    *prometheus.CounterVec
	auditing prometheus.Histogram
	reloads  *prometheus.CounterVec
	stores   prometheus.Gauge

	conversions *conversions

	series sync.Map // of *series by seriesKey: to look them up costs more than to count
}

// A series is the numbers of the requests that share their labels.
type series struct {
	requests prometheus.Counter
	duration prometheus.Observer
	bytes    prometheus.Counter
}

type seriesKey struct{ route, method, status string }

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wardbridge_http_requests_total", Help: "Requests answered, by route pattern, method and class of status.",
		}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "wardbridge_http_request_seconds", Help: "Time from request to answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wardbridge_http_response_bytes_total", Help: "Bytes of answers' bodies.",
		}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "wardbridge_http_requests_in_flight", Help: "Requests being answered now.",
		}),
		audit: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wardbridge_audit_records_total", Help: "Audit records appended, by outcome.",
		}, []string{"outcome"}),
		auditing: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "wardbridge_audit_append_seconds", Help: "Time that a request waited until its audit records were on disk.",
			Buckets: prometheus.ExponentialBuckets(.00025, 1.5, 22),
		}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wardbridge_config_reloads_total", Help: "Reloads of clients, keys, tenants and stores after a change, by outcome.",
		}, []string{"outcome"}),
		stores: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "wardbridge_stores_open", Help: "Embedded stores that are open.",
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "wardbridge_build_info", Help: "Always 1; the version is the label.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.duration, m.bytes, m.inFlight, m.audit, m.auditing, m.reloads, m.stores, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.conversions = newConversions(m.registry)
	return m
}

func (m *metrics) observe(route, method string, status int, took time.Duration, bytes int64) {
	key := seriesKey{route, methodLabel(method), statusClass(status)}
	found, ok := m.series.Load(key)
	if !ok {
		found, _ = m.series.LoadOrStore(key, &series{
			m.requests.WithLabelValues(key.route, key.method, key.status), m.duration.WithLabelValues(route), m.bytes.WithLabelValues(route),
		})
	}
	s := found.(*series) //nolint:forcetypeassert // nothing else is in there
	s.requests.Inc()
	s.duration.Observe(took.Seconds())
	s.bytes.Add(float64(bytes))
}

func statusClass(status int) string {
	classes := [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}
	if status < 100 || status > 599 {
		return classes[0]
	}
	return classes[status/100]
}

// methodLabel keeps invented methods out of records and metrics.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
