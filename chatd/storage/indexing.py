"""How changes get into the index's file. All of it runs in the connection's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from hashlib import blake2b
from typing import assert_never

from attrs import define

from chatd import words
from chatd.model import RoomId, UserId
from chatd.storage.index import Edited, Erased, IndexChange, Posted, Progress

APPLICATION_ID = 0x63687365
SCHEMA_VERSION = 1
MERGE_PAGES = 64
"""How much of the index one step of tidying writes: some milliseconds."""

TIDY, DUE, CLEARING, AGAIN = 0, 1, 2, 3
"""Whether traces of what was taken out may be left: none; some; some that are being cleared away; and more since."""
LEAVES = {TIDY: DUE, DUE: DUE, CLEARING: AGAIN, AGAIN: AGAIN}
"""What each becomes when a text is taken out. What is being cleared away is not begun anew: it might never end."""

WORD_OF, SENDER_OF = "\x80", "\x81"
"""Between a room's number and a word, or a sender. No word has them, and FTS5's tokenizer takes them for letters."""

_SCHEMA = """
    PRAGMA application_id = 0x63687365; -- "chse"
    PRAGMA user_version = 1;

    -- One row. `rules` says by which rules the words were made; `untidy` how far what was taken out is cleared away.
    CREATE TABLE meta (
        epoch BLOB NOT NULL,
        rules TEXT NOT NULL,
        place INTEGER NOT NULL,
        hash BLOB NOT NULL,
        untidy INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE rooms (number INTEGER PRIMARY KEY, room BLOB NOT NULL UNIQUE) STRICT;

    -- Every post, also an erased one, whose place others are found by. Ids ascend as the commits do.
    CREATE TABLE posts (
        id INTEGER PRIMARY KEY,
        room INTEGER NOT NULL, -- its number
        seq INTEGER NOT NULL,
        sender TEXT NOT NULL,
        time INTEGER NOT NULL,
        version INTEGER -- the seq of the entry whose text is found; null once erased
    ) STRICT;
    CREATE UNIQUE INDEX posts_by_seq ON posts (room, seq);
    CREATE INDEX posts_by_time ON posts (room, time);

    -- The texts, one row for each post that has words, with the id of the post. FTS5's `ascii` takes what is handed
    -- to it apart at spaces alone, for there is nothing else in it that separates.
    CREATE VIRTUAL TABLE texts USING fts5 (words, tokenize = 'ascii', columnsize = 0);
"""

_ADD_ROOM = "INSERT INTO rooms (room) VALUES (?)"
_NUMBER = "SELECT number FROM rooms WHERE room = ?"
_ADD_POST = "INSERT INTO posts (room, seq, sender, time, version) VALUES (?, ?, ?, ?, ?)"
_POST = "SELECT id, sender, version FROM posts WHERE room = ? AND seq = ?"
_SET_VERSION = "UPDATE posts SET version = ? WHERE id = ?"
_ADD_TEXT = "INSERT INTO texts (rowid, words) VALUES (?, ?)"
_DROP_TEXT = "DELETE FROM texts WHERE rowid = ?"
_PROGRESS = "UPDATE meta SET place = ?, hash = ?"
_UNTIDY = "UPDATE meta SET untidy = ?"
_MERGE = "INSERT INTO texts (texts, rank) VALUES ('merge', ?)"


def begin_anew(connection: sqlite3.Connection, epoch: bytes) -> None:
    """Put the schema into an empty file, for a store of `epoch`."""
    connection.executescript("BEGIN IMMEDIATE;" + _SCHEMA)
    connection.execute("INSERT INTO meta VALUES (?, ?, 0, x'', 0)", (epoch, words.VERSION))
    connection.execute("COMMIT")


def is_ours(connection: sqlite3.Connection, epoch: bytes) -> bool:
    """Return whether the file is an index of this schema, made by the rules of today for a store of `epoch`."""
    [[application]] = connection.execute("PRAGMA application_id").fetchall()
    [[version]] = connection.execute("PRAGMA user_version").fetchall()
    if (application, version) != (APPLICATION_ID, SCHEMA_VERSION):
        return False
    return connection.execute("SELECT epoch, rules FROM meta").fetchall() == [(epoch, words.VERSION)]


def scoped(number: int, word: str) -> str:
    """Return what stands in the index for a word in the room of that number."""
    return f"{number:x}{WORD_OF}{word}"


def sent(number: int, sender: UserId) -> str:
    """Return what stands in the index for a sender in the room of that number. A name may hold any character."""
    return f"{number:x}{SENDER_OF}{blake2b(sender.encode(), digest_size=8).hexdigest()}"


@define(eq=False)
class _Fate:
    """What a few changes come to for one post. A text that they put in and take out again never gets into the index,
    where FTS5 would keep its words in one piece with what is to stay."""

    posted: Posted | None = None
    version: int = 0
    text: str | None = None
    erased: bool = False

    def take(self, change: IndexChange) -> None:
        match change:
            case Posted():
                self.posted, self.version, self.text = change, change.seq, change.text
                self.erased = change.text is None
            case Edited():
                self.version, self.text = change.version, change.text
            case Erased():
                self.erased = True
            case _:
                assert_never(change)


def _fates(changes: Sequence[IndexChange]) -> dict[tuple[RoomId, int], _Fate]:
    fates: dict[tuple[RoomId, int], _Fate] = {}
    for change in changes:
        fates.setdefault((change.room, change.seq), _Fate()).take(change)
    return fates


@define(eq=False)
class Indexer:
    """The one who writes through a connection. `on` makes one."""

    _connection: sqlite3.Connection
    progress: Progress
    _untidy: int

    @classmethod
    def on(cls, connection: sqlite3.Connection) -> Indexer:
        [[place, hashed, untidy]] = connection.execute("SELECT place, hash, untidy FROM meta").fetchall()
        return cls(connection, Progress(place, hashed), untidy)

    @property
    def untidy(self) -> bool:
        return self._untidy != TIDY

    def put(self, changes: Sequence[IndexChange], progress: Progress | None) -> None:
        """Take `changes` in as `Index.put` promises. Raises sqlite3.Error."""
        untidy = False
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for (room, seq), fate in _fates(changes).items():
                number = self._number(room)
                if fate.posted is not None:
                    self._add(number, fate.posted, fate)
                else:
                    untidy |= self._change(number, seq, fate)
            if untidy:
                self._connection.execute(_UNTIDY, (LEAVES[self._untidy],))
            if progress is not None:
                self._connection.execute(_PROGRESS, (progress.place, progress.hash))
        self._untidy = LEAVES[self._untidy] if untidy else self._untidy
        self.progress = progress or self.progress

    def _number(self, room: RoomId) -> int:
        rows = self._connection.execute(_NUMBER, (room,)).fetchall()
        if rows:
            return int(rows[0][0])
        return int(self._connection.execute(_ADD_ROOM, (room,)).lastrowid or 0)

    def _add(self, number: int, posted: Posted, fate: _Fate) -> None:
        version = None if fate.erased else fate.version
        row = (number, posted.seq, posted.sender, posted.time, version)
        post = self._connection.execute(_ADD_POST, row).lastrowid
        if not fate.erased:
            self._add_text(post or 0, number, posted.sender, fate.text or "")

    def _change(self, number: int, seq: int, fate: _Fate) -> bool:
        """Return whether a text was taken out. What is erased stays so, and what is not there is not searched for."""
        rows = self._connection.execute(_POST, (number, seq)).fetchall()
        if not rows or rows[0][2] is None:
            return False
        [[post, sender, _]] = rows
        self._connection.execute(_DROP_TEXT, (post,))
        self._connection.execute(_SET_VERSION, (None if fate.erased else fate.version, post))
        if not fate.erased:
            self._add_text(post, number, sender, fate.text or "")
        return True

    def _add_text(self, post: int, number: int, sender: UserId, text: str) -> None:
        found = words.words(text)
        if found:
            put = " ".join([sent(number, sender), *(scoped(number, word) for word in found)])
            self._connection.execute(_ADD_TEXT, (post, put))

    def tidy(self) -> bool:
        """Merge some pages of the index, and return whether there is more to merge. Raises sqlite3.Error.

        What is taken out of FTS5 is only marked there. It goes when all pieces of the index are merged into one: the
        first step says so, and each further one goes on with it (https://sqlite.org/fts5.html, 6.8).
        """
        if self._untidy == TIDY:
            return False
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            after = self._merge()
            self._connection.execute(_UNTIDY, (after,))
        self._untidy, more = after, after in (CLEARING, AGAIN)
        if not more:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return more

    def _merge(self) -> int:
        """Return what the index is afterwards. Where nothing is left to merge, FTS5 changes next to nothing."""
        before = self._connection.total_changes
        self._connection.execute(_MERGE, (-MERGE_PAGES if self._untidy == DUE else MERGE_PAGES,))
        if self._connection.total_changes - before > 1:
            return CLEARING if self._untidy == DUE else self._untidy
        return DUE if self._untidy == AGAIN else TIDY
