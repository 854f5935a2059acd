"""How SQLite keeps posts held for review: the statements that put and forget them, and those that read them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from chatd.model import HeldGone, HeldRecord
from chatd.storage import held as q
from chatd.storage.tables import ENTRY_BYTES

PUT_HELD = """
    INSERT INTO held (room, number, user, key, time, reply, ttl_s, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET user = excluded.user, key = excluded.key, time = excluded.time, reply = excluded.reply,
    ttl_s = excluded.ttl_s, content = excluded.content
"""
FORGET_HELD = "DELETE FROM held WHERE room = ? AND number BETWEEN ? AND ?"

_COLUMNS = "SELECT room, number, user, key, time, reply, ttl_s, content FROM held "
HELD = _COLUMNS + "WHERE room = ? AND number = ?"
QUEUE = _COLUMNS + "WHERE room = ? AND number > ? ORDER BY number LIMIT ?"
QUEUE_OF = _COLUMNS + "WHERE room = ? AND user = ? AND number > ? ORDER BY number LIMIT ?"
COUNT = "SELECT count(*) FROM held WHERE room = ? AND user = ?"
SINCE = "SELECT room, number, user FROM held WHERE time < ? ORDER BY time, room, number LIMIT ?"
OF_AUTHOR = "SELECT room, number, user FROM held WHERE user = ? ORDER BY room, number LIMIT ?"


def held_row(record: HeldRecord) -> tuple[Any, ...]:
    """Return the row that `PUT_HELD` puts."""
    place = (record.room, record.number, record.user, record.key, record.time)
    return (*place, record.reply, record.ttl_s, record.content)


def gone_row(record: HeldGone) -> tuple[Any, ...]:
    """Return what `FORGET_HELD` is told."""
    return (record.room, record.number or 0, record.number or 2**62)


def _held_of(row: Sequence[Any]) -> HeldRecord:
    room, number, user, key, time, reply, ttl_s, content = row
    return HeldRecord(
        room=room, number=number, user=user, key=key, time=time, content=content, reply=reply, ttl_s=ttl_s
    )


def _held(connection: sqlite3.Connection, query: q.GetHeld) -> HeldRecord | None:
    row = connection.execute(HELD, (query.room, query.number)).fetchone()
    return None if row is None else _held_of(row)


def _queue(connection: sqlite3.Connection, query: q.GetQueue) -> tuple[HeldRecord, ...]:
    """Stop at the bound: what is cut off is never read."""
    whose = () if query.user is None else (query.user,)
    statement, parameters = QUEUE_OF if whose else QUEUE, (query.room, *whose, query.after, query.limit)
    page: list[HeldRecord] = []
    left = query.bytes_max
    with closing(connection.execute(statement, parameters)) as rows:
        for row in rows:
            left -= ENTRY_BYTES + len(row[-1])
            if page and left < 0:
                break
            page.append(_held_of(row))
    return tuple(page)


def _count(connection: sqlite3.Connection, query: q.CountHeld) -> int:
    [(count,)] = connection.execute(COUNT, (query.room, query.user)).fetchall()
    return int(count)


def _since(connection: sqlite3.Connection, query: q.GetHeldSince) -> tuple[q.HeldPlace, ...]:
    return tuple([q.HeldPlace(*row) for row in connection.execute(SINCE, (query.before, query.limit)).fetchall()])


def _of_author(connection: sqlite3.Connection, query: q.GetHeldOf) -> tuple[q.HeldPlace, ...]:
    return tuple([q.HeldPlace(*row) for row in connection.execute(OF_AUTHOR, (query.user, query.limit)).fetchall()])


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetHeld: _held,
    q.GetQueue: _queue,
    q.CountHeld: _count,
    q.GetHeldSince: _since,
    q.GetHeldOf: _of_author,
}
"""Which function answers which query: one for each."""
