package patients

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/seal"
)

// Config is what a [Service] is made of. Storage and Audit are required.
type Config struct {
	Storage Storage
	// Audit records who saw what. When it fails, what was seen is not given.
	Audit Recorder
	// Records reach record systems, and Box seals what they are signed in to
	// with. Without them every space is manual.
	Records Records
	Box     *seal.Box

	Clock  func() time.Time // nil is time.Now
	Logger *slog.Logger     // of background work; nil is silence
}

// A Recorder makes records durable before it returns. The end of ctx does not
// stop it.
type Recorder interface {
	Append(ctx context.Context, records ...audit.Record) error
}

// A Service is the Patients app without its pages. It is safe for concurrent
// use.
type Service struct {
	storage Storage
	audit   Recorder
	now     func() time.Time
	logger  *slog.Logger
	hub     Hub
	records Records
	box     *seal.Box
	fresh   refreshes
	streams openStreams
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Storage == nil || cfg.Audit == nil {
		return nil, errors.New("patients: Config needs Storage and Audit")
	}
	s := &Service{storage: cfg.Storage, audit: cfg.Audit, now: cfg.Clock, logger: cfg.Logger, records: cfg.Records, box: cfg.Box}
	if s.records == nil {
		s.records = noRecords{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if (cfg.Records == nil) != (cfg.Box == nil) {
		return nil, errors.New("patients: Records and Box go together")
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Hub tells those who look at a list what happens to it.
func (s *Service) Hub() *Hub { return &s.hub }
