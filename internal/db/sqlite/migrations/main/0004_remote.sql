-- +goose Up

-- How a remote provider is reached, as JSON; '' for other kinds. The revision
-- counts changes, so that processes know when to build its links anew.
ALTER TABLE provider ADD COLUMN remote TEXT NOT NULL DEFAULT '';
ALTER TABLE provider ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- What a remote provider is signed in to with, sealed and bound to this row.
CREATE TABLE provider_secret (
    provider TEXT PRIMARY KEY REFERENCES provider (name) ON DELETE CASCADE,
    sealed   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What was last seen of a remote provider, as JSON. Derived: may be emptied at
-- any time, and is learned again.
CREATE TABLE provider_observed (
    provider TEXT PRIMARY KEY REFERENCES provider (name) ON DELETE CASCADE,
    body     BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down

DROP TABLE provider_observed;
DROP TABLE provider_secret;
ALTER TABLE provider DROP COLUMN revision;
ALTER TABLE provider DROP COLUMN remote;
