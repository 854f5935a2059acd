"""How queries are answered. All of it runs in the connection's thread."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from time import monotonic
from typing import Any

from attrs import define

from chatd import chain
from chatd.model import (
    PRESENT,
    Entry,
    EntryKind,
    Head,
    Membership,
    MemberState,
    Role,
    RoomId,
    RoomKind,
    RoomRecord,
    TokenRecord,
    UserRecord,
)
from chatd.storage import queries as q
from chatd.storage.base import StoreError

ENTRY_BYTES = 256
"""What a page counts for an entry besides its body."""

OPCODES_BETWEEN_LOOKS = 10_000
"""How many steps of SQLite's machine pass between two looks at the deadline: some tenths of a millisecond."""

_ENTRY = "SELECT room, seq, g, kind, sender, key, time, target, posts, salt, body, body_hash, hash FROM entries "
_ASCENDING = _ENTRY + "WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
_DESCENDING = _ENTRY + "WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT ?"

_ROOM = "SELECT room, kind, title, pair_first, pair_second, members, owners FROM rooms WHERE room = ?"
_HEAD = "SELECT seq, time, posts, hash FROM entries WHERE room = ? ORDER BY seq DESC LIMIT 1"
_HASH = "SELECT hash FROM entries WHERE room = ? AND seq = ?"
_POSTS = "SELECT posts FROM entries WHERE room = ? AND seq <= ? ORDER BY seq DESC LIMIT 1"
_MEMBERSHIP = """
    SELECT room, user, state, role, floor, until, coalesce(read_marks.seq, 0)
    FROM memberships LEFT JOIN read_marks USING (room, user) WHERE room = ? AND user = ?
"""
_MEMBERS = """
    SELECT room, user, state, role, floor, until FROM memberships
    WHERE room = ? AND user > ? AND state <> 'left' ORDER BY user LIMIT ?
"""
_KEY = """
    SELECT room, seq, time, salt, command_hash FROM entries
    WHERE key = ? AND sender = ? AND room = ? AND command_hash IS NOT NULL
"""
_USER = "SELECT user, created FROM users WHERE user = ?"
_TOKEN = "SELECT hash, user, created, expires, revoked FROM tokens "
_TOKEN_IS = _TOKEN + "WHERE hash = ?"
_TOKEN_BETWEEN = _TOKEN + "WHERE hash BETWEEN ? AND ? ORDER BY hash LIMIT 1"
_TOKENS = _TOKEN + "WHERE hash > ? ORDER BY hash LIMIT ?"

# The inner part sorts a user's rooms without their bodies, the outer one looks up the rest for one page of them.
_ROOMS = """
    WITH page AS (
        SELECT memberships.room AS room, heads.seq AS seq, coalesce(heads.time, 0) AS time
        FROM memberships CROSS JOIN rooms USING (room)
        LEFT JOIN entries AS heads ON heads.room = memberships.room
            AND heads.seq = (SELECT max(seq) FROM entries WHERE room = memberships.room)
        WHERE memberships.user = :user AND state IN ('member', 'restricted', 'invited') AND rooms.kind <> 'self'
            AND (:time IS NULL OR (coalesce(heads.time, 0), memberships.room) < (:time, :room))
        ORDER BY 3 DESC, 1 DESC LIMIT :limit
    )
    SELECT rooms.room, rooms.kind, title, pair_first, pair_second, members, owners,
        memberships.room, memberships.user, state, role, floor, until, coalesce(read_marks.seq, 0),
        coalesce((
            SELECT posts FROM entries WHERE room = page.room
            AND seq <= max(coalesce(read_marks.seq, 0), floor - 1) ORDER BY seq DESC LIMIT 1
        ), 0),
        last.room, last.seq, g, last.kind, sender, key, last.time, target, posts, salt, body, body_hash, hash
    FROM page CROSS JOIN rooms ON rooms.room = page.room
    CROSS JOIN memberships ON memberships.room = page.room AND memberships.user = :user
    LEFT JOIN read_marks ON read_marks.room = page.room AND read_marks.user = :user
    LEFT JOIN entries AS last ON last.room = page.room AND last.seq = page.seq
    ORDER BY page.time DESC, page.room DESC
"""
_COUNT_ROOMS = """
    SELECT count(*) FROM memberships CROSS JOIN rooms USING (room)
    WHERE user = ? AND state IN ('member', 'restricted', 'invited', 'requested') AND kind <> 'self'
"""


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(
        room=row[0],
        seq=row[1],
        g=row[2],
        kind=EntryKind(row[3]),
        sender=row[4],
        key=row[5],
        time=row[6],
        target=row[7],
        posts=row[8],
        salt=row[9],
        body=row[10],
        body_hash=row[11],
        hash=row[12],
    )


def _record(row: Sequence[Any]) -> RoomRecord:
    room, kind, title, first, second, members, owners = row
    pair = None if first is None else (first, second)
    return RoomRecord(room=room, kind=RoomKind(kind), title=title, pair=pair, members=members, owners=owners)


def _membership(row: Sequence[Any]) -> Membership:
    room, user, state, role, floor, until = row
    return Membership(room=room, user=user, state=MemberState(state), role=Role(role), floor=floor, until=until)


def _token(row: Sequence[Any]) -> TokenRecord:
    hashed, user, created, expires, revoked = row
    return TokenRecord(hash=hashed, user=user, created=created, expires=expires, revoked=bool(revoked))


