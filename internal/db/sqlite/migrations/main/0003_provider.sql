-- +goose Up

-- Times are microseconds since 1970.
CREATE TABLE provider_store (
    name    TEXT    PRIMARY KEY,
    version TEXT    NOT NULL,
    open    INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider (
    name      TEXT    PRIMARY KEY,
    kind      TEXT    NOT NULL,
    store     TEXT    REFERENCES provider_store (name), -- NULL for other kinds
    version   TEXT    NOT NULL,
    zone      TEXT    NOT NULL,
    suspended INTEGER NOT NULL,
    created   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE provider_tenant (
    id        TEXT    PRIMARY KEY, -- GUID in lower case
    provider  TEXT    NOT NULL REFERENCES provider (name),
    label     TEXT    NOT NULL,
    mrn       TEXT    NOT NULL, -- JSON array of {system, typeCode}
    suspended INTEGER NOT NULL,
    created   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX provider_tenant_provider ON provider_tenant (provider);

-- +goose Down

DROP TABLE provider_tenant;
DROP TABLE provider;
DROP TABLE provider_store;
