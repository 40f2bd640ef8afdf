-- +goose Up

-- One row per key: facts about this installation.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Counts every change of configuration. Other processes look at it to learn
-- that their copy in memory is stale.
CREATE TABLE config_seq (
    id  INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;

INSERT INTO config_seq (id, seq) VALUES (1, 1);

-- One row per group commit: the records of that commit as NDJSON lines. Rows
-- are never changed or deleted. Times are microseconds since 1970.
CREATE TABLE audit_block (
    id         INTEGER PRIMARY KEY,
    chain      TEXT    NOT NULL,
    seq        INTEGER NOT NULL, -- of the first record
    count      INTEGER NOT NULL,
    first_time INTEGER NOT NULL, -- the earliest, in case the clock was set back
    last_time  INTEGER NOT NULL,
    prev_hash  BLOB    NOT NULL,
    hash       BLOB    NOT NULL, -- of the last record
    body       BLOB    NOT NULL
) STRICT;

-- The end of each chain, moved in the transaction that adds a block.
CREATE TABLE audit_head (
    chain      TEXT PRIMARY KEY,
    seq        INTEGER NOT NULL, -- of the newest record
    hash       BLOB    NOT NULL,
    linked_seq INTEGER NOT NULL DEFAULT -1 -- newest record that another chain has vouched for
) STRICT, WITHOUT ROWID;

-- Derived: which blocks hold a patient, a tenant, a client. Filled behind the
-- writers' backs and by searches; may be emptied and made again at any time.
CREATE TABLE audit_index (
    key        TEXT    NOT NULL, -- '' every block, p<id>, t<tenant>, c<client>
    first_time INTEGER NOT NULL,
    block      INTEGER NOT NULL,
    PRIMARY KEY (key, first_time, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_index_state (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    block INTEGER NOT NULL -- every block up to this id is in audit_index
) STRICT;

INSERT INTO audit_index_state (id, block) VALUES (1, 0);

-- +goose Down

DROP TABLE audit_index_state;
DROP TABLE audit_index;
DROP TABLE audit_head;
DROP TABLE audit_block;
DROP TABLE config_seq;
DROP TABLE meta;
