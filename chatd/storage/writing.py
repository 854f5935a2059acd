"""How a batch becomes one transaction. All of it runs in the connection's thread."""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import chain as flattened
from typing import TypeVar

from attrs import define, field

from chatd import chain
from chatd.model import Head, Item, MentionsRecord, RoomId
from chatd.storage.base import Appended, StoreError, StoreFull
from chatd.storage.draft import Draft, KeyName, Used, entry_rooms, key_name
from chatd.storage.puts import puts

T = TypeVar("T")

HEADS_MAX = 20_000
"""How many rooms' heads are kept, about 300 bytes each."""

WAL_BYTES_MAX = 16 * 1024 * 1024
"""A batch that finds the log beyond this checkpoints first: with a batch's own pages it stays below 64 MiB (M6)."""

CHECKPOINT_PAGES = 2000
"""A log in which so many pages may stand is moved into the database between batches: 1 to 4 ms."""

PAGE_BYTES = 4096

_HEADS = """
    WITH RECURSIVE wanted (i, room) AS (
        SELECT 0, substr(:rooms, 1, 16)
        UNION ALL SELECT i + 1, substr(:rooms, 17 + 16 * i, 16) FROM wanted WHERE 16 * (i + 1) < length(:rooms)
    )
    SELECT entries.room, seq, time, posts, hash FROM wanted CROSS JOIN entries
    ON entries.room = wanted.room AND seq = (SELECT max(seq) FROM entries WHERE room = wanted.room)
"""

# The cross join makes SQLite walk the names and probe the index for each: any other plan may scan all keys.
_USED = """
    SELECT entries.key, sender, room, seq, time, salt, command_hash FROM json_each(:senders) AS name CROSS JOIN entries
    ON entries.key = substr(:keys, 1 + 16 * name.key, 16) AND sender = name.value
    AND room = substr(:rooms, 1 + 16 * name.key, 16)
"""

_INSERT_ENTRY = """
    INSERT INTO entries
    (room, seq, g, kind, sender, key, command_hash, time, target, posts, salt, body_hash, hash, expires, body)
    VALUES
"""
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

ROWS_A_STATEMENT = 64
"""The driver gives Python's lock up for each statement, and while a loop is busy each time it waits to get it back.
SQLite takes 999 values a statement wherever it is built."""

_RESTART_LOG = "PRAGMA wal_checkpoint(RESTART)"
_TRUNCATE_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"


def _failure(error: sqlite3.Error) -> StoreError:
    """Return the StoreError that tells of `error`."""
    # Errors that the sqlite3 module raises by itself carry no code.
    full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return StoreFull(str(error)) if full else StoreError(str(error))


def _pages(draft: Draft) -> int:
    """Return how many pages a commit of `draft` may touch, splits excepted: a leaf of each index for each row, and
    what rows with their bodies fill."""
    bodies_bytes = sum([len(row[-1]) for row in draft.rows])
    mentions = sum([len(record.users) for record in draft.records if isinstance(record, MentionsRecord)])
    puts_count = len(draft.rows) + len(draft.records) + mentions
    return 2 * puts_count + (bodies_bytes + 300 * len(draft.rows)) // PAGE_BYTES + 2


@cache
def _insert_entries(count: int) -> str:
    return _INSERT_ENTRY + ", ".join([_ROW] * count)


def _shares(rows: Sequence[T]) -> Generator[Sequence[T], None, None]:
    """Yield `rows` in order, in shares of powers of two, so that few statements are ever prepared."""
    start, size = 0, ROWS_A_STATEMENT
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None, None, None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # The error that led here says more than one of the rollback: that one is found at the next BEGIN.
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


