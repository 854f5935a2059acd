"""How SQLite answers who administers users."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from chatd.model import Membership, UserRecord
from chatd.storage import accounts as q
from chatd.storage.rows import membership_of, token_of, user_of

USERS = "SELECT user, created, closed, leaving, revoked_until FROM users WHERE user > ? ORDER BY user LIMIT ?"
BEARER = """
    SELECT hash, tokens.user, tokens.created, expires, revoked,
        users.user, users.created, closed, leaving, revoked_until
    FROM tokens CROSS JOIN users ON users.user = tokens.user WHERE hash = ?
"""
LEAVING = "SELECT user, created, closed, leaving, revoked_until FROM users WHERE leaving = 1 ORDER BY user LIMIT ?"
STANDINGS = """
    SELECT room, user, state, role, floor, until, denied, banned_until, since
    FROM memberships CROSS JOIN rooms USING (room)
    WHERE user = ? AND room > ? AND state IN ('member', 'restricted', 'invited', 'requested')
        AND kind NOT IN ('direct', 'self')
    ORDER BY room LIMIT ?
"""
HEIR = """
    SELECT user FROM memberships WHERE room = ? AND user <> ? AND state IN ('member', 'restricted')
    ORDER BY CASE role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 WHEN 'moderator' THEN 2 ELSE 3 END, floor, user LIMIT 1
"""


def _users(connection: sqlite3.Connection, query: q.GetUsers) -> tuple[UserRecord, ...]:
    rows = connection.execute(USERS, (query.after, query.limit)).fetchall()
    return tuple([user_of(row) for row in rows])


def _bearer(connection: sqlite3.Connection, query: q.GetBearer) -> q.Bearer | None:
    row = connection.execute(BEARER, (query.hash,)).fetchone()
    return None if row is None else q.Bearer(token_of(row[:5]), user_of(row[5:]))


def _leaving(connection: sqlite3.Connection, query: q.GetLeaving) -> tuple[UserRecord, ...]:
    return tuple([user_of(row) for row in connection.execute(LEAVING, (query.limit,)).fetchall()])


def _standings(connection: sqlite3.Connection, query: q.GetStandings) -> tuple[Membership, ...]:
    rows = connection.execute(STANDINGS, (query.user, query.after, query.limit)).fetchall()
    return tuple([membership_of(row) for row in rows])


def _heir(connection: sqlite3.Connection, query: q.GetHeir) -> tuple[str, ...]:
    return tuple([user for (user,) in connection.execute(HEIR, (query.room, query.user)).fetchall()])


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetUsers: _users,
    q.GetBearer: _bearer,
    q.GetLeaving: _leaving,
    q.GetStandings: _standings,
    q.GetHeir: _heir,
}
"""Which function answers which query: one for each."""
