-- +goose Up

-- Times are microseconds since 1970; 0 is never.
CREATE TABLE auth_client (
    id           TEXT    PRIMARY KEY,
    name         TEXT    NOT NULL,
    grant_all    INTEGER NOT NULL,
    tenants      TEXT    NOT NULL, -- JSON array of GUIDs in lower case
    auth_methods TEXT    NOT NULL, -- JSON array of RFC 8414 names
    jwks         TEXT    NOT NULL,
    jwks_uri     TEXT    NOT NULL,
    disabled     INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    keys_since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Of a secret only a keyed hash is kept. Revoked ones stay, for the record.
CREATE TABLE auth_secret (
    id           TEXT    PRIMARY KEY,
    client       TEXT    NOT NULL REFERENCES auth_client (id) ON DELETE CASCADE,
    label        TEXT    NOT NULL,
    hash         BLOB    NOT NULL UNIQUE,
    created      INTEGER NOT NULL,
    expires      INTEGER NOT NULL,
    retires      INTEGER NOT NULL,
    revoked      INTEGER NOT NULL,
    last_used    INTEGER NOT NULL DEFAULT 0,
    last_address TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_secret_client ON auth_secret (client, created);

CREATE TABLE auth_key (
    id        TEXT    PRIMARY KEY, -- kid
    algorithm TEXT    NOT NULL,
    private   BLOB    NOT NULL, -- PKCS #8, sealed and bound to this row
    created   INTEGER NOT NULL,
    activates INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Client assertions that were used, so that none is used twice.
CREATE TABLE auth_assertion (
    id      BLOB    PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX auth_assertion_expires ON auth_assertion (expires);

-- +goose Down

DROP TABLE auth_assertion;
DROP TABLE auth_key;
DROP TABLE auth_secret;
DROP TABLE auth_client;
