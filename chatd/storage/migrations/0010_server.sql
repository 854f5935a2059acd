-- What holds for the whole server: one row, none until it is put.

PRAGMA user_version = 10;

CREATE TABLE server (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    level INTEGER NOT NULL -- the emergency level
) STRICT;
