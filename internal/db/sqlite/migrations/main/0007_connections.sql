-- +goose Up

-- Ways to record systems. Times are microseconds since 1970, 0 is never. A
-- removed one stays as long as entries point to it, without its secret.
CREATE TABLE patients_connection (
    id         TEXT    PRIMARY KEY,
    space      TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    link       TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    token_url  TEXT    NOT NULL,
    auth       TEXT    NOT NULL,
    client_id  TEXT    NOT NULL,
    tenant     TEXT    NOT NULL,
    choice     TEXT    NOT NULL, -- ready-made partner whose credentials are used, '' is none
    missing    TEXT    NOT NULL, -- JSON array of types
    secret     BLOB,             -- sealed for this row
    created    INTEGER NOT NULL,
    removed    INTEGER NOT NULL DEFAULT 0,
    last_ok    INTEGER NOT NULL DEFAULT 0,
    last_error TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX patients_connection_space ON patients_connection (space, created, id);

-- Clients of this server that were made for the app itself, to ask the
-- gateway's own tenants.
CREATE TABLE patients_partner (
    id        TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    secret    BLOB NOT NULL -- sealed for this row
) STRICT, WITHOUT ROWID;
