-- The life of a case: what the team found out and decided, the dates everybody goes by, the steps that are done.
ALTER TABLE cases ADD COLUMN state_since TEXT;                       -- of this state; NULL: since it was received
ALTER TABLE cases ADD COLUMN confirmed_at TEXT;
ALTER TABLE cases ADD COLUMN agreed_at TEXT;                         -- its dates are agreed since; NULL: proposed
ALTER TABLE cases ADD COLUMN duplicate_of INTEGER REFERENCES cases (number);
CREATE INDEX cases_duplicates ON cases (duplicate_of) WHERE duplicate_of IS NOT NULL;
ALTER TABLE cases ADD COLUMN component TEXT NOT NULL DEFAULT '';     -- whose lead it was passed on to
ALTER TABLE cases ADD COLUMN public_at TEXT;                         -- it is known to be public since
ALTER TABLE cases ADD COLUMN exploited_at TEXT;                      -- it is known to be exploited since
ALTER TABLE cases ADD COLUMN predisclosed_at TEXT;
ALTER TABLE cases ADD COLUMN released_at TEXT;
ALTER TABLE cases ADD COLUMN cve_requested_at TEXT;
-- When something of it may be due next; '': look now. Derived from all the rest, and kept so that nobody looks at ten
-- thousand cases in vain: what changes a case empties it (triggers below), and who looks writes it anew.
ALTER TABLE cases ADD COLUMN look_at TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_look ON cases (look_at) WHERE state NOT IN ('held', 'invalid', 'duplicate', 'passed', 'closed');
CREATE INDEX cases_state ON cases (state, release_at);
-- The steps and reminders by which `look_at` was written, as a hash: by others, all cases are looked at again.
ALTER TABLE instance ADD COLUMN looked_by TEXT NOT NULL DEFAULT '';
-- Nobody is reminded now of what was due before there were reminders.
UPDATE instance SET looked_by = 'before' WHERE EXISTS (SELECT 1 FROM cases);

-- Who takes part, with those who get letters only: the release manager, the authority that gives CVE numbers.
CREATE TABLE participant_new (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    person      INTEGER NOT NULL REFERENCES person (id),
    role        TEXT NOT NULL CHECK (role IN ('reporter', 'coordinator', 'expert', 'vendor', 'maintainer',
                                              'release-manager', 'cna')),
    state       TEXT NOT NULL CHECK (state IN ('asked', 'active', 'removed')),
    since       TEXT NOT NULL,                                       -- of this state
    asks        INTEGER NOT NULL DEFAULT 0 CHECK (asks >= 0),
    sent_at     TEXT,                                                -- they were sent what the case had so far
    receipt_at  TEXT,                                                -- and said so, or wrote anything else
    unwritten   INTEGER NOT NULL DEFAULT 0 CHECK (unwritten IN (0, 1)), -- the team named them; nobody wrote to them yet
    PRIMARY KEY (case_number, person)
) STRICT;
INSERT INTO participant_new (case_number, person, role, state, since, asks)
    SELECT case_number, person, role, state, since, asks FROM participant;
DROP TABLE participant;
ALTER TABLE participant_new RENAME TO participant;
CREATE INDEX participant_person ON participant (person);

-- What people wrote about a case and is shown again later. `kind` says of what.
CREATE TABLE remark (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number INTEGER NOT NULL REFERENCES cases (number),
    kind        TEXT NOT NULL CHECK (kind IN ('invalid', 'passed', 'public', 'exploited', 'no-cve', 'decision')),
    text        TEXT NOT NULL,
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),           -- it came encrypted
    person      INTEGER NOT NULL REFERENCES person (id),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX remark_of ON remark (case_number, kind, id);

