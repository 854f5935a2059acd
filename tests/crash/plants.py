"""Planted bugs: each breaks one promise as a mistake could, and the harness must find it (`test_plants.py`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from chatd.model import HeldRecord, Membership
from chatd.storage.files import Home
from tests.crash.failpoints import locate
from tests.crash.hooks import Trigger, die, wrap

USED = "chatd.storage.writing:_USED"
KEY = "chatd.storage.statements:KEY"
PUTS = "chatd.storage.writing:puts"
GROUPS_BEFORE_DEATH = 6
"""Batches in which a group is made: more than making the rooms of a run takes."""


@contextmanager
def _late_commit(connection: sqlite3.Connection) -> Generator[None, None, None]:
    """A transaction that the next one commits."""
    if connection.in_transaction:
        connection.execute("COMMIT")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _get(place: str) -> Any:
    owner, name = locate(place)
    return getattr(owner, name)


def _set(place: str, value: object) -> None:
    owner, name = locate(place)
    setattr(owner, name, value)


def ack_before_commit() -> None:
    """A batch is acknowledged and shown when it has been written, and committed with the next one (promise 1, D1)."""
    _set("chatd.storage.writing:_transaction", _late_commit)
    _set("chatd.storage.sqlite:CHECKPOINT_PAGES", 10**9)


def forget_keys() -> None:
    """Keys are known while their command is in flight, and then to nobody (promise 2, E1)."""
    _set(USED, f"{_get(USED)} AND 0")
    _set(KEY, f"{_get(KEY)} AND 0")

    def hooked(set_up: Callable[..., Any]) -> Callable[..., Any]:
        def then_drop(connection: sqlite3.Connection, new_epoch: bytes | None) -> None:
            set_up(connection, new_epoch)
            connection.execute("DROP INDEX IF EXISTS entries_by_key")

        return then_drop

    wrap("chatd.storage.sqlite:set_up", hooked)


def lose_the_log() -> None:
    """A start removes the write-ahead log, as who copies the database alone does (D1)."""
    take = Home.take

    def taken(directory: Path, *, create: bool) -> Home:
        home = take(directory, create=create)
        (directory / "chatd.db-wal").unlink(missing_ok=True)
        return home

    _set("chatd.storage.files:Home.take", staticmethod(taken))


def records_apart() -> None:
    """An item's entries are committed, and then its records; the process dies between the two (D7)."""
    trigger = Trigger(GROUPS_BEFORE_DEATH)

    def hooked(insert: Callable[..., Any]) -> Callable[..., Any]:
        def insert_in_two(writer: Any, draft: Any) -> None:
            records, draft.records = draft.records, []
            insert(writer, draft)
            if not records:
                return
            connection: sqlite3.Connection = writer._connection
            connection.execute("COMMIT")
            if sum(isinstance(record, Membership) for record in records) > 1 and trigger.is_due():
                die()
            connection.execute("BEGIN IMMEDIATE")
            with closing(connection.cursor()) as cursor:
                for statement, rows in _get(PUTS)(records).items():
                    cursor.executemany(statement, rows)

        return insert_in_two

    wrap("chatd.storage.writing:Writer._insert", hooked)


def held_in_memory() -> None:
    """What waits for review is acknowledged, and not written (5.104, D1)."""

    def hooked(puts: Callable[..., Any]) -> Callable[..., Any]:
        return lambda records: puts([each for each in records if not isinstance(each, HeldRecord)])

    wrap(PUTS, hooked)


PLANTS: dict[str, Callable[[], None]] = {
    plant.__name__: plant for plant in (ack_before_commit, forget_keys, held_in_memory, lose_the_log, records_apart)
}
