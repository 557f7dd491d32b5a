-- The predisclosure list and its -discuss list: more of members, posts held for moderators, members' questions, and what
-- mail servers say of deliveries.
ALTER TABLE member ADD COLUMN kind TEXT NOT NULL DEFAULT '';         -- of organisation, as its application or an import says
ALTER TABLE member ADD COLUMN domains TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(domains));
ALTER TABLE member ADD COLUMN joined_at TEXT;                        -- on the list since; public
UPDATE member SET joined_at = since WHERE state IN ('active', 'suspended');

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
    answered_at TEXT,
    answered_by TEXT NOT NULL DEFAULT ''                             -- address that the answer came from: a claim
) STRICT;
CREATE INDEX drill_member ON drill (member, id);

-- What waits for a moderator: a post to -discuss; or, where the profile says so, the report of a stranger, which is
-- the first mail of a case in the state 'held'.
CREATE TABLE held (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    inbox       INTEGER NOT NULL UNIQUE REFERENCES inbox (id),
    list        TEXT NOT NULL CHECK (list IN ('discuss', 'security')),
    case_number INTEGER REFERENCES cases (number),
    author      TEXT NOT NULL,                                       -- name and address as written; '' without one
    author_key  TEXT NOT NULL,                                       -- the address alone, in lower case
    member      INTEGER REFERENCES member (id),                      -- that is proven to have written it
    proof       TEXT NOT NULL CHECK (proof IN ('none', 'aligned', 'signed')),
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),           -- it came encrypted
    subject     TEXT NOT NULL,
    reasons     TEXT NOT NULL CHECK (json_valid(reasons)),           -- to look twice
    hint        TEXT NOT NULL,                                       -- what it looks like, '' unknown
    state       TEXT NOT NULL CHECK (state IN ('held', 'approved', 'rejected', 'discarded', 'passed', 'withdrawn',
                                               'expired')),
    held_at     TEXT NOT NULL,
    reminders   INTEGER NOT NULL DEFAULT 0,
    decided_at  TEXT,
    decided_by  INTEGER REFERENCES person (id),
    reason      TEXT NOT NULL DEFAULT ''                             -- of the decision, in a moderator's words
) STRICT;
CREATE INDEX held_waiting ON held (held_at) WHERE state = 'held';

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
    what    TEXT NOT NULL CHECK (what IN ('how-to-apply', 'no-posts')),
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
    told_at    TEXT
) STRICT;
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
