-- Addresses of people who may read something, from which mail with a list header came: each raises one alert,
-- and one more if only the second is proven.
CREATE TABLE list_seen (
    address_key TEXT NOT NULL,                   -- the address alone, in lower case
    proven      INTEGER NOT NULL CHECK (proven IN (0, 1)),  -- our mail server vouched for the author
    inbox       INTEGER NOT NULL REFERENCES inbox (id),
    header      TEXT NOT NULL,
    at          TEXT NOT NULL,
    PRIMARY KEY (address_key, proven)
) STRICT, WITHOUT ROWID;

-- How often somebody was asked whether they agree to the embargo of a case.
ALTER TABLE participant ADD COLUMN asks INTEGER NOT NULL DEFAULT 0 CHECK (asks >= 0);
