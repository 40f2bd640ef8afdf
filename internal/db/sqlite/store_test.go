package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/wardbridge/wardbridge/internal/db/conformance"
	"github.com/wardbridge/wardbridge/internal/db/sqlite"
	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

func TestStoreConformance(t *testing.T) {
	conformance.Store(t, func(ctx context.Context, t *testing.T) func() (fhirstore.Storage, error) {
		path := filepath.Join(t.TempDir(), "store.db")
		return func() (fhirstore.Storage, error) { return sqlite.OpenStore(ctx, path, fhir.R4, sqlite.Options{}) }
	})
}
