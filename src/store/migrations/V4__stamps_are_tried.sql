-- Names of Authentication-Results that our mail server was seen to remove from a mail that brought a forged one.
CREATE TABLE stamp (
    authserv_id TEXT PRIMARY KEY,
    tried_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