def _room_row(row: Sequence[Any]) -> q.RoomRow:
    record, membership, read, posts_read = _record(row[:7]), _membership(row[7:13]), row[13], row[14]
    last = None if row[15] is None else _entry(row[15:])
    head = _head_of(record.room) if last is None else Head(last.seq, last.time, last.posts, last.hash)
    present = membership.state in PRESENT
    return q.RoomRow(
        record=record,
        membership=membership,
        read=read,
        head=head,
        last=last if present else None,
        unread=head.posts - posts_read if present else 0,
    )


def _head_of(room: RoomId) -> Head:
    return Head(0, 0, 0, chain.origin(room))


@define(eq=False)
class Reader:
    """The one who reads through a connection. While nothing writes beside it, all it answers is one snapshot."""

    _connection: sqlite3.Connection
    _deadline: float = math.inf

    def __attrs_post_init__(self) -> None:
        self._connection.set_progress_handler(self._overdue, OPCODES_BETWEEN_LOOKS)

    def _overdue(self) -> bool:
        return monotonic() > self._deadline

    def answer(self, queries: Sequence[q.Query], deadline_s: float) -> tuple[object, ...]:
        """Answer each query, or put a StoreError in its place when it fails or takes longer than `deadline_s`."""
        try:
            return tuple([self._attempt(query, deadline_s) for query in queries])
        finally:
            self._deadline = math.inf

    def _attempt(self, query: q.Query, deadline_s: float) -> object:
        self._deadline = monotonic() + deadline_s
        try:
            return ANSWERS[type(query)](self, query)
        except sqlite3.Error as error:
            return StoreError(f"{type(query).__name__}: {error}")

    def _row(self, statement: str, *parameters: object) -> tuple[Any, ...] | None:
        rows = self._rows(statement, *parameters)
        return rows[0] if rows else None

    def _rows(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, parameters).fetchall()

    def head(self, query: q.GetHead | q.GetRoom) -> Head:
        row = self._row(_HEAD, query.room)
        return Head(*row) if row else _head_of(query.room)

    def room(self, query: q.GetRoom) -> q.RoomState | None:
        row = self._row(_ROOM, query.room)
        return q.RoomState(_record(row), self.head(query)) if row else None

    def membership(self, query: q.GetMembership) -> q.MemberView | None:
        row = self._row(_MEMBERSHIP, query.room, query.user)
        return q.MemberView(_membership(row[:6]), row[6]) if row else None

    def key(self, query: q.GetKey) -> q.KeyRow | None:
        row = self._row(_KEY, query.key, query.sender, query.room)
        return q.KeyRow(*row) if row else None

    def user(self, query: q.GetUser) -> UserRecord | None:
        row = self._row(_USER, query.user)
        return UserRecord(user=row[0], created=row[1]) if row else None

    def token(self, query: q.GetToken) -> TokenRecord | None:
        row = self._row(_TOKEN_IS, query.hash)
        return _token(row) if row else None

    def found_token(self, query: q.FindToken) -> TokenRecord | None:
        last = query.prefix.ljust(chain.HASH_BYTES, b"\xff")
        row = self._row(_TOKEN_BETWEEN, query.prefix, last)
        return _token(row) if row else None

    def tokens(self, query: q.GetTokens) -> tuple[TokenRecord, ...]:
        return tuple([_token(row) for row in self._rows(_TOKENS, query.after, query.limit)])

    def hash_at(self, query: q.GetHash) -> bytes | None:
        if query.seq == 0:
            return chain.origin(query.room)
        row = self._row(_HASH, query.room, query.seq)
        return row[0] if row else None

    def posts(self, query: q.GetPosts) -> int:
        row = self._row(_POSTS, query.room, query.seq)
        return row[0] if row else 0

    def entries(self, query: q.GetEntries) -> q.Page:
        """Walk the range from the end that is kept, and stop at the bound: what is cut off is never read."""
        statement = _DESCENDING if query.newest else _ASCENDING
        parameters = (query.room, query.first, query.last, max(query.entries_max, 1))
        left = query.bytes_max
        entries: list[Entry] = []
        with closing(self._connection.execute(statement, parameters)) as rows:
            for row in rows:
                left -= ENTRY_BYTES + len(row[10] or b"")
                if entries and left < 0:
                    break
                entries.append(_entry(row))
        if query.newest:
            entries.reverse()
        before = self.hash_at(q.GetHash(room=query.room, seq=entries[0].seq - 1)) if entries else None
        return q.Page(tuple(entries), before)

    def members(self, query: q.GetMembers) -> tuple[Membership, ...]:
        parameters = (query.room, query.after, query.limit)
        return tuple([_membership(row) for row in self._rows(_MEMBERS, *parameters)])

    def rooms(self, query: q.GetRooms) -> tuple[q.RoomRow, ...]:
        time, room = query.before or (None, None)
        parameters = {"user": query.user, "time": time, "room": room, "limit": query.limit}
        return tuple([_room_row(row) for row in self._connection.execute(_ROOMS, parameters).fetchall()])

    def count_rooms(self, query: q.CountRooms) -> int:
        row = self._row(_COUNT_ROOMS, query.user)
        return row[0] if row else 0


ANSWERS: dict[type[q.Query], Callable[[Reader, Any], object]] = {
    q.GetRoom: Reader.room,
    q.GetHead: Reader.head,
    q.GetMembership: Reader.membership,
    q.GetKey: Reader.key,
    q.GetUser: Reader.user,
    q.GetToken: Reader.token,
    q.FindToken: Reader.found_token,
    q.GetTokens: Reader.tokens,
    q.GetHash: Reader.hash_at,
    q.GetPosts: Reader.posts,
    q.GetEntries: Reader.entries,
    q.GetMembers: Reader.members,
    q.GetRooms: Reader.rooms,
    q.CountRooms: Reader.count_rooms,
}
"""Which method answers which query: one for each."""
