-- Posts that have an end: when it has come, the server deletes them.

PRAGMA user_version = 12;

ALTER TABLE entries ADD COLUMN expires INTEGER; -- the time of that; null: never

-- What is still to be deleted, the earliest first. What is erased leaves it by itself.
CREATE INDEX entries_expiring ON entries (expires, room, seq) WHERE expires IS NOT NULL AND body IS NOT NULL;
