-- Whom posts mention, by what they say now: an edit puts its own in the place of those before it.

PRAGMA user_version = 11;

CREATE TABLE mentions (
    room BLOB NOT NULL,
    user TEXT NOT NULL, -- empty: everybody in the room
    seq INTEGER NOT NULL, -- of the post
    edit INTEGER NOT NULL, -- which of its edits says so; 0: the post itself
    PRIMARY KEY (room, user, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX mentions_by_post ON mentions (room, seq);
