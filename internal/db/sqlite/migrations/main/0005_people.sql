-- +goose Up

-- People who sign in. Times are microseconds since 1970; 0 is never.
CREATE TABLE person (
    id       TEXT    PRIMARY KEY,
    name     TEXT    NOT NULL,
    username TEXT    UNIQUE, -- of a local account, folded; NULL without one
    tenant   TEXT    NOT NULL, -- directory GUID in lower case; '' is local
    admin    INTEGER NOT NULL,
    demo     INTEGER NOT NULL,
    disabled INTEGER NOT NULL,
    created  INTEGER NOT NULL,
    prefs    TEXT    NOT NULL -- JSON
) STRICT, WITHOUT ROWID;

-- Who an OpenID provider says someone is. Never joined by e-mail.
CREATE TABLE person_identity (
    issuer  TEXT    NOT NULL,
    subject TEXT    NOT NULL, -- tid + ':' + oid for Entra
    person  TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX person_identity_person ON person_identity (person);

CREATE TABLE person_password (
    person  TEXT    PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    hash    TEXT    NOT NULL, -- argon2id with its parameters
    changed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Of tokens only a hash is kept.
CREATE TABLE person_session (
    hash    BLOB    PRIMARY KEY,
    person  TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    seen    INTEGER NOT NULL, -- when the person last did something
    idle    INTEGER NOT NULL, -- µs without doing anything that end it
    ends    INTEGER NOT NULL  -- whatever the person does
) STRICT, WITHOUT ROWID;

CREATE INDEX person_session_person ON person_session (person);
CREATE INDEX person_session_ends ON person_session (ends);

CREATE TABLE person_link (
    hash    BLOB    PRIMARY KEY,
    person  TEXT    NOT NULL, -- whose account it makes; '' makes the first administrator
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A care team's place.
CREATE TABLE space (
    id       TEXT    PRIMARY KEY,
    tenant   TEXT    NOT NULL, -- directory GUID in lower case; '' is local
    team     TEXT    NOT NULL, -- of Teams; '' is local
    name     TEXT    NOT NULL,
    ehr      INTEGER NOT NULL,
    manual   INTEGER NOT NULL,
    settings TEXT    NOT NULL, -- JSON
    created  INTEGER NOT NULL,
    version  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX space_tenant ON space (tenant, name);
CREATE UNIQUE INDEX space_team ON space (tenant, team) WHERE team <> '';

CREATE TABLE channel (
    id    TEXT PRIMARY KEY,
    space TEXT NOT NULL REFERENCES space (id) ON DELETE CASCADE,
    name  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX channel_space ON channel (space, name);

CREATE TABLE member (
    space  TEXT    NOT NULL REFERENCES space (id) ON DELETE CASCADE,
    person TEXT    NOT NULL REFERENCES person (id),
    role   TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (space, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_person ON member (person);

CREATE TABLE access_request (
    space  TEXT    NOT NULL REFERENCES space (id) ON DELETE CASCADE,
    person TEXT    NOT NULL REFERENCES person (id),
    role   TEXT    NOT NULL,
    asked  INTEGER NOT NULL,
    PRIMARY KEY (space, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX access_request_person ON access_request (person);

-- +goose Down

DROP TABLE access_request;
DROP TABLE member;
DROP TABLE channel;
DROP TABLE space;
DROP TABLE person_link;
DROP TABLE person_session;
DROP TABLE person_password;
DROP TABLE person_identity;
DROP TABLE person;
