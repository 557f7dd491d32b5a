-- OpenPGP certificates, their public parts, by an operator's word. A person has one; letters are encrypted to it.
CREATE TABLE certificate (
    fingerprint TEXT PRIMARY KEY,                -- upper-case hexadecimal
    person      INTEGER UNIQUE REFERENCES person (id),  -- NULL: the project's own
    bytes       BLOB NOT NULL,
    since       TEXT NOT NULL,
    judged_at   TEXT NOT NULL,
    expires_at  TEXT,                            -- as its own signatures say
    unusable    TEXT NOT NULL DEFAULT ''         -- why nothing could be encrypted to it at judged_at
) STRICT;

-- Certificates that came with mail: shown to the team, and trusted by nobody.
CREATE TABLE offered_certificate (
    fingerprint TEXT NOT NULL,
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    author_key  TEXT NOT NULL,                   -- who seems to have sent it
    how         TEXT NOT NULL CHECK (how IN ('attached', 'autocrypt')),
    bytes       BLOB NOT NULL,
    PRIMARY KEY (fingerprint, inbox)
) STRICT;

-- Warnings before a certificate's end that were written.
CREATE TABLE expiry_warning (
    fingerprint TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    days        INTEGER NOT NULL,
    told_at     TEXT NOT NULL,
    PRIMARY KEY (fingerprint, expires_at, days)
) STRICT, WITHOUT ROWID;

-- People who cannot be written to in cipher, and when they and the team were told; forgotten with their certificate.
CREATE TABLE uncertified (
    address_key TEXT PRIMARY KEY,
    told_at     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A mail that came encrypted, as people read it: its header, and what was inside.
CREATE TABLE opened (
    inbox   INTEGER PRIMARY KEY REFERENCES inbox (id),
    message BLOB NOT NULL
) STRICT;

-- The exact bytes that a registered certificate signed.
CREATE TABLE signed_text (
    inbox       INTEGER PRIMARY KEY REFERENCES inbox (id),
    fingerprint TEXT NOT NULL,
    made_at     TEXT NOT NULL,
    bytes       BLOB NOT NULL
) STRICT;

-- A letter's signed text as encrypted deliveries carry it.
ALTER TABLE letter ADD COLUMN sealed_inside BLOB;
-- The certificate it is encrypted to, promised when it was written or chosen at the last attempt; NULL: in clear.
ALTER TABLE delivery ADD COLUMN encrypted_to TEXT;
-- Blocked for want of a certificate only: it leaves once there is one.
ALTER TABLE delivery ADD COLUMN uncertified INTEGER NOT NULL DEFAULT 0 CHECK (uncertified IN (0, 1));
CREATE INDEX delivery_uncertified ON delivery (recipient) WHERE uncertified = 1;
-- It came encrypted, or quotes what did: it leaves encrypted only.
ALTER TABLE entry ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0 CHECK (sealed IN (0, 1));
