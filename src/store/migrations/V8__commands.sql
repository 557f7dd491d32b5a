-- What people do in a case besides reporting it, and whether they agreed to the embargo.
CREATE TABLE participant_new (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    person      INTEGER NOT NULL REFERENCES person (id),
    role        TEXT NOT NULL CHECK (role IN ('reporter', 'coordinator', 'expert', 'vendor', 'maintainer')),
    state       TEXT NOT NULL CHECK (state IN ('asked', 'active', 'removed')),
    since       TEXT NOT NULL,                   -- of this state
    PRIMARY KEY (case_number, person)
) STRICT;
INSERT INTO participant_new (case_number, person, role, state, since)
    SELECT case_number, person, role, 'active', since FROM participant;
DROP TABLE participant;
ALTER TABLE participant_new RENAME TO participant;
CREATE INDEX participant_person ON participant (person);

-- A reply address may be for the answer to a question, too; which question of its case, its purpose says.
CREATE TABLE token_new (
    hash        TEXT PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('answer-team', 'answer-reporter', 'agree', 'accept', 'join')),
    case_number INTEGER NOT NULL REFERENCES cases (number),
    person      INTEGER NOT NULL REFERENCES person (id),
    cause       TEXT NOT NULL,
    counter     INTEGER NOT NULL,
    made_at     TEXT NOT NULL,
    voided_at   TEXT
) STRICT;
INSERT INTO token_new (hash, purpose, case_number, person, cause, counter, made_at, voided_at)
    SELECT hash, purpose, case_number, person, cause, counter, made_at, voided_at FROM token;
DROP TABLE token;
ALTER TABLE token_new RENAME TO token;
CREATE INDEX token_holder ON token (case_number, person, purpose) WHERE voided_at IS NULL;

-- Each mail of a case, also of those who take part in it.
CREATE TABLE entry_new (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    author      TEXT NOT NULL,                   -- name and address as written, '' when there was none
    author_key  TEXT NOT NULL,                   -- the address alone, in lower case
    standing    TEXT NOT NULL CHECK (standing IN ('reporter', 'participant', 'team', 'stranger')),
    joined_by   TEXT NOT NULL CHECK (joined_by IN ('report', 'token', 'reference', 'command')),
    evidence    TEXT NOT NULL,
    to_reporter INTEGER NOT NULL DEFAULT 0 CHECK (to_reporter IN (0, 1)),
    answer      TEXT NOT NULL CHECK (answer IN ('none', 'acknowledged', 'added', 'received')),
    effect      TEXT NOT NULL,
    message_id  TEXT,                            -- as its author's mail program chose it
    sealed      INTEGER NOT NULL DEFAULT 0 CHECK (sealed IN (0, 1)),
    obeyed      INTEGER NOT NULL DEFAULT 0 CHECK (obeyed IN (0, 1)),  -- what it told the desk to do was done
    of_team     INTEGER NOT NULL DEFAULT 0 CHECK (of_team IN (0, 1)), -- the team's own, whoever it says it is from
    PRIMARY KEY (case_number, inbox)
) STRICT;
INSERT INTO entry_new (case_number, inbox, author, author_key, standing, joined_by, evidence, to_reporter, answer, effect,
                       message_id, sealed, of_team)
    SELECT case_number, inbox, author, author_key, standing, joined_by, evidence, to_reporter, answer, effect, message_id,
           sealed, standing = 'team' OR joined_by = 'token' FROM entry;  -- Only the team had reply addresses.
DROP TABLE entry;
ALTER TABLE entry_new RENAME TO entry;
CREATE INDEX entry_effect ON entry (case_number, effect);
CREATE INDEX entry_message ON entry (message_id, author_key);

-- Who of the team takes care of a case.
ALTER TABLE cases ADD COLUMN owner INTEGER REFERENCES person (id);

-- What the team wants remembered of a case.
CREATE TABLE note (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number INTEGER NOT NULL REFERENCES cases (number),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    person      INTEGER NOT NULL REFERENCES person (id),
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),  -- it came encrypted
    at          TEXT NOT NULL,
    text        TEXT NOT NULL
) STRICT;

-- Letters that show mails of their case besides the one which caused them.
CREATE TABLE quoted_mail (
    letter INTEGER NOT NULL REFERENCES letter (id),
    inbox  INTEGER NOT NULL REFERENCES inbox (id),
    PRIMARY KEY (letter, inbox)
) STRICT, WITHOUT ROWID;

-- The digest that a signature signs (RFC 9580 section 5.2.4); it does not change with what a signature leaves unsigned.
ALTER TABLE signed_text ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE signed_text ADD COLUMN form TEXT NOT NULL DEFAULT 'entity' CHECK (form IN ('entity', 'text', 'file'));

-- Signatures that had an effect: each has one.
CREATE TABLE used_signature (
    fingerprint TEXT NOT NULL,
    digest      TEXT NOT NULL,
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    at          TEXT NOT NULL,
    PRIMARY KEY (fingerprint, digest)
) STRICT, WITHOUT ROWID;

-- The title came encrypted: whatever shows it leaves encrypted only.
ALTER TABLE cases ADD COLUMN title_sealed INTEGER NOT NULL DEFAULT 0 CHECK (title_sealed IN (0, 1));
UPDATE cases SET title_sealed = 1
    WHERE EXISTS (SELECT 1 FROM entry e WHERE e.case_number = cases.number AND e.joined_by = 'report' AND e.sealed = 1);
-- Closed as no report at all: its author hears nothing more.
ALTER TABLE cases ADD COLUMN spam INTEGER NOT NULL DEFAULT 0 CHECK (spam IN (0, 1));

-- Its reporter was told which case theirs is, by the answer to a mail that is in another case now.
ALTER TABLE cases ADD COLUMN reporter_told INTEGER NOT NULL DEFAULT 0 CHECK (reporter_told IN (0, 1));

-- Whoever leaves the team takes care of no case, by whatever way they leave.
CREATE TRIGGER owner_leaves_the_team AFTER UPDATE OF state ON team_member WHEN new.state = 'left'
BEGIN UPDATE cases SET owner = NULL WHERE owner = new.person; END;

-- Mails that asked for something in somebody's name and proved nothing, and how that person heard of it.
CREATE TABLE refusal (
    inbox  INTEGER NOT NULL REFERENCES inbox (id),
    person INTEGER NOT NULL REFERENCES person (id),
    at     TEXT NOT NULL,
    told   TEXT NOT NULL CHECK (told IN ('letter', 'not-yet', 'counted')),  -- counted: the number stood in a later letter
    PRIMARY KEY (inbox, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX refusal_told ON refusal (person, told, at);
