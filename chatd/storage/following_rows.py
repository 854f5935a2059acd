"""How SQLite answers who looks at all rooms, or at all those of a user."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from chatd.model import Entry, Membership, RoomId
from chatd.storage import following as q
from chatd.storage.rows import entry_of, membership_of
from chatd.storage.tables import ENTRY_BYTES

COMMITS = """
    SELECT room, seq, g, kind, sender, key, time, target, posts, salt, body, body_hash, hash, expires, number
    FROM entries WHERE number > ? ORDER BY number LIMIT ?
"""
RANGES = """
    SELECT room, user, state, role, max(floor, expired + 1), until, denied, banned_until, since
    FROM memberships JOIN rooms USING (room)
    WHERE user = ? AND (until IS NULL OR until >= max(floor, expired + 1)) ORDER BY until IS NOT NULL, room LIMIT ?
"""

EXPIRING = """
    SELECT room, seq, expires FROM entries INDEXED BY entries_expiring
    WHERE expires IS NOT NULL AND body IS NOT NULL ORDER BY expires, room, seq LIMIT ?
"""

ERASING = """
    SELECT room FROM rooms INDEXED BY rooms_erasing WHERE erasing IS NOT NULL AND room > ? ORDER BY room LIMIT ?
"""

ALL_ERASING = "SELECT room FROM rooms INDEXED BY rooms_erasing WHERE erasing IS NOT NULL"

AGED = """
    SELECT rooms.room, entries.time, CASE WHEN entries.time < :before THEN (
        SELECT max(seq) FROM entries AS old
        WHERE old.room = rooms.room AND seq BETWEEN expired + 1 AND expired + :most AND old.time < :before
    ) ELSE 0 END
    FROM rooms INDEXED BY rooms_streaming CROSS JOIN entries ON entries.room = rooms.room AND seq = expired + 1
    WHERE rooms.kind = 'live' AND ended IS NULL AND rooms.room > :after ORDER BY rooms.room LIMIT :limit
"""


def _commits(connection: sqlite3.Connection, query: q.GetCommits) -> q.Commits:
    """Stop at the bound: what is cut off is never read, but for one row that tells that there is more."""
    left, place = query.bytes_max, query.after
    gone = {room for (room,) in connection.execute(ALL_ERASING).fetchall()}
    entries: list[Entry] = []
    with closing(connection.execute(COMMITS, (query.after, max(query.entries_max, 1) + 1))) as rows:
        for row in rows:
            left -= ENTRY_BYTES + len(row[10] or b"")
            if entries and (left < 0 or len(entries) >= query.entries_max):
                return q.Commits(tuple(entries), place, more=True)
            entries.append(q.stub_of(entry_of(row), gone))
            place = row[14]
    return q.Commits(tuple(entries), place, more=False)


def _ranges(connection: sqlite3.Connection, query: q.GetRanges) -> tuple[Membership, ...]:
    rows = connection.execute(RANGES, (query.user, query.limit)).fetchall()
    return tuple([membership_of(row) for row in rows])


def _expiring(connection: sqlite3.Connection, query: q.GetExpiring) -> tuple[q.Expiring, ...]:
    return tuple([q.Expiring(*row) for row in connection.execute(EXPIRING, (query.limit,)).fetchall()])


def _erasing(connection: sqlite3.Connection, query: q.GetErasing) -> tuple[RoomId, ...]:
    return tuple([room for (room,) in connection.execute(ERASING, (query.after, query.limit)).fetchall()])


def _aged(connection: sqlite3.Connection, query: q.GetAged) -> tuple[q.Aged, ...]:
    named = {"before": query.before, "most": query.most, "after": query.after, "limit": query.limit}
    return tuple([q.Aged(*row) for row in connection.execute(AGED, named).fetchall()])


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetCommits: _commits,
    q.GetRanges: _ranges,
    q.GetExpiring: _expiring,
    q.GetErasing: _erasing,
    q.GetAged: _aged,
}
"""Which function answers which query: one for each."""
