-- What users have reported, and what it looked like then.

PRAGMA user_version = 19;

CREATE TABLE reports (
    report BLOB PRIMARY KEY,
    reporter TEXT NOT NULL,
    time INTEGER NOT NULL,
    room BLOB, -- null: a user is reported
    seq INTEGER, -- null: not a post
    user TEXT, -- whom it is about
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    open INTEGER NOT NULL,
    resolved INTEGER NOT NULL, -- a time; 0 while it is open
    resolver TEXT NOT NULL -- empty: an operator, or nobody
) STRICT, WITHOUT ROWID;

CREATE INDEX reports_by_time ON reports (open, time, report);
CREATE INDEX reports_by_room ON reports (room, open, time, report) WHERE seq IS NOT NULL;
CREATE INDEX reports_by_reporter ON reports (reporter, time);

-- The entries as they were. Gone when the report is settled.
CREATE TABLE evidence (
    report BLOB NOT NULL,
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    g INTEGER NOT NULL,
    kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    key BLOB NOT NULL,
    time INTEGER NOT NULL,
    target INTEGER,
    posts INTEGER NOT NULL,
    salt BLOB,
    body BLOB,
    body_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    expires INTEGER,
    before BLOB NOT NULL, -- the chain hash before it
    PRIMARY KEY (report, seq)
) STRICT;
