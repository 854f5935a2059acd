"""How SQLite keeps conversations and hidden entries: the statements that put them, and those that read them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from attrs import evolve

from chatd.model import PRESENT, Conversation, HiddenRecord, RoomId, UserId
from chatd.storage import mentions, personal as q

Row = tuple[Any, ...]

PUT_CONVERSATION = """
    INSERT INTO conversations (user, room, muted_until, archived, pinned, unread, draft, hidden)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET muted_until = excluded.muted_until, archived = excluded.archived,
    pinned = excluded.pinned, unread = excluded.unread, draft = excluded.draft, hidden = excluded.hidden
"""
PUT_HIDDEN = "INSERT INTO hidden_entries (user, room, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"

CONVERSATION = """
    SELECT room, user, muted_until, archived, pinned, unread, draft, hidden FROM conversations
    WHERE user = ? AND room = ?
"""
HIDDEN = "SELECT seq FROM hidden_entries WHERE user = ? AND room = ? AND seq BETWEEN ? AND ? ORDER BY seq"
PINNED = "SELECT count(*) FROM conversations WHERE user = ? AND pinned > 0"
READERS = """
    SELECT user, floor, coalesce(told, 0) FROM memberships LEFT JOIN read_marks USING (room, user)
    WHERE room = ? AND state IN ('member', 'restricted') ORDER BY user LIMIT ?
"""


def conversation_row(record: Conversation) -> Row:
    """Return the row that `PUT_CONVERSATION` puts."""
    return (
        *(record.user, record.room, record.muted_until, int(record.archived)),
        *(record.pinned, record.unread, record.draft, record.hidden),
    )


def hidden_row(record: HiddenRecord) -> Row:
    return (record.user, record.room, record.seq)


def conversation(connection: sqlite3.Connection, room: RoomId, user: UserId) -> Conversation | None:
    """Return how a user keeps a room; None where they keep it as it came."""
    row = connection.execute(CONVERSATION, (user, room)).fetchone()
    if row is None:
        return None
    _, _, muted_until, archived, pinned, unread, draft, hidden = row
    return Conversation(
        room=room,
        user=user,
        muted_until=muted_until,
        archived=bool(archived),
        pinned=pinned,
        unread=unread,
        draft=draft,
        hidden=hidden,
    )


def with_kept(connection: sqlite3.Connection, row: q.RoomRow) -> q.RoomRow:
    """Return a row of a user's list with how they keep that conversation, and how often they are mentioned there."""
    room, user = row.record.room, row.membership.user
    if row.membership.state in PRESENT:
        floor = row.membership.floor
        seen = max(row.read, floor - 1, row.record.expired) if isinstance(floor, int) else row.read
        row = evolve(row, mentions=mentions.count(connection, q.CountMentions(room=room, user=user, seq=seen)))
    kept = conversation(connection, room, user)
    if kept is None:
        return row
    return evolve(row, conversation=kept, last_hidden=kept.hidden > 0 and _hides(connection, row))


def _hides(connection: sqlite3.Connection, row: q.RoomRow) -> bool:
    """Return whether a user has hidden the last entry of a room, or the post that it acts on."""
    room, user = row.record.room, row.membership.user
    seqs = q.hiding(row.last) if row.last else ()
    return any(_hidden(connection, q.GetHidden(room=room, user=user, first=seq, last=seq)) for seq in seqs)


def _hidden(connection: sqlite3.Connection, query: q.GetHidden) -> tuple[int, ...]:
    rows = connection.execute(HIDDEN, (query.user, query.room, query.first, query.last)).fetchall()
    return tuple([seq for (seq,) in rows])


def _pinned(connection: sqlite3.Connection, query: q.CountPinned) -> int:
    [(pinned,)] = connection.execute(PINNED, (query.user,)).fetchall()
    return int(pinned)


def _readers(connection: sqlite3.Connection, query: q.GetReaders) -> tuple[q.Reader, ...]:
    return tuple([q.Reader(*row) for row in connection.execute(READERS, (query.room, query.limit)).fetchall()])


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetHidden: _hidden,
    q.CountPinned: _pinned,
    q.CountMentions: mentions.count,
    q.GetReaders: _readers,
}
"""Which function answers which query: one for each."""
