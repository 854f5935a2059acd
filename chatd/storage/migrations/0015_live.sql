-- The rooms of streams: up to where their entries have expired, and what has become of one that has ended.

PRAGMA user_version = 15;

ALTER TABLE rooms ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN ended TEXT;
