-- Times are RFC 3339 in UTC, to the second. Addresses are kept as written, with a lower-case key beside them.

CREATE TABLE instance (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    born_at      TEXT NOT NULL,
    simulated_at TEXT                            -- the latest `run --at` of a local instance
) STRICT;

-- Every mail, as it came, before anything else happens to it.
CREATE TABLE inbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256       TEXT NOT NULL UNIQUE,           -- of raw: the identity of a mail
    account      TEXT NOT NULL,
    folder       TEXT NOT NULL,
    received_at  TEXT NOT NULL,                  -- by our mail server
    predates     INTEGER NOT NULL DEFAULT 0 CHECK (predates IN (0, 1)),   -- received before the instance was set up
    truncated    INTEGER NOT NULL DEFAULT 0 CHECK (truncated IN (0, 1)),  -- too large: only its beginning is here
    state        TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done', 'quarantined')),
    reason       TEXT NOT NULL DEFAULT '',       -- what became of it, in words
    attempts     INTEGER NOT NULL DEFAULT 0,
    effect       TEXT,                           -- the second identity: From, Date, Message-ID and body
    destination  TEXT,                           -- role or token it came to
    linked_to    INTEGER REFERENCES inbox (id),  -- the same mail by another way
    raw          BLOB NOT NULL
) STRICT;
CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 'new';
CREATE INDEX inbox_effect ON inbox (effect, destination);

-- How far each folder has been read (RFC 3501 section 2.3.1.1).
CREATE TABLE cursor (
    account      TEXT NOT NULL,
    folder       TEXT NOT NULL,
    uid_validity INTEGER,
    uid          INTEGER,
    polled_at    TEXT,
    PRIMARY KEY (account, folder)
) STRICT;

CREATE TABLE person (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    address     TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE team_member (
    person    INTEGER PRIMARY KEY REFERENCES person (id),
    moderator INTEGER NOT NULL CHECK (moderator IN (0, 1)),
    state     TEXT NOT NULL CHECK (state IN ('active', 'left')),
    since     TEXT NOT NULL
) STRICT;

CREATE TABLE cases (
    number           INTEGER PRIMARY KEY AUTOINCREMENT,
    title            TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('held', 'triage', 'confirmed', 'invalid', 'duplicate', 'passed',
                                                    'embargoed', 'public', 'predisclosed', 'released', 'closed')),
    received_at      TEXT NOT NULL,
    predisclosure_at TEXT NOT NULL,
    release_at       TEXT NOT NULL
) STRICT;

CREATE TABLE participant (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    person      INTEGER NOT NULL REFERENCES person (id),
    role        TEXT NOT NULL CHECK (role IN ('reporter')),
    since       TEXT NOT NULL,
    PRIMARY KEY (case_number, person)
) STRICT;
CREATE INDEX participant_person ON participant (person);

-- The mails of a case, in order of arrival.
CREATE TABLE entry (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    author      TEXT NOT NULL,                   -- name and address as written, '' when there was none
    author_key  TEXT NOT NULL,                   -- the address alone, in lower case
    standing    TEXT NOT NULL CHECK (standing IN ('reporter', 'team', 'stranger')),
    joined_by   TEXT NOT NULL CHECK (joined_by IN ('report', 'token', 'reference')),
    evidence    TEXT NOT NULL,
    to_reporter INTEGER NOT NULL DEFAULT 0 CHECK (to_reporter IN (0, 1)),
    answer      TEXT NOT NULL CHECK (answer IN ('none', 'acknowledged', 'added', 'received')),
    effect      TEXT NOT NULL,
    message_id  TEXT,                            -- as its author's mail program chose it
    PRIMARY KEY (case_number, inbox)
) STRICT;
CREATE INDEX entry_effect ON entry (case_number, effect);
CREATE INDEX entry_message ON entry (message_id, author_key);

-- Message-IDs by which later mail finds its case. They find; they prove nothing.
CREATE TABLE thread (
    message_id  TEXT NOT NULL,
    case_number INTEGER NOT NULL REFERENCES cases (number),
    PRIMARY KEY (message_id, case_number)
) STRICT, WITHOUT ROWID;

-- Mail of a case that also went to, or came through, a mailing list.
CREATE TABLE flag (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    list        TEXT NOT NULL,
    header      TEXT NOT NULL,
    public      INTEGER NOT NULL CHECK (public IN (0, 1)),
    PRIMARY KEY (case_number, inbox, list, header)
) STRICT;

-- Personal reply addresses. The token itself is never stored: it is derived again from (purpose, cause, counter).
CREATE TABLE token (
    hash        TEXT PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('answer-team', 'answer-reporter')),
    case_number INTEGER NOT NULL REFERENCES cases (number),
    person      INTEGER NOT NULL REFERENCES person (id),
    cause       TEXT NOT NULL,
    counter     INTEGER NOT NULL,
    made_at     TEXT NOT NULL,
    voided_at   TEXT
) STRICT;
CREATE INDEX token_holder ON token (case_number, person, purpose) WHERE voided_at IS NULL;

CREATE TABLE letter (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    kind        TEXT NOT NULL CHECK (kind IN ('acknowledgement', 'answer', 'relay', 'notice', 'reminder', 'refusal',
                                              'post', 'predisclosure', 'release', 'confirmation', 'alert')),
    cause       TEXT NOT NULL,                   -- the mail's SHA-256 or the due event it came from
    counter     INTEGER NOT NULL,
    message_id  TEXT NOT NULL UNIQUE,
    case_number INTEGER REFERENCES cases (number),
    labels      TEXT NOT NULL CHECK (json_valid(labels)),
    content     TEXT NOT NULL CHECK (json_valid(content)),
    written_at  TEXT NOT NULL,
    sealed      BLOB                             -- the exact bytes, from sealing until the last delivery is decided
) STRICT;

-- A letter to one recipient.
CREATE TABLE delivery (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    letter          INTEGER NOT NULL REFERENCES letter (id),
    recipient       TEXT NOT NULL,
    urgent          INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    state           TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'blocked')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    error           TEXT NOT NULL DEFAULT '',
    decided_at      TEXT,
    told_at         TEXT                         -- when people were told of a failure
) STRICT;
CREATE INDEX delivery_letter ON delivery (letter);
CREATE INDEX delivery_waiting ON delivery (urgent DESC, id) WHERE state = 'queued';
CREATE INDEX delivery_undecided ON delivery (id) WHERE state = 'sending';
CREATE INDEX delivery_trouble ON delivery (id) WHERE state IN ('failed', 'blocked') AND told_at IS NULL;

-- The record: each line's hash covers the line before.
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    at       TEXT NOT NULL,
    actor    TEXT NOT NULL,
    evidence TEXT NOT NULL,
    act      TEXT NOT NULL,
    object   TEXT NOT NULL,
    detail   TEXT NOT NULL,
    prev     TEXT NOT NULL,
    hash     TEXT NOT NULL UNIQUE
) STRICT;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the record is never changed'); END;
CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the record is never shortened'); END;
