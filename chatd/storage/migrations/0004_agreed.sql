-- What the members of a group may do, and how others come into it.

PRAGMA user_version = 4;

ALTER TABLE rooms ADD COLUMN requests INTEGER NOT NULL DEFAULT 0; -- how many ask to be let in
ALTER TABLE rooms ADD COLUMN settings TEXT NOT NULL DEFAULT ''; -- a JSON array; empty: the usual ones
ALTER TABLE rooms ADD COLUMN invites TEXT NOT NULL DEFAULT '[]'; -- a JSON array of [hash, creator, expires, uses]

ALTER TABLE memberships ADD COLUMN denied TEXT NOT NULL DEFAULT '[]'; -- a JSON array of [permission, until]
ALTER TABLE memberships ADD COLUMN banned_until INTEGER;
