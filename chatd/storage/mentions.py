"""How SQLite keeps whom posts mention, a row for each: the statements that put them, and the one that counts them."""

from __future__ import annotations

import sqlite3

from chatd.limits import MENTIONS_COUNTED_MAX
from chatd.model import MentionsRecord
from chatd.storage import personal as q

Row = tuple[object, ...]

EVERYBODY = ""
"""Stands in a row for the name of who is mentioned, where everybody is. No name is empty."""

PUT_MENTION = """
    INSERT INTO mentions (room, user, seq, edit) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET edit = max(edit, excluded.edit)
"""
FORGET_OLDER = "DELETE FROM mentions WHERE room = ? AND seq = ? AND edit < ?"
FORGET_MENTIONS = "DELETE FROM mentions WHERE room = ? AND seq = ?"
MENTIONS_EXPIRE = """
    DELETE FROM mentions WHERE room = ? AND seq BETWEEN ? AND ? AND seq NOT IN (SELECT value FROM json_each(?))
"""
"""These come when all that a batch puts is there: so its puts need no order among them."""

# Each part ends at the limit: of many mentions no more are looked at than are told of.
COUNT = """
    SELECT count(*) FROM (
        SELECT seq FROM (SELECT seq FROM mentions WHERE room = :room AND user = :user AND seq > :seq LIMIT :most)
        UNION SELECT seq FROM (SELECT seq FROM mentions WHERE room = :room AND user = '' AND seq > :seq LIMIT :most)
    )
"""


def mention_rows(record: MentionsRecord) -> list[Row]:
    """Return the rows that `PUT_MENTION` puts."""
    users = (*record.users, *((EVERYBODY,) if record.everybody else ()))
    return [(record.room, user, record.seq, record.edit) for user in users]


def count(connection: sqlite3.Connection, query: q.CountMentions) -> int:
    """Return how many posts mention a user, `MENTIONS_COUNTED_MAX` at most."""
    most = MENTIONS_COUNTED_MAX
    parameters = {"room": query.room, "user": query.user, "seq": query.seq, "most": most}
    [(found,)] = connection.execute(COUNT, parameters).fetchall()
    return min(int(found), most)
