-- How far the app's endpoints were told of what is committed, and what they would not take.

PRAGMA user_version = 7;

CREATE TABLE relays (
    endpoint TEXT PRIMARY KEY,
    place INTEGER NOT NULL, -- of the last entry that is done with: entries.number
    time INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE letters (
    endpoint TEXT NOT NULL,
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT NOT NULL,
    again INTEGER NOT NULL, -- whether it is to be delivered again
    PRIMARY KEY (endpoint, room, seq)
) STRICT, WITHOUT ROWID;
