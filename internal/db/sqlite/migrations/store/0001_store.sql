-- +goose Up

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest version of every resource; a deletion is a version without body.
-- The large columns come last, so that reading the others touches one page.
CREATE TABLE resource (
    rid      INTEGER PRIMARY KEY,
    type     TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    modified INTEGER NOT NULL, -- µs since 1970, never less than that of an earlier change
    method   INTEGER NOT NULL, -- 0 POST, 1 PUT, 2 DELETE
    keys     BLOB,             -- what searches decide by
    body     BLOB
) STRICT;

CREATE UNIQUE INDEX resource_id ON resource (type, id);

-- Superseded versions.
CREATE TABLE history (
    rid      INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    method   INTEGER NOT NULL,
    body     BLOB,
    PRIMARY KEY (rid, version)
) STRICT, WITHOUT ROWID;

-- Every version in the order of writing.
CREATE TABLE change (
    seq      INTEGER PRIMARY KEY,
    type     TEXT    NOT NULL,
    modified INTEGER NOT NULL,
    rid      INTEGER NOT NULL,
    version  INTEGER NOT NULL
) STRICT;

CREATE INDEX change_type ON change (type, modified);

-- Resources per type, deleted ones not counted.
CREATE TABLE counter (
    type TEXT PRIMARY KEY,
    n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Derived: everything a resource is found by, as keys that order as bytes.
CREATE TABLE idx (
    key     BLOB    NOT NULL,
    rid     INTEGER NOT NULL,
    payload BLOB,
    PRIMARY KEY (key, rid)
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE idx;
DROP TABLE counter;
DROP TABLE change;
DROP TABLE history;
DROP TABLE resource;
DROP TABLE meta;
