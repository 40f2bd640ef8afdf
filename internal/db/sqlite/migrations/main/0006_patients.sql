-- +goose Up

-- Patient lists and what is on them. Times are microseconds since 1970, 0 is
-- never; what is JSON says so. Rows of a list begin with the list, so that one
-- range of each table is the whole list. There are no foreign keys: a purge
-- empties and deletes by list, and people and spaces outlive nothing here.
CREATE TABLE patients_list (
    id              TEXT    PRIMARY KEY,
    space           TEXT    NOT NULL,
    channel         TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    location        TEXT    NOT NULL,
    is_default      INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    beds            TEXT    NOT NULL, -- JSON array
    hide_unoccupied INTEGER NOT NULL,
    schema          TEXT    NOT NULL,
    created         INTEGER NOT NULL,
    created_by      TEXT    NOT NULL,
    changed         INTEGER NOT NULL,
    deleted         INTEGER NOT NULL,
    purged          INTEGER NOT NULL DEFAULT 0,
    version         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX patients_list_space ON patients_list (space, position, id);
CREATE INDEX patients_list_deleted ON patients_list (deleted) WHERE deleted > 0;

-- Sets of columns of a space; the built-in ones are in the program.
CREATE TABLE patients_schema (
    space   TEXT    NOT NULL,
    id      TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    columns TEXT    NOT NULL, -- JSON array
    version INTEGER NOT NULL,
    PRIMARY KEY (space, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE patients_view (
    list   TEXT NOT NULL,
    person TEXT NOT NULL,
    body   TEXT NOT NULL, -- JSON
    PRIMARY KEY (list, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE patients_entry (
    id           TEXT    PRIMARY KEY,
    space        TEXT    NOT NULL,
    list         TEXT    NOT NULL,
    connection   TEXT    NOT NULL, -- '' is typed by hand
    patient      TEXT    NOT NULL,
    identity     TEXT    NOT NULL, -- JSON
    identity_seq INTEGER NOT NULL,
    identity_by  TEXT    NOT NULL,
    mrn_key      TEXT    NOT NULL, -- folded, for duplicates; '' is unknown
    name_key     TEXT    NOT NULL, -- folded name and birth date; '' is unknown
    fingerprint  TEXT    NOT NULL, -- JSON
    state        TEXT    NOT NULL,
    other        TEXT    NOT NULL, -- JSON, '' is none
    added        INTEGER NOT NULL,
    added_by     TEXT    NOT NULL,
    removed      INTEGER NOT NULL,
    removed_by   TEXT    NOT NULL,
    purged       INTEGER NOT NULL DEFAULT 0,
    seq          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX patients_entry_list ON patients_entry (list, removed);
CREATE INDEX patients_entry_subject ON patients_entry (space, connection, patient) WHERE removed = 0 AND connection <> '';
CREATE INDEX patients_entry_mrn ON patients_entry (space, mrn_key) WHERE removed = 0 AND mrn_key <> '';
CREATE INDEX patients_entry_name ON patients_entry (space, name_key) WHERE removed = 0 AND name_key <> '';
CREATE INDEX patients_entry_purge ON patients_entry (removed) WHERE removed > 0 AND purged = 0;

-- Our own cells, and the EHR's as last seen.
CREATE TABLE patients_field (
    list       TEXT    NOT NULL,
    entry      TEXT    NOT NULL,
    column_key TEXT    NOT NULL,
    value      TEXT    NOT NULL, -- JSON
    seq        INTEGER NOT NULL,
    by_person  TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (list, entry, column_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE patients_observed (
    list       TEXT NOT NULL,
    entry      TEXT NOT NULL,
    column_key TEXT NOT NULL,
    cell       TEXT NOT NULL, -- JSON
    PRIMARY KEY (list, entry, column_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE patients_todo (
    list      TEXT    NOT NULL,
    entry     TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    owner     TEXT    NOT NULL,
    due       TEXT    NOT NULL,
    done_by   TEXT    NOT NULL,
    done_at   INTEGER NOT NULL,
    by_person TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    PRIMARY KEY (list, entry, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX patients_todo_id ON patients_todo (id);

CREATE TABLE patients_note (
    list      TEXT    NOT NULL,
    entry     TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    pinned    INTEGER NOT NULL,
    by_person TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    edited    INTEGER NOT NULL,
    deleted   INTEGER NOT NULL,
    history   TEXT    NOT NULL, -- JSON array of what it said before
    seq       INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    PRIMARY KEY (list, entry, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX patients_note_id ON patients_note (id);

-- What someone is typing, for them alone.
CREATE TABLE patients_draft (
    person    TEXT    NOT NULL,
    draft_key TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    base      INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (person, draft_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX patients_draft_at ON patients_draft (at);

-- Every change, in the order of commit. The numbers never come again.
CREATE TABLE patients_change (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    space      TEXT    NOT NULL,
    list       TEXT    NOT NULL,
    entry      TEXT    NOT NULL, -- '' is of the list itself
    column_key TEXT    NOT NULL,
    item       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    old        TEXT    NOT NULL,
    new        TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    by_person  TEXT    NOT NULL  -- '' is the EHR
) STRICT;

CREATE INDEX patients_change_list ON patients_change (list, seq);
CREATE INDEX patients_change_entry ON patients_change (entry, seq) WHERE entry <> '';

-- What only streams need, and what is purged soon.
CREATE INDEX patients_change_passing ON patients_change (at) WHERE kind IN ('first', 'status', 'list', 'round');

-- Up to which change someone has looked: at a list, a row of it, or a cell.
CREATE TABLE patients_seen (
    list       TEXT    NOT NULL,
    person     TEXT    NOT NULL,
    entry      TEXT    NOT NULL, -- '' is the list
    column_key TEXT    NOT NULL, -- '' is the row
    seq        INTEGER NOT NULL,
    before     INTEGER NOT NULL, -- what undo brings back
    at         INTEGER NOT NULL,
    PRIMARY KEY (list, person, entry, column_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE patients_round (
    list       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    by_person  TEXT    NOT NULL,
    started    INTEGER NOT NULL,
    ended      INTEGER NOT NULL,
    entries    TEXT    NOT NULL, -- JSON array: the order
    PRIMARY KEY (list, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX patients_round_running ON patients_round (list) WHERE ended = 0;

CREATE TABLE patients_round_seen (
    list      TEXT    NOT NULL,
    entry     TEXT    NOT NULL,
    round     TEXT    NOT NULL,
    by_person TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (list, round, entry)
) STRICT, WITHOUT ROWID;

CREATE INDEX patients_round_seen_at ON patients_round_seen (list, at);

-- Exports that were asked for; the ticket is kept as a hash.
CREATE TABLE patients_ticket (
    hash    BLOB    PRIMARY KEY,
    person  TEXT    NOT NULL,
    body    TEXT    NOT NULL, -- JSON: what was asked for
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE patients_purpose (
    person  TEXT    PRIMARY KEY,
    purpose TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Whether something was purged whose bytes may still stand in the file.
CREATE TABLE patients_scrub (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    pending INTEGER NOT NULL
) STRICT;

INSERT INTO patients_scrub (id, pending) VALUES (1, 0);

-- +goose Down

DROP TABLE patients_scrub;
DROP TABLE patients_purpose;
DROP TABLE patients_ticket;
DROP TABLE patients_round_seen;
DROP TABLE patients_round;
DROP TABLE patients_seen;
DROP TABLE patients_change;
DROP TABLE patients_draft;
DROP TABLE patients_note;
DROP TABLE patients_todo;
DROP TABLE patients_observed;
DROP TABLE patients_field;
DROP TABLE patients_entry;
DROP TABLE patients_view;
DROP TABLE patients_schema;
DROP TABLE patients_list;
