package sqlite

import (
	"context"
	"fmt"

	"github.com/wardbridge/wardbridge/internal/audit"
)

var (
	_ audit.Storage = (*DB)(nil)
	_ audit.Reader  = (*DB)(nil)
)

// line is a record on its way into the chain.
type line = audit.Line

// Update makes a change of configuration: fn's changes, the count that tells
// other processes to reload, and the audit record are one transaction. fn may
// complete rec (it is encoded after fn has returned) and may run more than
// once. rec.Time must be set.
func (d *DB) Update(ctx context.Context, rec *audit.Record, fn func(ctx context.Context, tx *Tx) error) error {
	return d.writer.Do(ctx, func(ctx context.Context, tx *Tx) error {
		if err := fn(ctx, tx); err != nil {
			return err
		}
		if err := bumpConfig(ctx, tx); err != nil {
			return err
		}
		tx.record(rec.Encode())
		return nil
	})
}

// Write makes changes that are no configuration: fn's changes alone are the
// transaction.
func (d *DB) Write(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return d.writer.Do(ctx, fn)
}

// AppendAudit implements [audit.Storage].
func (d *DB) AppendAudit(_ context.Context, lines []audit.Line) error {
	return wrap("append to the audit record", d.writer.appendLines(lines))
}

// A sealer adds the lines of each transaction to this process's chain, as one
// block.
type sealer struct {
	chain *audit.Chain
	block audit.Block
	lines []audit.Line
	// unsure: a commit failed, so what the database holds of this chain is
	// read again before the next block.
	unsure bool
}

func newSealer() *sealer { return &sealer{chain: audit.NewChain()} }

// beforeCommit implements batchHook.
func (s *sealer) beforeCommit(ctx context.Context, tx *Tx, lines []line) error {
	if s.unsure {
		if err := s.reload(ctx, tx); err != nil {
			return err
		}
	}
	if !s.chain.Started() {
		start, err := s.start(ctx, tx, lines[0])
		if err != nil {
			return err
		}
		s.lines = append(append(s.lines[:0], start), lines...)
		lines = s.lines
	}
	s.block = s.chain.Seal(lines)
	clear(s.lines)
	b := &s.block
	const insert = `INSERT INTO audit_block (chain, seq, count, first_time, last_time, prev_hash, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	if _, err := tx.Exec(ctx, insert, b.Chain, b.Seq, b.Count, b.FirstTime, b.LastTime, b.Prev[:], b.Hash[:], b.Body); err != nil {
		return wrap("append audit block", err)
	}
	const head = `INSERT INTO audit_head (chain, seq, hash) VALUES (?, ?, ?)
		ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`
	_, err := tx.Exec(ctx, head, b.Chain, b.Seq+int64(b.Count)-1, b.Hash[:])
	return wrap("move audit head", err)
}

// after implements batchHook.
func (s *sealer) after(committed bool) {
	if committed {
		s.chain.Advance(s.block)
	} else {
		s.unsure = true
	}
	s.block = audit.Block{}
}

// start is the chain's first record. It vouches for every head that no other
// chain has vouched for yet; what lies behind those is vouched for by them.
func (s *sealer) start(ctx context.Context, tx *Tx, first line) (line, error) {
	rows, err := tx.Query(ctx, "SELECT chain, seq, hash FROM audit_head WHERE seq > linked_seq ORDER BY chain")
	if err != nil {
		return line{}, wrap("read audit heads", err)
	}
	links, err := scanLinks(rows)
	if err != nil {
		return line{}, wrap("read audit heads", err)
	}
	if _, err := tx.Exec(ctx, "UPDATE audit_head SET linked_seq = seq WHERE seq > linked_seq"); err != nil {
		return line{}, wrap("link audit heads", err)
	}
	return s.chain.StartLine(first, links), nil
}

// reload puts the chain where the database has it.
func (s *sealer) reload(ctx context.Context, tx *Tx) error {
	var seq int64
	var hash []byte
	err := tx.QueryRow(ctx, "SELECT seq, hash FROM audit_head WHERE chain = ?", s.chain.ID()).Scan(&seq, &hash)
	switch {
	case kindOf(err) == ErrNotFound: //nolint:errorlint // kindOf gives the sentinel itself
		s.chain.Reset()
	case err != nil:
		return wrap("read audit head", err)
	case len(hash) != len(audit.Hash{}):
		return fmt.Errorf("read audit head: %w", ErrCorrupt)
	default:
		s.chain.Resume(seq, audit.Hash(hash))
	}
	s.unsure = false
	return nil
}
