"""The store that a daemon runs on: one SQLite file, one connection through aiosqlite, one transaction a batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from attrs import define

from chatd.model import Item
from chatd.storage.base import Answers, Appended, StoreError, StoreRefused
from chatd.storage.bridge import Bridge
from chatd.storage.files import Home, set_up
from chatd.storage.queries import Query
from chatd.storage.reading import Reader
from chatd.storage.writing import CHECKPOINT_PAGES, Writer

T = TypeVar("T")

_NOTHING_ELSEWHERE = "PRAGMA temp_store = MEMORY"
"""Else a large batch has the old pages of what it changes written to a file in /var/tmp, which stays open: what people
say would lie outside the directory, also once it is erased, and that disk could fail a commit. One batch bounds it."""

_STATE = """
    SELECT epoch, max(g, coalesce((SELECT g FROM entries ORDER BY number DESC LIMIT 1), 0)) FROM meta
"""

Job = Callable[[sqlite3.Connection], T]


class JobConnection(sqlite3.Connection):
    """A connection whose `executemany` runs whole jobs in the driver's thread.

    A batch is many statements and aiosqlite takes a thread hop for each, which costs more than the statement. So
    the driver is handed one call that does all of them.
    """

    def executemany(self, _sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        for job in parameters:
            job(self)
        return self.cursor()


async def enter(driver: aiosqlite.Connection, job: Callable[[], None]) -> None:
    """Let the driver call `job` in its thread."""

    def call(_: sqlite3.Connection) -> None:
        job()

    await driver.executemany("", [call])


async def run(driver: aiosqlite.Connection, job: Job[T]) -> T:
    """Return what `job` returns for the connection, in the driver's thread."""
    results: list[T] = []

    def keep(connection: sqlite3.Connection) -> None:
        results.append(job(connection))

    await driver.executemany("", [keep])
    return results[0]


@define(eq=False)
class _Opened:
    """What belongs to one connection and goes with it."""

    driver: aiosqlite.Connection
    writer: Writer
    reader: Reader
    epoch: bytes
    upgraded: bool

    def read(self, queries: Sequence[Query], deadline_s: float) -> Answers:
        self.writer.require_usable()
        return Answers(self.writer.g, self.reader.answer(queries, deadline_s))


@define(eq=False)
class SqliteStore:
    """A store in DIR/chatd.db, held by this process alone through DIR/lock. `open` makes one.

    After a StoreError from `append` or `checkpoint` every call but `reopen` and `aclose` raises StoreError, for
    nobody knows what the disk holds until recovery has run.
    """

    _home: Home
    _bridge: Bridge
    _opened: _Opened | None = None
    _epoch: bytes = b""
    """Kept while the store is opened again: no other can come of that."""

    @classmethod
    async def open(cls, directory: Path, new_epoch: bytes) -> SqliteStore:
        """Open the store in `directory`, which is made with mode 0700, and the store with `new_epoch`, if missing.

        Raises StoreRefused when the data cannot be opened; nothing stays open then, nor when cancelled.
        """
        home = Home.take(directory, create=True)
        store = cls(home, Bridge())
        try:
            await store._bridge.call(partial(store._open, new_epoch))
        except BaseException:
            await store.aclose()
            raise
        return store

    @property
    def epoch(self) -> bytes:
        return self._epoch

    @property
    def g(self) -> int:
        return self._current().writer.g

    def _current(self) -> _Opened:
        if self._opened is None:
            raise StoreError("the store is closed")
        return self._opened

    async def append(self, batch: Sequence[Item]) -> Appended:
        opened = self._current()
        return await self._bridge.run(partial(enter, opened.driver), partial(opened.writer.append, batch))

    async def read(self, queries: Sequence[Query], *, deadline_s: float = 5.0) -> Answers:
        # What is open is looked at when its turn has come: while it waited, the store may have been reopened.
        return await self._bridge.run_behind(self._enter, lambda: self._current().read(queries, deadline_s))

    async def _enter(self, job: Callable[[], None]) -> None:
        await enter(self._current().driver, job)

    async def reopen(self) -> None:
        """Close and open again, the lock held throughout. Raises StoreError: then it may be called again."""
        await self._bridge.call(self._reopen)

    async def _reopen(self) -> None:
        await self._close()
        await self._open(None)

    def disk_free_bytes(self) -> int | None:
        return self._home.free_bytes()

    async def checkpoint(self) -> None:
        """Move the write-ahead log into the database when more than `CHECKPOINT_PAGES` may stand in it.

        Raises StoreError (StoreFull when the disk is full) as `append` does.
        """
        opened = self._current()
        if opened.writer.log_pages > CHECKPOINT_PAGES and opened.writer.held_bytes_max is None:
            await self._bridge.run(partial(enter, opened.driver), opened.writer.checkpoint)

    async def hold(self, log_bytes_max: int) -> None:
        """Leave DIR/chatd.db as it is, everything that is committed in it, until `release`.

        The file may be copied meanwhile, by another process: closing it in this one would drop SQLite's locks.
        """
        await self._bridge.run(self._enter, lambda: self._current().writer.hold(log_bytes_max))

    def release(self) -> bool:
        return self._opened is not None and self._opened.writer.release()

    async def aclose(self) -> None:
        """Close and give the lock back. Idempotent; not cut short by cancellation."""
        try:
            await self._bridge.aclose(self._close)
        finally:
            self._home.release()

    async def _open(self, new_epoch: bytes | None) -> None:
        self._opened = await self._connect(new_epoch)
        if self._opened.upgraded:
            # What a migration keeps aside may be too much for memory. It leaves with the connection.
            await self._close()
            self._opened = await self._connect(None)
        self._epoch = self._opened.epoch

    async def _connect(self, new_epoch: bytes | None) -> _Opened:
        try:
            driver = await aiosqlite.connect(
                self._home.database, timeout=0, isolation_level=None, factory=JobConnection
            )
        except sqlite3.Error as error:
            raise StoreRefused(f"{self._home.database}: {error}") from error
        try:
            return await run(driver, partial(self._prepare, driver, new_epoch))
        except BaseException:
            await driver.close()
            raise

    def _prepare(
        self, driver: aiosqlite.Connection, new_epoch: bytes | None, connection: sqlite3.Connection
    ) -> _Opened:
        try:
            upgraded = set_up(connection, new_epoch)
            connection.execute(_NOTHING_ELSEWHERE)
            epoch, g = connection.execute(_STATE).fetchone()
        except sqlite3.Error as error:
            raise StoreRefused(f"{self._home.database}: {error}") from error
        return _Opened(driver, Writer(connection, self._home.wal_bytes, g), Reader(connection), epoch, upgraded)

    async def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.driver.close()
