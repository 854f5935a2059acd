"""How SQLite keeps attributes and relations: the statements that put them, and those that read them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from chatd.model import Attributes, ContactList, Profile, Relation, RelationKind, Ties, UserId
from chatd.storage import people as q
from chatd.storage.personal_rows import Row

PUT_ATTRIBUTES = """
    INSERT INTO attributes (user, attributes) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET attributes = excluded.attributes
"""
PUT_RELATION = """
    INSERT INTO relations (user, kind, other, since) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET since = excluded.since
"""

PUT_PROFILE = """
    INSERT INTO profiles (user, name, handle, skeleton, avatar, version) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET name = excluded.name, handle = excluded.handle, skeleton = excluded.skeleton,
    avatar = excluded.avatar, version = excluded.version
"""

_PROFILE = "SELECT user, name, handle, skeleton, avatar, version FROM profiles "
PROFILE = _PROFILE + "WHERE user = ?"
HANDLE = _PROFILE + "WHERE skeleton = ? AND skeleton <> '' ORDER BY user LIMIT 1"
ATTRIBUTES = "SELECT attributes FROM attributes WHERE user = ?"
SINCE = "SELECT since FROM relations WHERE user = ? AND kind = ? AND other = ?"
BLOCKS = "SELECT count(*) FROM relations WHERE user = ? AND kind = 'block' AND since > 0"

CONTACTS = {
    ContactList.FOLLOWS: """
        SELECT other FROM relations WHERE user = :user AND kind = 'follow' AND other > :after AND since > 0
        ORDER BY other LIMIT :limit
    """,
    ContactList.BLOCKS: """
        SELECT other FROM relations WHERE user = :user AND kind = 'block' AND other > :after AND since > 0
        ORDER BY other LIMIT :limit
    """,
    ContactList.FOLLOWERS: """
        SELECT user FROM relations INDEXED BY relations_other
        WHERE other = :user AND kind = 'follow' AND user > :after AND since > 0 ORDER BY user LIMIT :limit
    """,
    ContactList.MUTUALS: """
        SELECT other FROM relations AS own WHERE user = :user AND kind = 'follow' AND other > :after AND since > 0
        AND EXISTS (
            SELECT 1 FROM relations AS back
            WHERE back.user = own.other AND back.kind = 'follow' AND back.other = own.user AND back.since > 0
        ) ORDER BY other LIMIT :limit
    """,
}


def attributes_row(record: Attributes) -> Row:
    return (record.user, json.dumps(dict(record.values)))


def relation_row(record: Relation) -> Row:
    return (record.user, record.kind.value, record.other, record.since)


def profile_row(record: Profile) -> Row:
    return (record.user, record.name, record.handle, record.skeleton, record.avatar, record.version)


def _profile_of(row: Row | None) -> Profile | None:
    if row is None:
        return None
    user, name, handle, skeleton, avatar, version = row
    return Profile(user=user, name=name, handle=handle, skeleton=skeleton, avatar=avatar, version=version)


def _profile(connection: sqlite3.Connection, query: q.GetProfile) -> Profile | None:
    return _profile_of(connection.execute(PROFILE, (query.user,)).fetchone())


def _holder(connection: sqlite3.Connection, query: q.FindHandle) -> Profile | None:
    return _profile_of(connection.execute(HANDLE, (query.skeleton,)).fetchone())


def _attributes(connection: sqlite3.Connection, query: q.GetAttributes) -> Attributes | None:
    row = connection.execute(ATTRIBUTES, (query.user,)).fetchone()
    return Attributes(user=query.user, values=tuple(json.loads(row[0]).items())) if row else None


def _ties(connection: sqlite3.Connection, query: q.GetTies) -> Ties:
    one, other = query.user, query.other
    return Ties(
        follows=_since(connection, one, RelationKind.FOLLOW, other),
        followed=_since(connection, other, RelationKind.FOLLOW, one),
        blocks=_since(connection, one, RelationKind.BLOCK, other),
        blocked=_since(connection, other, RelationKind.BLOCK, one),
    )


def _since(connection: sqlite3.Connection, user: UserId, kind: RelationKind, other: UserId) -> int:
    row = connection.execute(SINCE, (user, kind.value, other)).fetchone()
    return int(row[0]) if row else 0


def _blocks(connection: sqlite3.Connection, query: q.CountBlocks) -> int:
    [(blocks,)] = connection.execute(BLOCKS, (query.user,)).fetchall()
    return int(blocks)


def _contacts(connection: sqlite3.Connection, query: q.GetContacts) -> tuple[UserId, ...]:
    parameters = {"user": query.user, "after": query.after, "limit": query.limit}
    return tuple([user for (user,) in connection.execute(CONTACTS[query.which], parameters).fetchall()])


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetAttributes: _attributes,
    q.GetTies: _ties,
    q.CountBlocks: _blocks,
    q.GetContacts: _contacts,
    q.GetProfile: _profile,
    q.FindHandle: _holder,
}
"""Which function answers which query: one for each."""
