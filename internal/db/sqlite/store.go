package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/wardbridge/wardbridge/internal/fhir"
	"github.com/wardbridge/wardbridge/internal/fhirstore"
)

var _ fhirstore.Storage = (*Store)(nil)

// A Store is the file of one embedded FHIR store. It is safe for concurrent
// use, and so are several processes on one file.
type Store struct {
	storeReader
	writer *Writer
	read   *sql.DB
	// queries are the texts of what is read, stmts prepared on read.
	queries []string
	stmts   []*sql.Stmt
	inserts []insert
}

// OpenStore opens the file of a store, making it when absent. A file that
// holds resources of another version is refused.
func OpenStore(ctx context.Context, path string, version fhir.Version, opt Options) (*Store, error) {
	w, r, err := openPair(ctx, path, "store", opt)
	if err != nil {
		return nil, err
	}
	s := &Store{writer: w, read: r, queries: storeQueries(), inserts: indexInserts()}
	s.storeReader = storeReader{s}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(wrap("open store", err), s.Close())
	}
	if err := s.checkFHIR(ctx, version); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), s.Close())
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	s.stmts = make([]*sql.Stmt, len(s.queries))
	for i, q := range s.queries {
		st, err := s.read.PrepareContext(ctx, q) //nolint:sqlclosecheck // kept, and closed with the store
		if err != nil {
			return err
		}
		s.stmts[i] = st
	}
	return nil
}

const metaVersion = "fhir.version"

// checkFHIR writes the version into a new file and compares it with that of an
// old one.
func (s *Store) checkFHIR(ctx context.Context, version fhir.Version) error {
	have, err := s.Meta(ctx, metaVersion)
	if err != nil {
		return err
	}
	if have == "" {
		return s.Write(ctx, func(ctx context.Context, tx fhirstore.Tx) error {
			return tx.SetMeta(ctx, metaVersion, version.String())
		})
	}
	if have != version.String() {
		return fmt.Errorf("the file holds resources of FHIR %s, not %s", have, version)
	}
	return nil
}

// Write implements [fhirstore.Storage].
func (s *Store) Write(ctx context.Context, fn func(ctx context.Context, tx fhirstore.Tx) error) error {
	err := s.writer.Do(ctx, func(ctx context.Context, tx *Tx) error {
		t := &storeTx{store: s, tx: tx}
		t.storeReader = storeReader{t}
		if err := fn(ctx, t); err != nil {
			return err
		}
		return t.finish(ctx)
	})
	return storeError("write", err)
}

// Close finishes what waits to be written and closes the file.
func (s *Store) Close() error {
	var errs []error
	for _, st := range s.stmts {
		if st != nil {
			errs = append(errs, st.Close())
		}
	}
	errs = append(errs, s.read.Close(), s.writer.Close())
	return wrap("close store", errors.Join(errs...))
}

// storeError gives an error that a client can act on the text for it. Errors
// of fhirstore pass.
func storeError(op string, err error) error {
	var fe *fhir.Error
	if err == nil || errors.As(err, &fe) || errors.Is(err, fhirstore.ErrStop) {
		return err
	}
	err = wrap("store: "+op, err)
	say := func(text string) error {
		return fhir.Errorf(fhir.KindUnavailable, "transient", "%s", text).Because(err)
	}
	switch {
	case errors.Is(err, ErrFull):
		return say("The store's disk is full; nothing was written. Its administrator must free space.")
	case errors.Is(err, ErrReadOnly), errors.Is(err, ErrCannotOpen):
		return say("The store cannot be written to at present; nothing was written. Its administrator must look at the permissions of its files.")
	case errors.Is(err, ErrCorrupt):
		return say("The store's file is damaged. Its administrator must restore it from a backup.")
	case errors.Is(err, ErrIO):
		return say("The store's disk reported an error; nothing was written.")
	case errors.Is(err, ErrBusy):
		return say("The store is busy. Try again in a moment.")
	case errors.Is(err, ErrClosed):
		return say("The store is closed.")
	case errors.Is(err, ErrConflict):
		return fhir.Errorf(fhir.KindConflict, "conflict", "The resource was changed by someone else at the same time. Try again.").Because(err)
	}
	return err
}
