package sqlite

import (
	"context"
	"database/sql"
	"strings"
)

// A query of the store, by its place in storeQueries.
type query int

const (
	qCurrent query = iota
	qVersion
	qCount
	qMeta
	qScanExact
	qScanRange
	qScanExactKey
	qScanRangeKey
	qProbeExact
	qProbeRange
	qTypeSlim
	qTypeKeys
	qTypeBody
	qChangesOne
	qChangesType
	qChangesAll
	qTouched
	qResources
	qRowsKeys1
	qRowsKeysN
	qRowsBody1
	qRowsBodyN
	qLastModified
	qLastChange
	qChangesAfter
)

// rowsAtOnce is how many resources one query gives by number. Shorter lists
// are filled up with zeros, which no resource has.
const rowsAtOnce = 32

const (
	slim    = `SELECT rid, type, id, version, modified, method`
	changed = `SELECT c.rid, r.type, r.id, c.version, c.modified,
	CASE WHEN r.version = c.version THEN r.method ELSE h.method END,
	CASE WHEN r.version = c.version THEN r.body ELSE h.body END, NULL, c.seq
	FROM change c JOIN resource r ON r.rid = c.rid LEFT JOIN history h ON h.rid = c.rid AND h.version = c.version `
	live = ` FROM resource WHERE type = ? AND id > ? AND method <> 2 ORDER BY id`
)

func storeQueries() []string {
	in := " FROM resource WHERE rid IN (?" + strings.Repeat(",?", rowsAtOnce-1) + ")"
	return []string{
		qCurrent: slim + `, body, keys FROM resource WHERE type = ? AND id = ?`,
		qVersion: `SELECT r.rid, r.type, r.id, h.version, h.modified, h.method, h.body, NULL FROM resource r
			JOIN history h ON h.rid = r.rid WHERE r.type = ? AND r.id = ? AND h.version = ?`,
		qCount:        `SELECT n FROM counter WHERE type = ?`,
		qMeta:         `SELECT value FROM meta WHERE key = ?`,
		qScanExact:    `SELECT rid, payload FROM idx WHERE key = ?`,
		qScanRange:    `SELECT rid, payload FROM idx WHERE key >= ? AND key < ?`,
		qScanExactKey: `SELECT rid, payload, key FROM idx WHERE key = ?`,
		qScanRangeKey: `SELECT rid, payload, key FROM idx WHERE key >= ? AND key < ?`,
		qProbeExact:   `SELECT count(*) FROM (SELECT 1 FROM idx WHERE key = ? LIMIT ?)`,
		qProbeRange:   `SELECT count(*) FROM (SELECT 1 FROM idx WHERE key >= ? AND key < ? LIMIT ?)`,
		qTypeSlim:     slim + `, NULL, NULL` + live,
		qTypeKeys:     slim + `, NULL, keys` + live,
		qTypeBody:     slim + `, body, NULL` + live,
		qChangesOne: `SELECT rid, type, id, version, modified, method, body, NULL, version FROM (
			SELECT rid, type, id, version, modified, method, body FROM resource WHERE type = ?1 AND id = ?2
			UNION ALL
			SELECT r.rid, r.type, r.id, h.version, h.modified, h.method, h.body FROM resource r
			JOIN history h ON h.rid = r.rid WHERE r.type = ?1 AND r.id = ?2)
			WHERE version < ?3 AND modified >= ?4 ORDER BY version DESC`,
		// modified and seq grow together, so the index on modified finds where
		// a page begins.
		qChangesType: changed + `WHERE c.type = ?1 AND c.seq < ?2 AND c.modified >= ?3
			AND c.modified <= coalesce((SELECT modified FROM change WHERE seq = ?2), 9223372036854775807)
			ORDER BY c.modified DESC, c.seq DESC`,
		qChangesAll:   changed + `WHERE c.seq < ? AND c.modified >= ? ORDER BY c.seq DESC`,
		qTouched:      `SELECT DISTINCT rid FROM change WHERE type = ? AND modified >= ? AND modified < ?`,
		qResources:    slim + `, body, keys FROM resource WHERE rid > ? AND method <> 2 ORDER BY rid LIMIT ?`,
		qRowsKeys1:    slim + `, NULL, keys FROM resource WHERE rid = ?`,
		qRowsKeysN:    slim + `, NULL, keys` + in,
		qRowsBody1:    slim + `, body, NULL FROM resource WHERE rid = ?`,
		qRowsBodyN:    slim + `, body, NULL` + in,
		qLastModified: `SELECT modified FROM change ORDER BY seq DESC LIMIT 1`,
		qLastChange:   `SELECT seq FROM change ORDER BY seq DESC LIMIT 1`,
		qChangesAfter: `SELECT c.seq, r.type, r.id FROM change c JOIN resource r ON r.rid = c.rid WHERE c.seq > ? ORDER BY c.seq LIMIT ?`,
	}
}

// A querySource runs the store's queries: on the pool of readers, or within
// the writer's transaction.
type querySource interface {
	rows(ctx context.Context, q query, args ...any) (*sql.Rows, error)
}

// rows runs a query on the pool of readers.
func (s *Store) rows(ctx context.Context, q query, args ...any) (*sql.Rows, error) {
	return s.stmts[q].QueryContext(ctx, args...)
}

// rows runs a query in the transaction, over what it has written.
func (t *storeTx) rows(ctx context.Context, q query, args ...any) (*sql.Rows, error) {
	switch q {
	case qScanExact, qScanRange, qScanExactKey, qScanRangeKey, qProbeExact, qProbeRange:
		if err := t.flush(ctx); err != nil {
			return nil, err
		}
	case qCount:
		if err := t.flushCounts(ctx); err != nil {
			return nil, err
		}
	default: // the others do not look at what waits
	}
	return t.tx.Query(ctx, t.store.queries[q], args...)
}
