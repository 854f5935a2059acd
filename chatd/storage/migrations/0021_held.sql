-- Posts that wait until somebody has looked at them. What was looked at is not here any more.

PRAGMA user_version = 21;

ALTER TABLE rooms ADD COLUMN held INTEGER NOT NULL DEFAULT 0; -- how many wait
ALTER TABLE rooms ADD COLUMN held_ever INTEGER NOT NULL DEFAULT 0;

CREATE TABLE held (
    room BLOB NOT NULL,
    number INTEGER NOT NULL, -- of all that were ever held in the room
    user TEXT NOT NULL,
    key BLOB NOT NULL,
    time INTEGER NOT NULL,
    reply INTEGER,
    ttl_s INTEGER,
    content BLOB NOT NULL,
    PRIMARY KEY (room, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX held_by_author ON held (user, room, number);
CREATE INDEX held_by_time ON held (time);
