package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wardbridge/wardbridge/internal/fhir/mapping"
)

// conversions count what changing the version of records lost or withheld.
type conversions struct {
	converted, withheld, lost *prometheus.CounterVec
}

func newConversions(r prometheus.Registerer) *conversions {
	c := &conversions{
		converted: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wardbridge_conversion_resources_total", Help: "Resources converted to another FHIR version, by type.",
		}, []string{"type"}),
		withheld: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wardbridge_conversion_withheld_total", Help: "Resources withheld because the other version cannot say them truthfully, by type.",
		}, []string{"type"}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "wardbridge_conversion_losses_total", Help: "Elements that the other version has no place for, by type and rule.",
		}, []string{"type", "rule"}),
	}
	r.MustRegister(c.converted, c.withheld, c.lost)
	return c
}

func (c *conversions) report(_ context.Context, typ string, rep mapping.Report) {
	if rep.Withheld != "" {
		c.withheld.WithLabelValues(typ).Inc()
		return
	}
	c.converted.WithLabelValues(typ).Inc()
	for _, l := range rep.Losses {
		rule := l.Rule
		if rule == "" {
			rule = "other"
		}
		c.lost.WithLabelValues(typ, rule).Inc()
	}
}
