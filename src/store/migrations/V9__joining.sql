-- What was found of a certificate when a mail brought it.
ALTER TABLE offered_certificate ADD COLUMN expires_at TEXT;
ALTER TABLE offered_certificate ADD COLUMN unusable TEXT NOT NULL DEFAULT 'it came before this version, which looks at what comes';
ALTER TABLE offered_certificate ADD COLUMN names TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(names));  -- addresses

-- Members of the team said whose it is, and no operator: it may not disclose at once.
ALTER TABLE certificate ADD COLUMN by_mail INTEGER NOT NULL DEFAULT 0 CHECK (by_mail IN (0, 1));

-- What members of the team said: this certificate, which a mail brought, is that person's. Two must say so.
CREATE TABLE certificate_word (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL,
    person      INTEGER NOT NULL REFERENCES person (id),  -- whose it is said to be
    member      INTEGER NOT NULL REFERENCES person (id),  -- who says so
    state       TEXT NOT NULL CHECK (state IN ('said', 'done', 'void')),
    at          TEXT NOT NULL,
    CHECK (person <> member)
) STRICT;
CREATE UNIQUE INDEX certificate_word_once ON certificate_word (fingerprint, person, member) WHERE state = 'said';

-- Certificates that took the place of another, or were given without the operator: people are told of each.
CREATE TABLE certificate_change (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person       INTEGER NOT NULL REFERENCES person (id),
    fingerprint  TEXT NOT NULL,
    former       TEXT,                           -- the fingerprint of the one it replaced
    former_bytes BLOB,
    how          TEXT NOT NULL CHECK (how IN ('operator', 'signed', 'two-members')),
    said_by      TEXT NOT NULL,                  -- for people
    at           TEXT NOT NULL,
    told_at      TEXT
) STRICT;
CREATE INDEX certificate_change_untold ON certificate_change (id) WHERE told_at IS NULL;

-- Encrypted to a certificate that was replaced: its holder is told so.
ALTER TABLE delivery ADD COLUMN former TEXT;

-- Somebody who asked to join the team: a member vouches, another accepts, they agree to the embargo.
CREATE TABLE joining (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number INTEGER NOT NULL REFERENCES cases (number),  -- which the request opened
    person      INTEGER NOT NULL REFERENCES person (id),
    name        TEXT NOT NULL,                   -- as the voucher wrote it
    voucher     INTEGER NOT NULL REFERENCES person (id),
    decider     INTEGER REFERENCES person (id),  -- who accepted or refused
    state       TEXT NOT NULL CHECK (state IN ('vouched', 'accepted', 'agreed', 'joined', 'refused', 'declined',
                                               'expired', 'void')),
    since       TEXT NOT NULL,                   -- of this state
    CHECK (person <> voucher AND (decider IS NULL OR decider NOT IN (voucher, person))),
    CHECK (state NOT IN ('accepted', 'agreed', 'joined', 'refused', 'declined') OR decider IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX joining_of_person ON joining (person) WHERE state IN ('vouched', 'accepted', 'agreed');
CREATE UNIQUE INDEX joining_of_case ON joining (case_number) WHERE state IN ('vouched', 'accepted', 'agreed');