@define(eq=False)
class Writer:
    """The one who writes through a connection. Also keeper of the heads of the rooms written to lately."""

    _connection: sqlite3.Connection
    _wal_bytes: Callable[[], int]
    g: int
    usable: bool = True
    """False from the moment a commit's outcome became unknown. Only another connection can tell what it left."""
    held_bytes_max: int | None = None
    """While the database's file is held: how long the log may grow until that ends. None when it is not held."""
    log_pages: int = 0
    """So many pages may stand in the log that are not in the database yet: what the commits may have touched."""
    _heads: OrderedDict[RoomId, Head] = field(factory=OrderedDict[RoomId, Head])
    _failed: type[StoreError] = StoreError
    """How: whoever comes next is told so too, because a full disk is outlived."""

    def require_usable(self) -> None:
        """Raise the StoreError of an earlier failure, where there was one."""
        if not self.usable:
            raise self._failed("a commit has failed: reopen the store")

    @contextmanager
    def _trusting(self) -> Generator[None, None, None]:
        """Whatever goes wrong inside leaves the store unusable; what SQLite raises comes out as a StoreError."""
        self.require_usable()
        self.usable = False
        try:
            yield
        except sqlite3.Error as error:
            failure = _failure(error)
            self._failed = type(failure)
            raise failure from error
        self.usable = True

    def append(self, batch: Sequence[Item]) -> Appended:
        """Commit `batch` as `Store.append` promises."""
        with self._trusting():
            if self._wal_bytes() > (WAL_BYTES_MAX if self.held_bytes_max is None else self.held_bytes_max):
                self.held_bytes_max = None
                self._checkpoint(_TRUNCATE_LOG)
            try:
                return self._commit(batch, None)
            except sqlite3.IntegrityError:
                # A key that is taken, most likely, and seldom: so only now is the look-up of all keys worth its cost.
                return self._commit(batch, self._used(batch))

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database. Raises StoreError as `append` does.

        The file keeps its length and is written again from its start: a commit that need not make it longer is
        on disk sooner, because the file system has nothing to write of its own.
        """
        with self._trusting():
            self._checkpoint(_RESTART_LOG)

    def hold(self, log_bytes_max: int) -> None:
        """Move the log into the database's file as `checkpoint` does, and leave that file as it is until `release`.

        The log grows meanwhile. An `append` that finds it over `log_bytes_max` bytes ends the hold.
        """
        with self._trusting():
            busy, in_log, moved = self._checkpoint(_RESTART_LOG)
            if busy or in_log != moved:
                raise StoreError("the log could not be moved whole")
            self.held_bytes_max = log_bytes_max

    def release(self) -> bool:
        """End a hold; return whether it lasted until now. May be called from any thread: a hold ends before the
        file is written to."""
        lasted = self.held_bytes_max is not None
        self.held_bytes_max = None
        return lasted

    def _checkpoint(self, statement: str) -> tuple[int, int, int]:
        """Return what SQLite says: whether it was kept from it, how many pages were in the log, and how many moved."""
        [(busy, in_log, moved)] = self._connection.execute(statement).fetchall()
        self.log_pages = 0
        return busy, in_log, moved

    def _commit(self, batch: Sequence[Item], used: dict[KeyName, Used] | None) -> Appended:
        with _transaction(self._connection):
            draft = Draft(self.g + 1, self._heads_of(batch), used)
            outcomes = tuple([draft.add(item) for item in batch])
            self._insert(draft)
        self.g = draft.g
        self.log_pages += _pages(draft)
        self._keep(draft.heads)
        return Appended(draft.g, outcomes)

    def _insert(self, draft: Draft) -> None:
        # A cursor that an exception's traceback kept alive would keep the connection, and its lock, from closing.
        with closing(self._connection.cursor()) as cursor:
            for rows in _shares(draft.rows):
                cursor.execute(_insert_entries(len(rows)), list(flattened.from_iterable(rows)))
            if not draft.rows:
                cursor.execute("UPDATE meta SET g = ?", (draft.g,))
            for statement, rows in puts(draft.records).items():
                cursor.executemany(statement, rows)

    def _heads_of(self, batch: Sequence[Item]) -> dict[RoomId, Head]:
        """Return the heads of all rooms that `batch` writes to, in a dict of its own: a draft may yet fail."""
        heads = {room: self._heads.get(room) for room in entry_rooms(batch)}
        missing = [room for room, head in heads.items() if head is None]
        loaded: dict[RoomId, Head] = {}
        if missing:
            for room, *head in self._connection.execute(_HEADS, {"rooms": b"".join(missing)}).fetchall():
                loaded[room] = Head(*head)
        return {room: head or loaded.get(room) or Head(0, 0, 0, chain.origin(room)) for room, head in heads.items()}

    def _keep(self, heads: Mapping[RoomId, Head]) -> None:
        for room, head in heads.items():
            self._heads[room] = head
            self._heads.move_to_end(room)
        while len(self._heads) > HEADS_MAX:
            self._heads.popitem(last=False)

    def _used(self, batch: Sequence[Item]) -> dict[KeyName, Used]:
        names = [key_name(entry) for item in batch for entry in item.entries]
        parameters = {
            "senders": json.dumps([sender for _, sender, _ in names]),
            "keys": b"".join([key for key, _, _ in names]),
            "rooms": b"".join([room for _, _, room in names]),
        }
        rows = self._connection.execute(_USED, parameters).fetchall()
        return {(key, sender, room): Used(*rest) for key, sender, room, *rest in rows}
