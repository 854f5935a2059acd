"""The index that a daemon searches with: FTS5 in DIR/search.db, a file and a connection of its own.

Never the store's file: there its merges would hold up commits, and a second connection would meet the bug for which
the store has one alone. Nothing of it is needed: what cannot be read is made again. So it runs in WAL with
`synchronous=NORMAL`, and a power cut takes at most its last changes.

FTS5 is handed words that `chatd.words` has made, each behind the number of its room. So a query meets the words of
its own rooms alone, costs what those rooms cost, and tells nothing of others; and no text of a user is ever parsed as
a query: a phrase is built from words, which are letters, digits, marks and symbols.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

import aiosqlite
from attrs import define

from chatd.storage.bridge import Bridge
from chatd.storage.finding import Finder
from chatd.storage.index import Find, Found, IndexChange, IndexFailed, IndexSlow, Progress
from chatd.storage.indexing import Indexer, begin_anew, is_ours
from chatd.storage.sqlite import JobConnection, enter, run

T = TypeVar("T")

OPCODES_BETWEEN_LOOKS = 1_000
"""How many steps of SQLite's machine pass between two looks at the deadline. Each page that FTS5 reads takes some."""
BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_PRAGMAS = (
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
)


def failure(error: sqlite3.Error) -> IndexFailed:
    """Return the IndexFailed that tells of `error`."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return IndexFailed(str(error), broken=code in BROKEN)


@define(eq=False)
class _Opened:
    """What belongs to one connection and goes with it. All but `driver` lives in the driver's thread."""

    driver: aiosqlite.Connection
    indexer: Indexer
    finder: Finder
    deadline: float = float("inf")

    def is_late(self) -> bool:
        return monotonic() > self.deadline

    def find(self, find: Find, deadline: float) -> Found:
        self.deadline = deadline
        try:
            return self.finder.find(find, self.is_late)
        except sqlite3.Error as error:
            raise (IndexSlow("the search took too long") if self.is_late() else failure(error)) from error
        finally:
            self.deadline = float("inf")

    def attempt(self, job: Callable[[], T]) -> T:
        try:
            return job()
        except sqlite3.Error as error:
            raise failure(error) from error


@define(eq=False)
class SearchIndex:
    """An index in `directory`, which whoever holds the store's lock there has for itself. Nothing is open at first."""

    directory: Path
    _bridge: Bridge
    _opened: _Opened | None = None

    @property
    def file(self) -> Path:
        return self.directory / "search.db"

    @property
    def untidy(self) -> bool:
        return self._opened is not None and self._opened.indexer.untidy

    async def begin(self, epoch: bytes, *, anew: bool = False) -> Progress:
        """Open DIR/search.db; where it is missing, damaged, foreign or outdated, put a new one in its place."""
        return await self._bridge.call(partial(self._begin, epoch, anew))

    async def put(self, changes: Sequence[IndexChange], progress: Progress | None) -> None:
        await self._bridge.run_behind(
            self._enter, lambda: self._current().attempt(partial(self._current().indexer.put, changes, progress))
        )

    async def find(self, find: Find, *, deadline_s: float) -> Found:
        deadline = monotonic() + deadline_s
        return await self._bridge.run(self._enter, lambda: self._current().find(find, deadline))

    async def tidy(self) -> bool:
        return await self._bridge.run_behind(self._enter, lambda: self._current().attempt(self._current().indexer.tidy))

    async def aclose(self) -> None:
        await self._bridge.aclose(self._close)

    def _current(self) -> _Opened:
        if self._opened is None:
            raise IndexFailed("the index is not open")
        return self._opened

    async def _enter(self, job: Callable[[], None]) -> None:
        await enter(self._current().driver, job)

    async def _begin(self, epoch: bytes, anew: bool) -> Progress:
        await self._close()
        try:
            if not anew:
                try:
                    self._opened = await self._open(epoch)
                except sqlite3.Error as error:
                    if not failure(error).broken:
                        raise
            if self._opened is None:
                self.remove()
                self._opened = await self._open(epoch, anew=True)
        except (sqlite3.Error, OSError) as error:
            raise failure(error) if isinstance(error, sqlite3.Error) else IndexFailed(str(error)) from error
        return self._current().indexer.progress

    async def _open(self, epoch: bytes, *, anew: bool = False) -> _Opened | None:
        """Return what is open from now on; None where the file holds no index for `epoch`, and is closed again."""
        self._make_file()
        driver = await aiosqlite.connect(self.file, timeout=0, isolation_level=None, factory=JobConnection)
        opened: _Opened | None = None
        try:
            opened = await run(driver, partial(self._prepare, driver, epoch, anew))
        finally:
            if opened is None:
                await driver.close()
        return opened

    def _prepare(
        self, driver: aiosqlite.Connection, epoch: bytes, anew: bool, connection: sqlite3.Connection
    ) -> _Opened | None:
        for pragma in _PRAGMAS:
            connection.execute(pragma).fetchall()
        if anew:
            begin_anew(connection, epoch)
        elif not is_ours(connection, epoch):
            return None
        opened = _Opened(driver, Indexer.on(connection), Finder(connection))
        connection.set_progress_handler(opened.is_late, OPCODES_BETWEEN_LOOKS)
        return opened

    def _make_file(self) -> None:
        """SQLite would let others read it."""
        self.file.touch(mode=0o600, exist_ok=True)

    def remove(self) -> None:
        """Leave no index. Nothing may be open. Raises OSError."""
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)

    async def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.driver.close()
