"""How SQLite keeps what is known of the app's endpoints: the statements that put it, and those that read it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from chatd.model import LetterRecord, LettersChange, RelayRecord
from chatd.storage import relays as q

Row = tuple[Any, ...]

PUT_RELAY = """
    INSERT INTO relays (endpoint, place, time) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET place = excluded.place, time = excluded.time
"""
PUT_LETTER = """
    INSERT INTO letters (endpoint, room, seq, time, attempts, error, again) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET time = excluded.time, attempts = excluded.attempts, error = excluded.error,
    again = excluded.again
"""
LETTERS_AGAIN = "UPDATE letters SET again = 1 WHERE endpoint = ?1 AND (?2 IS NULL OR (room = ?2 AND seq = ?3))"
FORGET_LETTERS = "DELETE FROM letters WHERE endpoint = ?1 AND (?2 IS NULL OR (room = ?2 AND seq = ?3))"

RELAYS = "SELECT endpoint, place, time FROM relays ORDER BY endpoint LIMIT ?"
RELAY = "SELECT endpoint, place, time FROM relays WHERE endpoint = ?"
END = "SELECT number FROM entries ORDER BY number DESC LIMIT 1"
LETTERS = """
    SELECT endpoint, room, seq, time, attempts, error, again FROM letters
    WHERE endpoint = ? AND (room, seq) > (?, ?) AND again >= ? ORDER BY room, seq LIMIT ?
"""
COUNT = "SELECT count(*) FROM letters WHERE endpoint = ?"


def relay_row(record: RelayRecord) -> Row:
    """Return the row that `PUT_RELAY` puts."""
    return (record.endpoint, record.place, record.time)


def letter_row(record: LetterRecord) -> Row:
    """Return the row that `PUT_LETTER` puts."""
    name = (record.endpoint, record.room, record.seq)
    return (*name, record.time, record.attempts, record.error, int(record.again))


def change_row(record: LettersChange) -> Row:
    """Return the row that `LETTERS_AGAIN` and `FORGET_LETTERS` take."""
    return (record.endpoint, record.room, record.seq)


def _relays(connection: sqlite3.Connection, query: q.GetRelays) -> tuple[RelayRecord, ...]:
    rows = connection.execute(RELAYS, (query.limit,)).fetchall()
    return tuple([RelayRecord(endpoint=endpoint, place=place, time=time) for endpoint, place, time in rows])


def _relay(connection: sqlite3.Connection, query: q.GetRelay) -> RelayRecord | None:
    row = connection.execute(RELAY, (query.endpoint,)).fetchone()
    return RelayRecord(endpoint=row[0], place=row[1], time=row[2]) if row else None


def _end(connection: sqlite3.Connection, _: q.GetEnd) -> int:
    row = connection.execute(END).fetchone()
    return int(row[0]) if row else 0


def _letters(connection: sqlite3.Connection, query: q.GetLetters) -> tuple[LetterRecord, ...]:
    room, seq = query.after or (b"", 0)
    rows = connection.execute(LETTERS, (query.endpoint, room, seq, int(query.again), query.limit)).fetchall()
    return tuple([_letter(row) for row in rows])


def _letter(row: Row) -> LetterRecord:
    endpoint, room, seq, time, attempts, error, again = row
    return LetterRecord(
        endpoint=endpoint, room=room, seq=seq, time=time, attempts=attempts, error=error, again=bool(again)
    )


def _count(connection: sqlite3.Connection, query: q.CountLetters) -> int:
    [(count,)] = connection.execute(COUNT, (query.endpoint,)).fetchall()
    return int(count)


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetRelays: _relays,
    q.GetRelay: _relay,
    q.GetEnd: _end,
    q.GetLetters: _letters,
    q.CountLetters: _count,
}
"""Which function answers which query: one for each."""
