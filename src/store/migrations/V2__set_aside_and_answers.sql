-- Mail set aside for a person to look at: it failed, it was marked as spam, or it was for none of our addresses.
CREATE TABLE aside (
    inbox       INTEGER PRIMARY KEY REFERENCES inbox (id),
    why         TEXT NOT NULL CHECK (why IN ('failed', 'spam', 'nobody')),
    at          TEXT NOT NULL,
    author      TEXT NOT NULL,                   -- of spam: who it says it is from, for a member's glance
    subject     TEXT NOT NULL,                   -- the same
    told_at     TEXT,                            -- of what failed: when an alert was written
    digested_at TEXT,                            -- when it stood in a digest
    retried_at  TEXT                             -- a person let it through: a mark as spam counts no more
) STRICT;
CREATE INDEX aside_untold ON aside (inbox) WHERE why = 'failed' AND told_at IS NULL AND retried_at IS NULL;
CREATE INDEX aside_undigested ON aside (at) WHERE digested_at IS NULL AND retried_at IS NULL;

-- Every automatic answer to somebody outside the team: what the limits count.
CREATE TABLE automatic_answer (
    delivery        INTEGER PRIMARY KEY REFERENCES delivery (id),
    address         TEXT NOT NULL,               -- in lower case
    unproven_domain TEXT,                        -- its domain, when nothing proved the mail that is answered
    written_at      TEXT NOT NULL,
    leaves_at       TEXT NOT NULL,               -- later than written_at when the hour was full
    sent_at         TEXT,
    opens_burst     INTEGER NOT NULL CHECK (opens_burst IN (0, 1)),  -- the first that had to wait
    told_at         TEXT                         -- when people were told of the burst
) STRICT;
CREATE INDEX automatic_answer_address ON automatic_answer (address, written_at);
CREATE INDEX automatic_answer_domain ON automatic_answer (unproven_domain, written_at) WHERE unproven_domain IS NOT NULL;
CREATE INDEX automatic_answer_leaves ON automatic_answer (leaves_at);
CREATE INDEX automatic_answer_sent ON automatic_answer (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX automatic_answer_burst ON automatic_answer (delivery) WHERE opens_burst = 1 AND told_at IS NULL;

-- However many letters wait for their time, the next one that is due is found at once.
DROP INDEX delivery_waiting;
CREATE INDEX delivery_waiting ON delivery (urgent, next_attempt_at, id) WHERE state = 'queued';
