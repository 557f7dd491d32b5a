-- Advisories: what was drafted, approved, sent to members, and to the world.

-- One draft of one version of an advisory. A draft that changes anything is a new row; rows are never removed.
CREATE TABLE advisory_version (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    advisory         INTEGER NOT NULL REFERENCES advisory (number),
    case_number      INTEGER NOT NULL REFERENCES cases (number),
    version          INTEGER NOT NULL CHECK (version >= 1),          -- of the text for members
    public_version   INTEGER NOT NULL CHECK (public_version >= version), -- of the public text
    draft            INTEGER NOT NULL CHECK (draft >= 1),            -- which draft of this version
    source           TEXT NOT NULL,                                  -- as its author wrote it
    updates          TEXT NOT NULL,                                  -- what changed, in the author's words, or empty
    deployment       TEXT NOT NULL CHECK (json_valid(deployment)),
    title            TEXT NOT NULL,
    cves             TEXT NOT NULL CHECK (json_valid(cves)),
    patchless        INTEGER NOT NULL CHECK (patchless IN (0, 1)),
    members_text     TEXT NOT NULL,
    public_text      TEXT NOT NULL,
    embargo_until    TEXT,                                           -- NULL: there is none
    manifest         TEXT NOT NULL,
    digest           TEXT NOT NULL,
    findings         TEXT NOT NULL CHECK (json_valid(findings)),
    author           INTEGER NOT NULL REFERENCES person (id),
    inbox            INTEGER REFERENCES inbox (id),                  -- the mail it came by; NULL: the desk wrote it anew
    sealed           INTEGER NOT NULL CHECK (sealed IN (0, 1)),      -- that came encrypted
    at               TEXT NOT NULL,
    stage            TEXT NOT NULL DEFAULT 'draft' CHECK (stage IN ('draft', 'approved', 'predisclosed', 'released')),
    approved_at      TEXT,
    predisclosed_at  TEXT,
    released_at      TEXT,
    void_at          TEXT,                                           -- another draft took its place, or what it says is no longer so
    void_why         TEXT NOT NULL DEFAULT '',
    asked_at         TEXT,                                           -- the team was asked to approve it
    members_signed   TEXT,                                           -- signed in line, as soon as it is approved
    public_signed    TEXT,
    signed_by        TEXT NOT NULL DEFAULT '',                       -- the certificate they are signed with
    told_progress    TEXT NOT NULL DEFAULT ''                        -- what the team heard last of how it goes
) STRICT;
CREATE INDEX advisory_version_of ON advisory_version (advisory, id);
CREATE INDEX advisory_version_open ON advisory_version (case_number) WHERE void_at IS NULL;
-- What is looked at with each letter and each tick. Rows hold whole texts: indexes alone are read where that is enough.
CREATE INDEX advisory_version_predisclosed ON advisory_version (id) WHERE predisclosed_at IS NOT NULL;
CREATE INDEX advisory_version_released ON advisory_version (id) WHERE released_at IS NOT NULL;
CREATE INDEX advisory_version_leaving ON advisory_version (case_number, id)
    WHERE void_at IS NULL AND stage IN ('approved', 'predisclosed');
CREATE INDEX advisory_version_drafts ON advisory_version (case_number, id) WHERE void_at IS NULL AND stage = 'draft';
CREATE INDEX advisory_version_untold ON advisory_version (id) WHERE predisclosed_at IS NOT NULL AND told_progress <> 'all';
CREATE INDEX advisory_version_unsigned ON advisory_version (id)
    WHERE void_at IS NULL AND (members_signed IS NULL OR public_signed IS NULL);
CREATE TRIGGER advisory_version_stays BEFORE DELETE ON advisory_version
BEGIN SELECT raise(ABORT, 'versions of advisories are never removed'); END;
CREATE TRIGGER advisory_version_as_written BEFORE UPDATE OF advisory, case_number, version, public_version, draft, source,
    title, cves, members_text, public_text, embargo_until, manifest, digest ON advisory_version
BEGIN SELECT raise(ABORT, 'a draft is never changed; a change is another draft'); END;

