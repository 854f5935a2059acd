-- How users keep their conversations: facts of their own, beside the rooms.

PRAGMA user_version = 3;

-- How far others may know that a user has read. Every mark of before was told.
ALTER TABLE read_marks ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
UPDATE read_marks SET told = seq;

-- A conversation that its user keeps as it came has no row.
CREATE TABLE conversations (
    user TEXT NOT NULL,
    room BLOB NOT NULL,
    muted_until INTEGER NOT NULL, -- 0: not muted
    archived INTEGER NOT NULL,
    pinned INTEGER NOT NULL, -- the time at which it was; 0: it is not
    unread INTEGER, -- where the read mark stood when the user marked it as unread
    draft INTEGER NOT NULL, -- the seq of the self room's entry that holds it; 0: there is none
    hidden INTEGER NOT NULL, -- how many rows of the next table it has
    PRIMARY KEY (user, room)
) STRICT, WITHOUT ROWID;

CREATE TABLE hidden_entries (
    user TEXT NOT NULL,
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (user, room, seq)
) STRICT, WITHOUT ROWID;