-- Each change of the dates of a case, or that they were agreed, or that there is no embargo any more.
CREATE TABLE embargo_change (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number        INTEGER NOT NULL REFERENCES cases (number),
    what               TEXT NOT NULL CHECK (what IN ('agreed', 'changed', 'restarted', 'ended')),
    predisclosure_from TEXT NOT NULL,
    predisclosure_to   TEXT NOT NULL,
    release_from       TEXT NOT NULL,
    release_to         TEXT NOT NULL,
    reason             TEXT NOT NULL,
    sealed             INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    person             INTEGER NOT NULL REFERENCES person (id),
    inbox              INTEGER NOT NULL REFERENCES inbox (id),
    at                 TEXT NOT NULL
) STRICT;
CREATE INDEX embargo_change_of ON embargo_change (case_number, id);

-- What a discoverer wrote of dates: the team is shown it, and nothing follows by itself.
CREATE TABLE date_hint (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number INTEGER NOT NULL REFERENCES cases (number),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    person      INTEGER NOT NULL REFERENCES person (id),
    day         TEXT NOT NULL,                                       -- YYYY-MM-DD, '' when nobody can tell
    words       TEXT NOT NULL,                                       -- theirs
    insists     INTEGER NOT NULL CHECK (insists IN (0, 1)),          -- they will publish then, whatever we do
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    proven      INTEGER NOT NULL CHECK (proven IN (0, 1)),           -- somebody vouches that they wrote it
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX date_hint_of ON date_hint (case_number, id);

-- Numbers of advisories. Rows are never removed: no number is given twice.
CREATE TABLE advisory (
    number      INTEGER PRIMARY KEY,
    case_number INTEGER NOT NULL REFERENCES cases (number),
    person      INTEGER NOT NULL REFERENCES person (id),
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX advisory_of ON advisory (case_number);
CREATE TRIGGER advisory_stays BEFORE DELETE ON advisory
BEGIN SELECT raise(ABORT, 'the number of an advisory is never given back'); END;

CREATE TABLE cve (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    id          TEXT NOT NULL,                                       -- CVE-2026-12345
    advisory    INTEGER REFERENCES advisory (number),                -- which of several it belongs to
    person      INTEGER NOT NULL REFERENCES person (id),
    at          TEXT NOT NULL,
    PRIMARY KEY (case_number, id)
) STRICT, WITHOUT ROWID;

-- How severe it is; one rating for each version of CVSS.
CREATE TABLE severity (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    version     TEXT NOT NULL CHECK (version IN ('3.0', '3.1', '4.0')),
    vector      TEXT NOT NULL,
    score       TEXT NOT NULL,                                       -- 7.8
    rating      TEXT NOT NULL,                                       -- high
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    person      INTEGER NOT NULL REFERENCES person (id),
    at          TEXT NOT NULL,
    PRIMARY KEY (case_number, version)
) STRICT, WITHOUT ROWID;

-- Which branches are affected.
CREATE TABLE affected (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    branch      TEXT NOT NULL,
    verdict     TEXT NOT NULL CHECK (verdict IN ('yes', 'no', 'versions')),
    versions    TEXT NOT NULL,                                       -- '' unless the verdict is 'versions'
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    person      INTEGER NOT NULL REFERENCES person (id),
    at          TEXT NOT NULL,
    PRIMARY KEY (case_number, branch)
) STRICT, WITHOUT ROWID;

-- Patches, byte for byte as they were attached. A later one of the same name takes the place of the earlier.
CREATE TABLE patch (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number INTEGER NOT NULL REFERENCES cases (number),
    name        TEXT NOT NULL,
    branches    TEXT NOT NULL CHECK (json_valid(branches)),
    sha256      TEXT NOT NULL,
    bytes       BLOB NOT NULL,
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    person      INTEGER NOT NULL REFERENCES person (id),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    at          TEXT NOT NULL,
    replaced_at TEXT
) STRICT;
CREATE UNIQUE INDEX patch_current ON patch (case_number, name) WHERE replaced_at IS NULL;

-- Whom the advisory thanks beside its reporters, and how reporters want to be named.
CREATE TABLE credit (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number INTEGER NOT NULL REFERENCES cases (number),
    reporter    INTEGER REFERENCES person (id),                      -- NULL: somebody else
    name        TEXT NOT NULL,                                       -- '': stays anonymous
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    person      INTEGER NOT NULL REFERENCES person (id),
    at          TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX credit_reporter ON credit (case_number, reporter) WHERE reporter IS NOT NULL;
CREATE UNIQUE INDEX credit_name ON credit (case_number, name) WHERE reporter IS NULL;

-- Steps of the playbook that somebody said are done, or not needed; and those of which the desk did its part.
CREATE TABLE step_mark (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    step        TEXT NOT NULL,                                       -- as the profile calls it
    mark        TEXT NOT NULL CHECK (mark IN ('done', 'skipped')),
    reason      TEXT NOT NULL,                                       -- of skipping
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    person      INTEGER REFERENCES person (id),                      -- NULL: the desk
    at          TEXT NOT NULL,
    PRIMARY KEY (case_number, step)
) STRICT, WITHOUT ROWID;

-- What people were reminded of: nothing twice for the same cause.
CREATE TABLE case_told (
    case_number INTEGER NOT NULL REFERENCES cases (number),
    cause       TEXT NOT NULL,
    at          TEXT NOT NULL,
    PRIMARY KEY (case_number, cause)
) STRICT, WITHOUT ROWID;

-- The weeks of which the team got its list of open things, or needed none.
CREATE TABLE weekly (
    week TEXT PRIMARY KEY,                                           -- the moment it was due
    at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Whatever changes a case may make something due.
CREATE TRIGGER look_at_case AFTER UPDATE OF title, state, predisclosure_at, release_at, owner, confirmed_at, agreed_at,
    public_at, exploited_at, predisclosed_at, released_at, cve_requested_at, reporter_told ON cases
BEGIN UPDATE cases SET look_at = '' WHERE number = new.number; END;
CREATE TRIGGER look_at_entry AFTER INSERT ON entry
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_entry_changed AFTER UPDATE ON entry
BEGIN UPDATE cases SET look_at = '' WHERE number IN (old.case_number, new.case_number); END;
CREATE TRIGGER look_at_participant AFTER INSERT ON participant
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_participant_changed AFTER UPDATE ON participant
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_joined AFTER INSERT ON team_member
BEGIN UPDATE cases SET look_at = '' WHERE number IN (SELECT case_number FROM participant WHERE person = new.person); END;
CREATE TRIGGER look_at_left AFTER UPDATE ON team_member
BEGIN UPDATE cases SET look_at = '' WHERE number IN (SELECT case_number FROM participant WHERE person = new.person); END;
CREATE TRIGGER look_at_advisory AFTER INSERT ON advisory
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_cve AFTER INSERT ON cve
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_remark AFTER INSERT ON remark
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_hint AFTER INSERT ON date_hint
BEGIN UPDATE cases SET look_at = ''
      WHERE number IN (new.case_number, (SELECT duplicate_of FROM cases WHERE number = new.case_number)); END;
CREATE TRIGGER look_at_original AFTER UPDATE OF duplicate_of ON cases
BEGIN UPDATE cases SET look_at = '' WHERE number IN (old.duplicate_of, new.duplicate_of); END;
CREATE TRIGGER look_at_severity AFTER INSERT ON severity
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_affected AFTER INSERT ON affected
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_affected_changed AFTER UPDATE ON affected
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_patch AFTER INSERT ON patch
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_mark AFTER INSERT ON step_mark
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_mark_changed AFTER UPDATE ON step_mark
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_patch_changed AFTER UPDATE ON patch
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_cve_gone AFTER DELETE ON cve
BEGIN UPDATE cases SET look_at = '' WHERE number = old.case_number; END;
CREATE TRIGGER look_at_told AFTER INSERT ON case_told
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