-- The files that go with a version, byte for byte.
CREATE TABLE advisory_file (
    version  INTEGER NOT NULL REFERENCES advisory_version (id),
    place    INTEGER NOT NULL,                                       -- its place among them, from 1
    name     TEXT NOT NULL,
    branches TEXT NOT NULL CHECK (json_valid(branches)),
    sha256   TEXT NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (version, place),
    UNIQUE (version, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER advisory_file_as_written BEFORE UPDATE ON advisory_file
BEGIN SELECT raise(ABORT, 'files of a version never change'); END;

-- Who approved a version.
CREATE TABLE approval (
    version INTEGER NOT NULL REFERENCES advisory_version (id),
    person  INTEGER NOT NULL REFERENCES person (id),
    inbox   INTEGER NOT NULL REFERENCES inbox (id),
    at      TEXT NOT NULL,
    PRIMARY KEY (version, person)
) STRICT, WITHOUT ROWID;

-- Whose commands changed a draft since its author wrote it. They are its authors, too.
CREATE TABLE advisory_hand (
    version INTEGER NOT NULL REFERENCES advisory_version (id),
    person  INTEGER NOT NULL REFERENCES person (id),
    PRIMARY KEY (version, person)
) STRICT, WITHOUT ROWID;

-- What members may deploy during the embargo, as the team said last.
CREATE TABLE deployment (
    case_number INTEGER PRIMARY KEY REFERENCES cases (number),
    said        TEXT NOT NULL CHECK (json_valid(said)),
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    person      INTEGER NOT NULL REFERENCES person (id),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    at          TEXT NOT NULL
) STRICT;

-- Somebody stopped whatever has not left of a case.
CREATE TABLE hold (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    case_number INTEGER NOT NULL REFERENCES cases (number),
    reason      TEXT NOT NULL,
    sealed      INTEGER NOT NULL CHECK (sealed IN (0, 1)),
    person      INTEGER NOT NULL REFERENCES person (id),
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    at          TEXT NOT NULL,
    ended_at    TEXT
) STRICT;
CREATE UNIQUE INDEX hold_of ON hold (case_number) WHERE ended_at IS NULL;

-- The clock of the machine jumped: nothing is released before a person says that it is right.
CREATE TABLE clock_jump (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       TEXT NOT NULL,                                          -- by the clock after it
    seconds  INTEGER NOT NULL,                                       -- forward, or backward below zero
    told_at  TEXT,
    ended_at TEXT,
    ended_by TEXT NOT NULL DEFAULT ''
) STRICT;

-- Which letters bring a version to somebody.
ALTER TABLE letter ADD COLUMN version INTEGER REFERENCES advisory_version (id);
CREATE INDEX letter_version ON letter (version) WHERE version IS NOT NULL;
CREATE INDEX letter_cause ON letter (cause, counter);
CREATE INDEX letter_released ON letter (id, case_number, written_at) WHERE version IS NOT NULL AND kind = 'release';

-- Our own mail that came back from a list.
CREATE TABLE seen_back (
    letter INTEGER NOT NULL REFERENCES letter (id),
    list   TEXT NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (letter, list)
) STRICT, WITHOUT ROWID;

-- The operator's programs, to be run when something was released: each once for a version.
CREATE TABLE hook_run (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    hook     TEXT NOT NULL,                                          -- as the settings call it
    version  INTEGER NOT NULL REFERENCES advisory_version (id),
    at       TEXT NOT NULL,
    attempt  INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1),
    next_at  TEXT,                                                   -- of the next attempt, after one failed
    spooled_at TEXT,                                                 -- this attempt was put where it is taken from
    ended_at TEXT,
    failure  TEXT NOT NULL DEFAULT '',                               -- why it failed, or nothing is heard of it; or empty
    told_at  TEXT,
    UNIQUE (hook, version)
) STRICT;

CREATE TRIGGER look_at_hold AFTER INSERT ON hold
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_hold_ended AFTER UPDATE OF ended_at ON hold
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_version AFTER INSERT ON advisory_version
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
CREATE TRIGGER look_at_version_changed AFTER UPDATE OF stage, void_at ON advisory_version
BEGIN UPDATE cases SET look_at = '' WHERE number = new.case_number; END;
