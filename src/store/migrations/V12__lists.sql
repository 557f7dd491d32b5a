-- The predisclosure list and its -discuss list: more of members, posts held for moderators, members' questions, and what
-- mail servers say of deliveries.
ALTER TABLE member ADD COLUMN kind TEXT NOT NULL DEFAULT '';         -- of organisation, as its application or an import says
ALTER TABLE member ADD COLUMN domains TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(domains));
ALTER TABLE member ADD COLUMN joined_at TEXT;                        -- on the list since; public
UPDATE member SET joined_at = since WHERE state IN ('active', 'suspended');

-- What an operator or the team changed about members, until the members and the team are told.
CREATE TABLE member_change (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    member  INTEGER REFERENCES member (id),                          -- NULL: several at once
    what    TEXT NOT NULL CHECK (what IN ('invited', 'added', 'removed', 'suspended', 'resumed')),
    count   INTEGER NOT NULL,
    said_by TEXT NOT NULL,                                           -- for people
    entry   TEXT NOT NULL,                                           -- of the change history; '' when there is none
    at      TEXT NOT NULL,
    told_at TEXT
) STRICT;
CREATE INDEX member_change_untold ON member_change (id) WHERE told_at IS NULL;

-- A certificate that a member's mail brought, for the team to say whether it is theirs. Once by proven mail, once by other.
CREATE TABLE member_key (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    member      INTEGER NOT NULL REFERENCES member (id),
    fingerprint TEXT NOT NULL,
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    at          TEXT NOT NULL,
    accepted_at TEXT,
    accepted_by INTEGER REFERENCES person (id)
) STRICT;
CREATE INDEX member_key_of ON member_key (member, fingerprint);

-- Certificates that members sent are given to them on the word of one member of the team.
CREATE TABLE certificate_change_new (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person       INTEGER NOT NULL REFERENCES person (id),
    fingerprint  TEXT NOT NULL,
    former       TEXT,                           -- the fingerprint of the one it replaced
    former_bytes BLOB,
    how          TEXT NOT NULL CHECK (how IN ('operator', 'signed', 'two-members', 'team', 'moved')),
    said_by      TEXT NOT NULL,                  -- for people
    at           TEXT NOT NULL,
    told_at      TEXT
) STRICT;
INSERT INTO certificate_change_new (id, person, fingerprint, former, former_bytes, how, said_by, at, told_at)
    SELECT id, person, fingerprint, former, former_bytes, how, said_by, at, told_at FROM certificate_change;
DROP TABLE certificate_change;
ALTER TABLE certificate_change_new RENAME TO certificate_change;
CREATE INDEX certificate_change_untold ON certificate_change (id) WHERE told_at IS NULL;

-- A member's role address is to be another one; both ends have to say so.
CREATE TABLE address_change (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    member         INTEGER NOT NULL REFERENCES member (id),
    former         INTEGER NOT NULL REFERENCES person (id),
    person         INTEGER NOT NULL REFERENCES person (id),          -- behind the new address
    asked_at       TEXT NOT NULL,
    former_said_at TEXT,
    new_said_at    TEXT,
    outcome        TEXT NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'changed', 'expired', 'refused')),
    ended_at       TEXT
) STRICT;
CREATE UNIQUE INDEX address_change_open ON address_change (member) WHERE outcome = 'open';

-- A test letter to a member, and whether somebody answered it.
CREATE TABLE drill (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    member      INTEGER NOT NULL REFERENCES member (id),
    at          TEXT NOT NULL,
    sent_at     TEXT,
    answered_at TEXT,
    answered_by TEXT NOT NULL DEFAULT ''                             -- address that the answer came from: a claim
) STRICT;
CREATE INDEX drill_member ON drill (member, id);
CREATE INDEX drill_unsent ON drill (id) WHERE sent_at IS NULL;

