-- Tried for days and given up, which people are told in other words than a refusal.
ALTER TABLE delivery ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0 CHECK (given_up IN (0, 1));
