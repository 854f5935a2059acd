-- What rooms have become too large for.

PRAGMA user_version = 5;

ALTER TABLE rooms ADD COLUMN outgrown TEXT NOT NULL DEFAULT '[]'; -- a JSON array of features
