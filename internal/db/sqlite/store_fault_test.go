package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

// TestStoreFull: a full disk is a clear refusal, nothing is half-written, and
// the store goes on when there is room again.
func TestStoreFull(t *testing.T) {
	ctx := t.Context()
	raw, err := OpenStore(ctx, filepath.Join(t.TempDir(), "s.db"), fhir.R4, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	s, err := fhirstore.New(fhirstore.Config{Storage: raw, Version: fhir.R4})
	if err != nil {
		t.Fatal(err)
	}
	pages := func(n string) {
		t.Helper()
		err := raw.writer.Do(ctx, func(ctx context.Context, tx *Tx) error {
			var got int64
			return tx.QueryRow(ctx, "PRAGMA max_page_count = "+n).Scan(&got)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	big := `{"resourceType":"Basic","x":"` + strings.Repeat("x", 1<<20) + `"}`
	small := func(id string) fhir.Entry {
		return fhir.Entry{Request: &fhir.Request{Interaction: fhir.Update, Type: "Basic", ID: id, Body: []byte(`{"resourceType":"Basic"}`)}}
	}
	tx := &fhir.Request{Interaction: fhir.Transaction, Entries: []fhir.Entry{small("a"), {Request: &fhir.Request{Interaction: fhir.Update, Type: "Basic", ID: "b", Body: []byte(big)}}}}
	if _, err := s.Do(ctx, &fhir.Request{Interaction: fhir.Search, Type: "Basic"}); err != nil {
		t.Fatal(err)
	}
	pages("100")
	_, err = s.Do(ctx, tx)
	if fe := fhir.AsError(err); err == nil || fe.Kind != fhir.KindUnavailable || !errors.Is(err, ErrFull) {
		t.Errorf("a transaction on a full disk: %v", err)
	}
	resp, err := s.Do(ctx, &fhir.Request{Interaction: fhir.Search, Type: "Basic"})
	if err != nil || resp.Total != 0 {
		t.Errorf("after it: %+v, %v, want nothing", resp, err)
	}
	pages("1000000")
	if _, err = s.Do(ctx, tx); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// TestStoreDamaged: a file that is no database is refused with a reason.
func TestStoreDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenStore(t.Context(), path, fhir.R4, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("opening a damaged file: %v", err)
	}
}

// TestStoreWhereNoneCanBe: a place that cannot hold a file is named as such.
func TestStoreWhereNoneCanBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent", "s.db")
	if _, err := OpenStore(t.Context(), path, fhir.R4, Options{}); !errors.Is(err, ErrCannotOpen) {
		t.Errorf("opening in an absent directory: %v", err)
	}
}
