package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/wardbridge/wardbridge/internal/audit"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
)

// auditAppend gives the durable append that the bare handler makes: the very
// one the gateway makes, with a record such as a read leaves.
func auditAppend(ctx context.Context, dir string) (func(context.Context) error, error) {
	db, err := sqlite.Open(ctx, filepath.Join(dir, "bare.db"), sqlite.Options{})
	if err != nil {
		return nil, err
	}
	log, err := audit.New(audit.Config{Storage: db, Reader: db})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		return log.Append(ctx, audit.Record{
			Time: time.Now(), RequestID: "0123456789abcdef", Entry: -1, Tenant: tenant, Client: "bench", TokenID: "0123456789abcdef",
			Operation: audit.PatientView, Interaction: "read", Type: "Patient", Target: "Patient/p1", IDs: []string{"Patient/p1"}, Patients: []string{"p1"},
			Status: 200, Provider: "p", Remote: "127.0.0.1",
		})
	}, nil
}
