package app

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/wardbridge/wardbridge/internal/access"
	"github.com/wardbridge/wardbridge/internal/audit"
)

// A ledger is the audit's storage with an eye on it: it counts records, and
// knows whether the last one could be written, which is what makes the server
// ready or not.
type ledger struct {
	storage audit.Storage
	metrics *metrics
	failing atomic.Bool
}

// AppendAudit implements [audit.Storage].
func (l *ledger) AppendAudit(ctx context.Context, lines []audit.Line) error {
	begun := time.Now()
	err := l.storage.AppendAudit(ctx, lines)
	l.metrics.auditing.Observe(time.Since(begun).Seconds())
	outcome := "ok"
	if err != nil {
		outcome = "failed"
	}
	l.failing.Store(err != nil)
	l.metrics.audit.WithLabelValues(outcome).Add(float64(len(lines)))
	return err
}

var _ audit.Storage = (*ledger)(nil)

// describe fills in what a request's context knows about it.
func describe(ctx context.Context, r *audit.Record) {
	r.RequestID = access.RequestIDFrom(ctx)
	p, ok := access.PrincipalFrom(ctx)
	if !ok {
		return
	}
	r.Tenant, r.Client, r.TokenID = p.Tenant, p.ClientID, p.TokenID
	if p.Remote.IsValid() {
		r.Remote = p.Remote.String()
	}
}
