-- Tokens of a user are revoked together.

PRAGMA user_version = 17;

ALTER TABLE users ADD COLUMN revoked_until INTEGER NOT NULL DEFAULT 0; -- those issued up to then are no good
