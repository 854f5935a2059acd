-- What operators do to users and rooms.

PRAGMA user_version = 16;

ALTER TABLE users ADD COLUMN closed INTEGER; -- since when nobody is let in as this user
ALTER TABLE users ADD COLUMN leaving INTEGER NOT NULL DEFAULT 0; -- to be taken out of rooms
ALTER TABLE rooms ADD COLUMN frozen INTEGER NOT NULL DEFAULT 0;

CREATE INDEX users_leaving ON users (user) WHERE leaving = 1;
