package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// valueTables hold what patients' data is purged from.
const valueTables = `'patients_observed', 'patients_field', 'patients_todo', 'patients_note', 'patients_draft', 'patients_entry',
	'patients_list', 'patients_change'`

// scrubAtOnce bounds the pages that one transaction writes. Others who write
// wait as long as it takes to look through the tree, some 50 ms for 20 MB, and
// to write so many pages; where there is nothing to write, nobody waits.
const scrubAtOnce = 512

// scrubPages empties what no row uses of the pages that hold patients' data.
// secure_delete zeroes what is deleted and pages that are freed, but where
// SQLite spreads rows over pages anew, copies of them stay in the gaps. Each
// tree, a table or an index, is looked through in one read; only pages with
// something in a gap are written, so the cost of writing follows what changed
// since the last time.
func (s patientsStorage) scrubPages(ctx context.Context) error {
	trees, err := s.valueTrees(ctx)
	if err != nil {
		return err
	}
	for _, tree := range trees {
		for more := true; more; {
			// Most trees have nothing, and then no writer waits.
			unclean, err := uncleanPages(ctx, s.db.read.QueryContext, tree, 1)
			if err != nil {
				return err
			}
			if len(unclean) == 0 {
				break
			}
			err = s.db.writer.Do(ctx, func(ctx context.Context, tx *Tx) error {
				n, err := scrubTree(ctx, tx, tree)
				more = n == scrubAtOnce
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// valueTrees are the tables and their indexes.
func (s patientsStorage) valueTrees(ctx context.Context) (names []string, err error) {
	rows, err := s.db.read.QueryContext(ctx, "SELECT name FROM sqlite_schema WHERE tbl_name IN ("+valueTables+") AND rootpage > 0 ORDER BY name")
	if err != nil {
		return nil, wrap("scrub", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, wrap("scrub", err)
		}
		names = append(names, name)
	}
	return names, wrap("scrub", rows.Err())
}

// scrubTree empties the gaps of a tree's pages, up to scrubAtOnce of them, and
// gives how many those were.
func scrubTree(ctx context.Context, tx *Tx, tree string) (int, error) {
	// Which pages are the tree's holds in this transaction.
	pages, err := uncleanPages(ctx, tx.Query, tree, scrubAtOnce)
	if err != nil {
		return 0, err
	}
	for _, p := range pages {
		if _, err := tx.Exec(ctx, "UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?", p.data, p.number); err != nil {
			return 0, wrap("scrub", err)
		}
	}
	return len(pages), nil
}

// A cleanPage is a page as it is without what no row uses.
type cleanPage struct {
	number int64
	data   []byte
}

// uncleanPages are up to most of a tree's pages that have something where no
// row is.
func uncleanPages(ctx context.Context, query queryFunc, tree string, most int) (out []cleanPage, err error) {
	rows, err := query(ctx, `SELECT p.pgno, p.data FROM dbstat s CROSS JOIN sqlite_dbpage p ON p.pgno = s.pageno
		WHERE s.name = ? AND s.pagetype <> 'overflow'`, tree)
	if err != nil {
		return nil, wrap("scrub", err)
	}
	defer func() { _ = rows.Close() }()
	var page sql.RawBytes
	for len(out) < most && rows.Next() {
		var number int64
		if err := rows.Scan(&number, &page); err != nil {
			return nil, wrap("scrub", err)
		}
		clean, err := emptyGaps(page)
		if err != nil {
			return nil, fmt.Errorf("scrub: page %d of %s: %w", number, tree, err)
		}
		if clean != nil {
			out = append(out, cleanPage{number, clean})
		}
	}
	return out, wrap("scrub", rows.Err())
}

// queryFunc is a query of the writer or of the readers.
type queryFunc func(ctx context.Context, query string, args ...any) (*sql.Rows, error)

var errNotATreePage = errors.New("it is not as a page of a tree should be")

// emptyGaps gives a page of a B-tree with zeroes where no row is, nil for one
// that has them: between the pointers to the rows and the rows, and in the
// blocks between rows that are free (SQLite file format, §1.6). What is left are
// the fragments between rows that are too short to be free blocks, and those
// secure_delete has zeroed.
func emptyGaps(page []byte) (clean []byte, err error) {
	const (
		freeAt, rowsAt, contentAt = 1, 3, 5
		smallestPage              = 512
	)
	if len(page) < smallestPage {
		return nil, errNotATreePage
	}
	at := func(i int) int { return int(binary.BigEndian.Uint16(page[i:])) }
	var header int
	switch page[0] {
	case 2, 5: // inner pages, of indexes and tables
		header = 12
	case 10, 13: // leaves
		header = 8
	default:
		return nil, errNotATreePage
	}
	empty := func(from, to int) error {
		if from > to || to > len(page) {
			return errNotATreePage
		}
		if clean == nil && slices.ContainsFunc(page[from:to], func(b byte) bool { return b != 0 }) {
			clean = slices.Clone(page)
		}
		if clean != nil {
			clear(clean[from:to])
		}
		return nil
	}
	content := at(contentAt)
	if content == 0 {
		content = 1 << 16
	}
	if err := empty(header+2*at(rowsAt), content); err != nil {
		return nil, err
	}
	for block, last := at(freeAt), content-1; block != 0; {
		if block <= last || block+4 > len(page) {
			return nil, errNotATreePage
		}
		if err := empty(block+4, block+at(block+2)); err != nil {
			return nil, err
		}
		last, block = block, at(block)
	}
	return clean, nil
}
