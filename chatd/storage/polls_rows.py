"""How SQLite keeps polls and votes: the statements that put and forget them, and those that read them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from chatd.model import PollRecord, RoomId, VoteRecord
from chatd.storage import polls as q

Row = tuple[Any, ...]

PUT_POLL = """
    INSERT INTO polls (room, seq, multiple, closes, counts, voters, closed) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET multiple = excluded.multiple, closes = excluded.closes, counts = excluded.counts,
    voters = excluded.voters, closed = excluded.closed
"""
PUT_VOTE = """
    INSERT INTO votes (room, seq, user, options) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET options = excluded.options
"""
FORGET_POLL = "DELETE FROM polls WHERE room = ? AND seq = ?"
FORGET_VOTES = "DELETE FROM votes WHERE room = ? AND seq = ?"
POLLS_EXPIRE = """
    DELETE FROM polls WHERE room = ? AND seq BETWEEN ? AND ? AND seq NOT IN (SELECT value FROM json_each(?))
"""
VOTES_EXPIRE = """
    DELETE FROM votes WHERE room = ? AND seq BETWEEN ? AND ? AND seq NOT IN (SELECT value FROM json_each(?))
"""

POLLS = """
    SELECT room, seq, multiple, closes, counts, voters, closed FROM polls
    WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq
"""
VOTE = "SELECT options FROM votes WHERE room = ? AND seq = ? AND user = ?"
VOTES = """
    SELECT room, seq, user, options FROM votes
    WHERE room = ? AND seq = ? AND user > ? AND options > 0 ORDER BY user LIMIT ?
"""


def poll_row(record: PollRecord) -> Row:
    """Return the row that `PUT_POLL` puts."""
    counts = json.dumps(record.counts)
    rules = (int(record.multiple), record.closes)
    return (record.room, record.seq, *rules, counts, record.voters, int(record.closed))


def vote_row(record: VoteRecord) -> Row:
    return (record.room, record.seq, record.user, sum(1 << option for option in record.options))


def _options(bits: int) -> tuple[int, ...]:
    return tuple([option for option in range(bits.bit_length()) if bits >> option & 1])


def polls_within(connection: sqlite3.Connection, room: RoomId, first: int, last: int) -> dict[int, PollRecord]:
    """Return the polls among the entries first..last of a room, by seq."""
    rows = connection.execute(POLLS, (room, first, last)).fetchall()
    return {row[1]: _poll(row) for row in rows}


def _poll(row: Row) -> PollRecord:
    room, seq, multiple, closes, counts, voters, closed = row
    return PollRecord(
        room=room,
        seq=seq,
        multiple=bool(multiple),
        closes=closes,
        counts=tuple(json.loads(counts)),
        voters=voters,
        closed=bool(closed),
    )


def _vote(connection: sqlite3.Connection, query: q.GetVote) -> tuple[int, ...]:
    row = connection.execute(VOTE, (query.room, query.seq, query.user)).fetchone()
    return _options(row[0]) if row else ()


def _votes(connection: sqlite3.Connection, query: q.GetVotes) -> tuple[VoteRecord, ...]:
    rows = connection.execute(VOTES, (query.room, query.seq, query.after, query.limit)).fetchall()
    return tuple([VoteRecord(room=row[0], seq=row[1], user=row[2], options=_options(row[3])) for row in rows])


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetVote: _vote,
    q.GetVotes: _votes,
}
"""Which function answers which query: one for each."""
