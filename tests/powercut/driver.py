"""An apsw connection in the clothes of a sqlite3 connection: as much of one as chatd.storage touches.

The store's code runs unchanged over it: SqliteStore, the bridge, aiosqlite's thread, `set_up`, Writer and Reader. Only
what aiosqlite opens in its thread is another object, because the sqlite3 module cannot be given a VFS of ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from os import PathLike
from typing import Any, cast
from unittest.mock import patch

import aiosqlite
import apsw
from attrs import define

Parameters = Sequence[Any] | Mapping[str, Any]

_ERRORS: dict[int, type[sqlite3.Error]] = {
    sqlite3.SQLITE_INTERNAL: sqlite3.InternalError,
    sqlite3.SQLITE_NOTFOUND: sqlite3.InternalError,
    **dict.fromkeys(
        (
            *(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_PERM, sqlite3.SQLITE_ABORT, sqlite3.SQLITE_BUSY),
            *(sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR),
            *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_EMPTY),
            sqlite3.SQLITE_SCHEMA,
        ),
        sqlite3.OperationalError,
    ),
    sqlite3.SQLITE_TOOBIG: sqlite3.DataError,
    sqlite3.SQLITE_CONSTRAINT: sqlite3.IntegrityError,
    sqlite3.SQLITE_MISMATCH: sqlite3.IntegrityError,
    sqlite3.SQLITE_MISUSE: sqlite3.InterfaceError,
    sqlite3.SQLITE_RANGE: sqlite3.InterfaceError,
}
"""The class that the sqlite3 module raises for each primary code, as its documentation and tests have it."""


def as_sqlite3(error: apsw.Error) -> sqlite3.Error:
    """Return the error that the sqlite3 module would raise where apsw raised `error`."""
    code = getattr(error, "extendedresult", None)
    if code is None:
        # apsw itself refuses, without asking SQLite: as sqlite3 does, without a code.
        return sqlite3.ProgrammingError(str(error))
    told = _ERRORS.get(code & 0xFF, sqlite3.DatabaseError)(str(error) or apsw.exception_for(code).__class__.__name__)
    told.sqlite_errorcode = code
    return told


@contextmanager
def _translated() -> Generator[None, None, None]:
    try:
        yield
    except apsw.Error as error:
        raise as_sqlite3(error) from error


@define(eq=False)
class Cursor:
    _cursor: apsw.Cursor

    def execute(self, statement: str, parameters: Parameters = ()) -> Cursor:
        with _translated():
            self._cursor.execute(statement, cast("Any", parameters) or None)
        return self

    def executemany(self, statement: str, rows: Iterable[Parameters]) -> Cursor:
        with _translated():
            self._cursor.executemany(statement, cast("Any", rows))
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        with _translated():
            return self._cursor.fetchone()

    def fetchall(self) -> list[tuple[Any, ...]]:
        with _translated():
            rows: list[tuple[Any, ...]] = cast("Any", self._cursor).fetchall()
            return rows

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return self

    def __next__(self) -> tuple[Any, ...]:
        with _translated():
            return next(self._cursor)

    def close(self) -> None:
        with _translated():
            self._cursor.close(True)


@define(eq=False)
class Driver:
    """What aiosqlite hands to the store in the place of its `JobConnection`."""

    apsw: apsw.Connection

    def execute(self, statement: str, parameters: Parameters = ()) -> Cursor:
        return self.cursor().execute(statement, parameters)

    def executescript(self, script: str) -> Cursor:
        cursor = self.cursor().execute(script)
        cursor.fetchall()
        return cursor

    def executemany(self, _statement: str, jobs: Iterable[Callable[[Any], object]]) -> Cursor:
        """Run the store's jobs, as its own connection does."""
        for job in jobs:
            job(self)
        return self.cursor()

    def cursor(self) -> Cursor:
        with _translated():
            return Cursor(self.apsw.cursor())

    def set_progress_handler(self, handler: Callable[[], bool], steps: int) -> None:
        self.apsw.set_progress_handler(handler, steps)

    def close(self) -> None:
        """Close, and pass over a checkpoint that fails meanwhile, as SQLite does: the log still holds all of it."""
        with suppress(apsw.Error):
            self.apsw.close(True)


Dress = Callable[[apsw.Connection], Driver]


@contextmanager
def in_place_of_sqlite3(vfs: str, dress: Dress = Driver) -> Generator[None, None, None]:
    """Let every store that opens meanwhile run on apsw and on `vfs`, its connection dressed by `dress`."""

    def connect(database: str | PathLike[str], *, timeout: float, **_same_as_apsw: object) -> aiosqlite.Connection:
        def opened() -> sqlite3.Connection:
            with _translated():
                connection = apsw.Connection(str(database), vfs=vfs)
            connection.set_busy_timeout(round(timeout * 1000))
            return cast("sqlite3.Connection", dress(connection))

        return aiosqlite.Connection(opened, 64)

    with patch.object(aiosqlite, "connect", connect):
        yield
