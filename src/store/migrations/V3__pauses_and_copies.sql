-- Nothing leaves while there is a row; mail is taken and handled all the same.
CREATE TABLE pause (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    since TEXT NOT NULL,
    by    TEXT NOT NULL                          -- 'desk' for the first run on a backup, else who said so
) STRICT;

-- This file is a backup, or lives on from one; forgotten when its outbox is resumed.
CREATE TABLE copy (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    made_at     TEXT NOT NULL,
    started_at  TEXT,                            -- the first run on it
    known       INTEGER,                         -- the last mail in the inbox at that time
    reread_at   TEXT                             -- all folders and archives were read from their beginning
) STRICT;

-- By an operator's word: it leaves although the outbox is paused.
ALTER TABLE delivery ADD COLUMN released_at TEXT;
ALTER TABLE delivery ADD COLUMN releases INTEGER NOT NULL DEFAULT 0;
