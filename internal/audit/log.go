package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/wardbridge/wardbridge/internal/fhir"
)

// Config is what a [Log] is made of. Storage is required to append, Reader to
// search and verify.
type Config struct {
	Storage Storage
	Reader  Reader
	Clock   func() time.Time // nil means time.Now
	Logger  *slog.Logger     // nil discards
}

// A Log is the audit record. It is safe for concurrent use.
type Log struct {
	storage Storage
	reader  Reader
	now     func() time.Time
	logger  *slog.Logger
}

// New makes a Log.
func New(cfg Config) (*Log, error) {
	if cfg.Storage == nil || cfg.Reader == nil {
		return nil, errors.New("audit: Config needs Storage and Reader")
	}
	l := &Log{storage: cfg.Storage, reader: cfg.Reader, now: cfg.Clock, logger: cfg.Logger}
	if l.now == nil {
		l.now = time.Now
	}
	if l.logger == nil {
		l.logger = slog.New(slog.DiscardHandler)
	}
	return l, nil
}

// Append writes records, together and in order, and returns nil once they are
// on disk. The end of ctx does not stop it: a client that hangs up is recorded
// all the same. On an error nothing was written and the caller must refuse the
// request with it (REQ-AUD-4).
func (l *Log) Append(ctx context.Context, records ...Record) error {
	if len(records) == 0 {
		return nil
	}
	lines := make([]Line, len(records))
	for i := range records {
		l.Stamp(&records[i])
		lines[i] = records[i].Encode()
	}
	if err := l.storage.AppendAudit(context.WithoutCancel(ctx), lines); err != nil {
		return fhir.Errorf(fhir.KindUnavailable, "transient",
			"The access could not be recorded, so it was refused. Try again later, and tell the operator if it stays so.").Because(err)
	}
	return nil
}

// Stamp gives a record that has no time the present one. Callers that commit a
// record with a change of configuration use it; Append does by itself.
func (l *Log) Stamp(r *Record) {
	if r.Time.IsZero() {
		r.Time = l.now()
	}
}

// Heads gives the newest record of every chain. Kept outside the machine, they
// let a later [Log.Verify] find what was removed or rewritten since.
func (l *Log) Heads(ctx context.Context) ([]Link, error) { return l.reader.AuditHeads(ctx) }
