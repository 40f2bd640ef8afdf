package app

import (
	"net/http"
	"strconv"
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
}

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
	m.requests.WithLabelValues(route, methodLabel(method), statusClass(status)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
	m.bytes.WithLabelValues(route).Add(float64(bytes))
}

func statusClass(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return strconv.Itoa(status/100) + "xx"
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
