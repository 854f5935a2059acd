-- Whom users let know of their presence, and when they were there. Who lets nobody know leaves no trace of it here.

PRAGMA user_version = 14;

CREATE TABLE presences (
    user TEXT PRIMARY KEY,
    shown TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE last_seen (
    user TEXT PRIMARY KEY,
    time INTEGER NOT NULL -- to the hour
) STRICT, WITHOUT ROWID;
