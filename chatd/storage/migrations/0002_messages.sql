-- What becomes of posts: edits, deletions, reactions and pins.

PRAGMA user_version = 2;

ALTER TABLE rooms ADD COLUMN pins TEXT NOT NULL DEFAULT '[]'; -- seqs, a JSON array

-- A post that nobody edited, deleted or reacted to has no row.
CREATE TABLE messages (
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    edits INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    reactions TEXT NOT NULL, -- a JSON array of [emoji, count, [user, ...]]
    PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- A reaction that was taken back stays, as one that is not given: so puts of one batch need no order among them.
CREATE TABLE reactions (
    room BLOB NOT NULL,
    seq INTEGER NOT NULL,
    emoji TEXT NOT NULL,
    user TEXT NOT NULL,
    given INTEGER NOT NULL,
    PRIMARY KEY (room, seq, emoji, user)
) STRICT, WITHOUT ROWID;

-- A post's edits, without the reactions to it, of which there may be a million.
CREATE INDEX entries_edits ON entries (room, target, seq) WHERE kind = 'edit';

-- Erased posts, which do not count as unread any more.
CREATE INDEX entries_erased ON entries (room, seq) WHERE body IS NULL AND kind = 'post';
