-- What may not be said in a room.

PRAGMA user_version = 9;

ALTER TABLE rooms ADD COLUMN filter TEXT NOT NULL DEFAULT ''; -- a JSON array [words, links, hosts, exempt]; empty: none
