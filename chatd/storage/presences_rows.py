"""How SQLite keeps whom users let know of their presence: the statements that put it, and those that read it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from chatd.model import APART, PresenceRecord, SeenRecord, Shown
from chatd.storage import presences as q

Row = tuple[Any, ...]

PUT_PRESENCE = """
    INSERT INTO presences (user, shown) VALUES (?, ?) ON CONFLICT DO UPDATE SET shown = excluded.shown
"""
PUT_SEEN = """
    INSERT INTO last_seen (user, time) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET time = excluded.time WHERE excluded.time > time
"""

# The cross join makes SQLite walk the names and probe the index for each.
PRESENCES = """
    SELECT presences.user, shown, coalesce(last_seen.time, 0) FROM json_each(?) AS name
    CROSS JOIN presences ON presences.user = name.value LEFT JOIN last_seen ON last_seen.user = presences.user
    WHERE shown <> 'nobody' ORDER BY name.key
"""
PRESENT = "SELECT 1 FROM memberships WHERE room = ? AND user = ? AND state IN ('member', 'restricted')"
KNOWN = """
    SELECT 1 FROM memberships JOIN rooms USING (room)
    WHERE room = ? AND user = ? AND state IN ('member', 'restricted') AND (role <> 'member' OR kind NOT IN (?, ?))
"""


def presence_row(record: PresenceRecord) -> Row:
    """Return the row that `PUT_PRESENCE` puts."""
    return (record.user, record.shown.value)


def seen_row(record: SeenRecord) -> Row:
    return (record.user, record.at)


def _presences(connection: sqlite3.Connection, query: q.GetPresences) -> tuple[q.PresenceView, ...]:
    rows = connection.execute(PRESENCES, (json.dumps(query.users),)).fetchall()
    return tuple([q.PresenceView(user, Shown(shown), seen) for user, shown, seen in rows])


def _is_present(connection: sqlite3.Connection, query: q.IsPresent) -> bool:
    return connection.execute(PRESENT, (query.room, query.user)).fetchone() is not None


def _is_known(connection: sqlite3.Connection, query: q.IsKnown) -> bool:
    return connection.execute(KNOWN, (query.room, query.user, *APART)).fetchone() is not None


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetPresences: _presences,
    q.IsPresent: _is_present,
    q.IsKnown: _is_known,
}
"""Which function answers which query: one for each."""
