package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"github.com/wardbridge/wardbridge/internal/audit"
)

const blockColumns = "id, chain, seq, count, first_time, last_time, prev_hash, hash, body"

// AuditBlocks implements [audit.Reader]. It reads a slice at a time, so that a
// long verification does not hold the WAL back.
func (d *DB) AuditBlocks(ctx context.Context, after, to int64, fn func(audit.Block) error) error {
	for {
		blocks, err := d.blocks(ctx, "SELECT "+blockColumns+" FROM audit_block WHERE id > ? AND id <= ? ORDER BY id LIMIT 64", after, to)
		if err != nil {
			return wrap("read audit blocks", err)
		}
		if len(blocks) == 0 {
			return nil
		}
		for _, b := range blocks {
			if err := fn(b); err != nil {
				return err
			}
			after = b.ID
		}
	}
}

// FindAudit implements [audit.Reader].
func (d *DB) FindAudit(ctx context.Context, key string, beforeTime, beforeID int64, limit int) ([]audit.Block, error) {
	const query = `SELECT b.id, b.chain, b.seq, b.count, b.first_time, b.last_time, b.prev_hash, b.hash, b.body
		FROM audit_index i JOIN audit_block b ON b.id = i.block
		WHERE i.key = ? AND (i.first_time, i.block) < (?, ?)
		ORDER BY i.first_time DESC, i.block DESC LIMIT ?`
	blocks, err := d.blocks(ctx, query, key, beforeTime, beforeID, limit)
	return blocks, wrap("find audit blocks", err)
}

func (d *DB) blocks(ctx context.Context, query string, args ...any) (out []audit.Block, err error) {
	rows, err := d.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var b audit.Block
		var prev, hash []byte
		if err := rows.Scan(&b.ID, &b.Chain, &b.Seq, &b.Count, &b.FirstTime, &b.LastTime, &prev, &hash, &b.Body); err != nil {
			return nil, err
		}
		// A hash of a wrong length is tampering; it stays zero and fails the
		// verification.
		copy(b.Prev[:], prev)
		copy(b.Hash[:], hash)
		out = append(out, b)
	}
	return out, rows.Err()
}

// AuditHeads implements [audit.Reader].
func (d *DB) AuditHeads(ctx context.Context) ([]audit.Link, error) {
	rows, err := d.read.QueryContext(ctx, "SELECT chain, seq, hash FROM audit_head ORDER BY chain")
	if err != nil {
		return nil, wrap("read audit heads", err)
	}
	links, err := scanLinks(rows)
	return links, wrap("read audit heads", err)
}

// scanLinks reads and closes rows of chain, seq, hash.
func scanLinks(rows *sql.Rows) (links []audit.Link, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l audit.Link
		var hash []byte
		if err := rows.Scan(&l.Chain, &l.Seq, &hash); err != nil {
			return nil, err
		}
		l.Hash = hex.EncodeToString(hash)
		links = append(links, l)
	}
	return links, rows.Err()
}

// AuditState implements [audit.Reader].
func (d *DB) AuditState(ctx context.Context) (newest, indexed int64, err error) {
	const query = "SELECT coalesce((SELECT max(id) FROM audit_block), 0), block FROM audit_index_state WHERE id = 1"
	err = d.read.QueryRowContext(ctx, query).Scan(&newest, &indexed)
	return newest, indexed, wrap("read audit index", err)
}

// IndexAudit implements [audit.Reader].
func (d *DB) IndexAudit(ctx context.Context, from, to int64, entries []audit.IndexEntry) error {
	return d.writer.Do(ctx, func(ctx context.Context, tx *Tx) error {
		res, err := tx.Exec(ctx, "UPDATE audit_index_state SET block = ? WHERE id = 1 AND block = ?", to, from)
		if err != nil {
			return wrap("index audit blocks", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return wrap("index audit blocks", err)
		}
		// In the order of the table, so that neighbours fill a page together.
		slices.SortFunc(entries, func(a, b audit.IndexEntry) int {
			return cmp.Or(strings.Compare(a.Key, b.Key), cmp.Compare(a.FirstTime, b.FirstTime), cmp.Compare(a.Block, b.Block))
		})
		var args [3 * indexRows]any
		for len(entries) > 0 {
			rows, insert := indexRows, insertIndexRows
			if len(entries) < rows {
				rows, insert = 1, insertIndexRow
			}
			for i, e := range entries[:rows] {
				args[3*i], args[3*i+1], args[3*i+2] = e.Key, e.FirstTime, e.Block
			}
			if _, err := tx.Exec(ctx, insert, args[:3*rows]...); err != nil {
				return wrap("index audit blocks", err)
			}
			entries = entries[rows:]
		}
		return nil
	})
}

// indexRows is how many rows one statement inserts.
const indexRows = 32

const insertIndexRow = "INSERT OR IGNORE INTO audit_index (key, first_time, block) VALUES (?, ?, ?)"

var insertIndexRows = insertIndexRow + strings.Repeat(", (?, ?, ?)", indexRows-1)