-- What waits for a moderator: a post to -discuss; or, where the profile says so, the report of a stranger, which is
-- the first mail of a case in the state 'held'.
CREATE TABLE held (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox       INTEGER NOT NULL UNIQUE REFERENCES inbox (id),
    list        TEXT NOT NULL CHECK (list IN ('discuss', 'security')),
    case_number INTEGER REFERENCES cases (number),
    author      TEXT NOT NULL,                                       -- name and address as written; '' without one
    author_key  TEXT NOT NULL,                                       -- the address alone, in lower case
    standing    TEXT NOT NULL CHECK (standing IN ('member', 'team', 'other')),
    member      INTEGER REFERENCES member (id),                      -- that is proven to have written it
    person      INTEGER REFERENCES person (id),                      -- the same, as a person; NULL: nothing is proven
    proof       TEXT NOT NULL CHECK (proof IN ('none', 'aligned', 'signed')),
    brittle     INTEGER NOT NULL CHECK (brittle IN (0, 1)),          -- under its author's From receivers reject a copy
    whole       INTEGER NOT NULL CHECK (whole IN (0, 1)),            -- all of it is here, and can be read
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),           -- it came encrypted
    subject     TEXT NOT NULL,
    reasons     TEXT NOT NULL CHECK (json_valid(reasons)),           -- to look twice
    hint        TEXT NOT NULL,                                       -- what it looks like, '' unknown
    words       TEXT NOT NULL,                                       -- those that made us think so, as moderators see them
    notes       TEXT NOT NULL CHECK (json_valid(notes)),             -- what else is odd about it
    state       TEXT NOT NULL DEFAULT 'held'
                     CHECK (state IN ('held', 'approved', 'rejected', 'discarded', 'passed', 'withdrawn', 'expired')),
    held_at     TEXT NOT NULL,
    reminders   INTEGER NOT NULL DEFAULT 0,
    decided_at  TEXT,
    decided_by  INTEGER REFERENCES person (id),
    reason      TEXT NOT NULL DEFAULT ''                             -- of the decision, in a moderator's words
) STRICT;
-- Mail that joins a held report: it is handled once the report is let through.
CREATE TABLE held_later (
    inbox INTEGER PRIMARY KEY REFERENCES inbox (id),
    post  INTEGER NOT NULL REFERENCES held (id)
) STRICT;
CREATE INDEX held_later_of ON held_later (post, inbox);
CREATE INDEX held_case ON held (case_number) WHERE case_number IS NOT NULL;
CREATE INDEX held_waiting ON held (list, held_at) WHERE state = 'held';
CREATE INDEX held_reminded ON held (list, reminders, held_at) WHERE state = 'held';

-- What a member asks the team.
CREATE TABLE question (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    member      INTEGER NOT NULL REFERENCES member (id),
    inbox       INTEGER NOT NULL UNIQUE REFERENCES inbox (id),
    letter      INTEGER REFERENCES letter (id),                      -- of ours, that it answers
    about       TEXT NOT NULL,                                       -- the subject of that; '' when there is none
    at          TEXT NOT NULL,
    answered_at TEXT,
    answered_by INTEGER REFERENCES person (id)
) STRICT;
CREATE INDEX question_member ON question (member, id);

-- Who was told how to apply, or where to write instead of to the list: once a day is enough.
CREATE TABLE pointed (
    inbox   INTEGER PRIMARY KEY REFERENCES inbox (id),
    address TEXT NOT NULL,
    what    TEXT NOT NULL CHECK (what IN ('how-to-apply', 'no-posts', 'address-over')),
    at      TEXT NOT NULL
) STRICT;
CREATE INDEX pointed_address ON pointed (address, what, at);

-- The envelope sender of each delivery, by the hash of its key: what mail servers say of it comes there.
CREATE TABLE return_path (
    hash     TEXT PRIMARY KEY,
    delivery INTEGER NOT NULL REFERENCES delivery (id)
) STRICT, WITHOUT ROWID;

-- What a mail server said of a delivery after we handed it over.
CREATE TABLE bounce (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery   INTEGER NOT NULL REFERENCES delivery (id),
    inbox      INTEGER NOT NULL UNIQUE REFERENCES inbox (id),
    kind       TEXT NOT NULL CHECK (kind IN ('failed', 'delayed', 'other')),
    status     TEXT NOT NULL,                                        -- RFC 3463, '' when it has none
    diagnostic TEXT NOT NULL,                                        -- one line, at most 200 characters
    at         TEXT NOT NULL,
    told_at    TEXT,                                                 -- or when it was clear that nobody needs to be
    recipient_key TEXT NOT NULL                                      -- of the delivery, as people are found
) STRICT;
CREATE INDEX bounce_recipient ON bounce (recipient_key);
CREATE INDEX bounce_delivery ON bounce (delivery);
CREATE INDEX bounce_late ON bounce (delivery) WHERE told_at IS NULL AND kind = 'delayed';

-- Reply addresses of the lists; `object` is a row of the table that the purpose is about.
CREATE TABLE list_token (
    hash      TEXT PRIMARY KEY,
    purpose   TEXT NOT NULL CHECK (purpose IN ('moderate', 'withdraw', 'confirm-member', 'question', 'answer-member',
                                               'drill', 'address-former', 'address-new', 'member-key')),
    object    INTEGER NOT NULL,
    person    INTEGER NOT NULL REFERENCES person (id),
    cause     TEXT NOT NULL,
    counter   INTEGER NOT NULL,
    made_at   TEXT NOT NULL,
    voided_at TEXT
) STRICT;
CREATE INDEX list_token_holder ON list_token (purpose, object, person) WHERE voided_at IS NULL;
CREATE INDEX list_token_person ON list_token (person) WHERE voided_at IS NULL;
