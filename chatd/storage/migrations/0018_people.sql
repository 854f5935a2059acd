-- What the app says of its users, and what these have to do with each other.

PRAGMA user_version = 18;

CREATE TABLE attributes (
    user TEXT PRIMARY KEY,
    attributes TEXT NOT NULL -- a JSON object
) STRICT, WITHOUT ROWID;

CREATE TABLE relations (
    user TEXT NOT NULL,
    kind TEXT NOT NULL, -- follow, block
    other TEXT NOT NULL,
    since INTEGER NOT NULL, -- a time; 0: it does not hold any more
    PRIMARY KEY (user, kind, other)
) STRICT, WITHOUT ROWID;

CREATE INDEX relations_other ON relations (other, kind, user) WHERE since > 0;
