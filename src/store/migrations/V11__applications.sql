-- Applications to the predisclosure list. Each is a public thread.
CREATE TABLE application (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    state         TEXT NOT NULL
                  CHECK (state IN ('incomplete', 'complete', 'accepted', 'rejected', 'withdrawn', 'expired')),
    since         TEXT NOT NULL,               -- of this state
    applicant     TEXT NOT NULL,               -- address as written
    applicant_key TEXT NOT NULL,               -- the same in lower case
    name          TEXT NOT NULL,               -- '' without one
    subject       TEXT NOT NULL,
    received_at   TEXT NOT NULL,               -- its first mail
    findings      TEXT NOT NULL,               -- JSON: of all the applicant wrote so far, without rulings
    organisation  TEXT NOT NULL,               -- as found; '' if it was not
    changed_at    TEXT NOT NULL,               -- the last mail or act that reminders count from
    reminders     INTEGER NOT NULL DEFAULT 0,  -- since then
    decided_by    INTEGER REFERENCES person (id),
    reason        TEXT NOT NULL DEFAULT ''     -- of the decision, in the team's words
) STRICT;
CREATE INDEX application_applicant ON application (applicant_key);
CREATE INDEX application_open ON application (state, changed_at);

-- Each mail of its thread that came to us.
CREATE TABLE application_mail (
    application INTEGER NOT NULL REFERENCES application (id),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    author      TEXT NOT NULL,                 -- address as written; '' when there was none
    standing    TEXT NOT NULL CHECK (standing IN ('applicant', 'team', 'other')),
    kind        TEXT NOT NULL,                 -- what it was taken for: rules::correspondence
    PRIMARY KEY (application, inbox)
) STRICT, WITHOUT ROWID;

-- Every mail of the list for applications, whatever it is: the same by another way has no second effect.
CREATE TABLE list_mail (
    inbox      INTEGER PRIMARY KEY REFERENCES inbox (id),
    message_id TEXT NOT NULL,                  -- '' without one
    author_key TEXT NOT NULL,                  -- '' without one
    kind       TEXT NOT NULL,                  -- rules::correspondence
    at         TEXT NOT NULL
) STRICT;
CREATE INDEX list_mail_message_id ON list_mail (message_id, author_key);
CREATE INDEX list_mail_author ON list_mail (author_key, kind, at);

-- Which Message-IDs belong to which application: theirs and ours.
CREATE TABLE application_thread (
    message_id  TEXT PRIMARY KEY,
    application INTEGER NOT NULL REFERENCES application (id)
) STRICT, WITHOUT ROWID;

-- What the team says of an item, in place of what the checker found. The latest counts.
CREATE TABLE ruling (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    application INTEGER NOT NULL REFERENCES application (id),
    item        TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('found', 'missing')),
    words       TEXT NOT NULL,                 -- found: the applicant's own; missing: why
    person      INTEGER NOT NULL REFERENCES person (id),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    at          TEXT NOT NULL,
    lifted_at   TEXT                           -- the applicant wrote of the item again since
) STRICT;
CREATE INDEX ruling_of ON ruling (application, item);

-- Organisations on the predisclosure list.
CREATE TABLE member (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,                 -- public
    person      INTEGER NOT NULL REFERENCES person (id),  -- its role address, never public
    state       TEXT NOT NULL CHECK (state IN ('invited', 'active', 'suspended', 'left')),
    since       TEXT NOT NULL,                 -- of this state
    application INTEGER REFERENCES application (id),
    reminders   INTEGER NOT NULL DEFAULT 0,    -- of the question whether the address is theirs
    asks        INTEGER NOT NULL DEFAULT 1,    -- how often that was asked because of an unclear answer, and the first time
    current_by  INTEGER REFERENCES person (id),
    current     TEXT NOT NULL DEFAULT 'unasked' CHECK (current IN ('unasked', 'asked', 'send', 'none'))
) STRICT;
CREATE UNIQUE INDEX member_address ON member (person) WHERE state <> 'left';

-- The change history of the policy: "v3.24 Nov 21st 2026: Added NAME".
CREATE TABLE history (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    version TEXT NOT NULL UNIQUE,
    at      TEXT NOT NULL,
    text    TEXT NOT NULL
) STRICT;

-- Reply addresses about applications and memberships; what proves what is as for those of cases.
CREATE TABLE application_token (
    hash        TEXT PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('decide', 'confirm', 'current')),
    application INTEGER NOT NULL REFERENCES application (id),
    person      INTEGER NOT NULL REFERENCES person (id),
    cause       TEXT NOT NULL,
    counter     INTEGER NOT NULL,
    made_at     TEXT NOT NULL,
    voided_at   TEXT
) STRICT;
CREATE INDEX application_token_holder ON application_token (application, person, purpose) WHERE voided_at IS NULL;
