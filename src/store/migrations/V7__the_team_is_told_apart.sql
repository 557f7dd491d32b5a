-- When the team was told of it: later than they were asked, or never. Until now it was told with the first asking.
ALTER TABLE uncertified ADD COLUMN team_told_at TEXT;
UPDATE uncertified SET team_told_at = told_at;
