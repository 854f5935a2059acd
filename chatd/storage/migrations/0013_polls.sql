-- What becomes of polls: how votes are judged and counted, and who chose what.

PRAGMA user_version = 13;

CREATE TABLE polls (
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    multiple INTEGER NOT NULL,
    closes INTEGER, -- null: it stays open
    counts TEXT NOT NULL, -- a JSON array: how many chose each option
    voters INTEGER NOT NULL,
    closed INTEGER NOT NULL, -- by hand
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- A vote that was taken back stays, as one for nothing: so puts of one batch need no order among them.
CREATE TABLE votes (
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    user TEXT NOT NULL,
    options INTEGER NOT NULL, -- a bit for each: 1 for the first option, 2 for the second
    PRIMARY KEY (room, seq, user)
) STRICT, WITHOUT ROWID;
