package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhir/search"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
	"github.com/wardbridge/wardbridge/internal/importer"
	"github.com/wardbridge/wardbridge/internal/sandbox"
)

// ImportOptions says how a store is filled.
type ImportOptions struct {
	Actor   string // for the audit record
	Again   bool
	Stdin   io.Reader
	Problem func(importer.Problem)
	Writers int
}

// Importer makes an importer into a store. done must be called with what Run or
// Feed gave: it records the import and gives the error on.
func (s *System) Importer(ctx context.Context, store string, opt ImportOptions) (im *importer.Importer, done func(importer.Summary, error) error, err error) {
	server, _, err := s.StoreServer(ctx, store)
	if err != nil {
		return nil, nil, err
	}
	// A request is told to come back while the index is made, also that of a new
	// store; who fills a store waits for it.
	if indexed, ok := server.(*fhirstore.Store); ok {
		if err := indexed.Reindex(ctx, func(int) {}); err != nil {
			return nil, nil, err
		}
	}
	journal, err := importer.OpenJournal(s.JournalPath(store))
	if err != nil {
		return nil, nil, err
	}
	im, err = importer.New(importer.Config{
		Server: server, Journal: journal, Again: opt.Again, Problem: opt.Problem, Stdin: opt.Stdin, Writers: opt.Writers,
	})
	if err != nil {
		return nil, nil, errors.Join(err, journal.Close())
	}
	record := func(phase, detail string) error {
		return s.Audit.Append(ctx, audit.Record{Entry: -1, Operation: "StoreImport", Actor: opt.Actor, Store: store, Phase: phase, Detail: detail})
	}
	if err := record(audit.Intent, ""); err != nil {
		return nil, nil, errors.Join(err, journal.Close())
	}
	return im, func(sum importer.Summary, failed error) error {
		detail := fmt.Sprintf("%d stored, %d refused, %d existing", sum.Stored, sum.Refused, sum.Existing)
		if failed != nil {
			detail += ", not finished"
		}
		return errors.Join(failed, record(audit.Outcome, detail), journal.Close())
	}, nil
}

// GenerateOptions says what to make up.
type GenerateOptions struct {
	Patients, First int
	Seed            uint64
	Lite            bool
	Samples         bool // the hand-made patients
}

// Generated makes up patients in a store's version, one transaction each.
func (s *System) Generated(ctx context.Context, store string, opt GenerateOptions) (iter.Seq[*fhir.Request], error) {
	v, err := s.Providers.GetStore(ctx, store)
	if err != nil {
		return nil, err
	}
	c := sandbox.Config{Version: v.Version, Patients: opt.Patients, First: opt.First, Seed: opt.Seed}
	if opt.Lite {
		c.Depth = sandbox.Lite
	}
	generate := sandbox.Generate
	if opt.Samples {
		generate = sandbox.Samples
	}
	bundles, err := generate(c)
	if err != nil {
		return nil, err
	}
	return func(yield func(*fhir.Request) bool) {
		for b := range bundles {
			req := &fhir.Request{Interaction: fhir.Transaction, Return: fhir.ReturnMinimal}
			for _, e := range b.Entries {
				req.Entries = append(req.Entries, fhir.Entry{Request: &fhir.Request{
					Interaction: fhir.Update, Type: e.Type, ID: e.ID, Body: e.Body, Return: fhir.ReturnMinimal,
				}})
			}
			if !yield(req) {
				return
			}
		}
	}, nil
}

// Stats is what is in a store.
type Stats struct {
	Store string      `json:"store"`
	Types []TypeCount `json:"types"`
	Total int64       `json:"total"`
	Bytes int64       `json:"bytes"`
}

// TypeCount is how many resources of a type there are.
type TypeCount struct {
	Type  string `json:"type"`
	Count int64  `json:"count"`
}

// StoreStats counts what is in a store.
func (s *System) StoreStats(ctx context.Context, name string) (Stats, error) {
	out := Stats{Store: name, Types: []TypeCount{}}
	_, store, err := s.StoreServer(ctx, name)
	if err != nil {
		return out, err
	}
	s.stores.mu.Lock()
	files := s.stores.open[name].files
	s.stores.mu.Unlock()
	for _, t := range search.Load(store.Version).Types() {
		n, err := files.Count(ctx, t)
		if err != nil {
			return out, err
		}
		if n > 0 {
			out.Types = append(out.Types, TypeCount{t, int64(n)})
			out.Total += int64(n)
		}
	}
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(s.stores.path(name) + suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return out, err
		}
		if err == nil {
			out.Bytes += info.Size()
		}
	}
	return out, nil
}
