-- How users show themselves.

PRAGMA user_version = 20;

CREATE TABLE profiles (
    user TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    handle TEXT NOT NULL,
    skeleton TEXT NOT NULL, -- equal where two handles look alike; empty without a handle
    avatar TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX profiles_by_skeleton ON profiles (skeleton) WHERE skeleton <> '';
