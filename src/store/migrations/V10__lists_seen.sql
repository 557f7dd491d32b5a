-- Addresses of people who may read something, from which mail with a list header came: each raises one alert.
CREATE TABLE list_seen (
    address_key TEXT PRIMARY KEY,                -- the address alone, in lower case
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    header      TEXT NOT NULL,
    at          TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How often somebody was asked whether they agree to the embargo of a case.
ALTER TABLE participant ADD COLUMN asks INTEGER NOT NULL DEFAULT 0 CHECK (asks >= 0);
