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
    Entry,
    EntryKind,
    Head,
    Membership,
    MessageRecord,
    ReactionRecord,
    RoomId,
    TokenRecord,
    UserRecord,
)
from chatd.storage import following_rows, personal_rows, queries as q
from chatd.storage.agreed import last_post
from chatd.storage.base import StoreError
from chatd.storage.rows import empty_head, entry_of, membership_of, message_of, record_of, room_row, token_of

ENTRY_BYTES = 256
"""What a page counts for an entry besides its body."""

OPCODES_BETWEEN_LOOKS = 10_000
"""How many steps of SQLite's machine pass between two looks at the deadline: some tenths of a millisecond."""

_ENTRY = "SELECT room, seq, g, kind, sender, key, time, target, posts, salt, body, body_hash, hash FROM entries "
_ASCENDING = _ENTRY + "WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
_DESCENDING = _ENTRY + "WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT ?"

_ROOM = """
    SELECT room, kind, title, pair_first, pair_second, members, owners, pins, requests, settings, invites
    FROM rooms WHERE room = ?
"""
_HEAD = "SELECT seq, time, posts, hash FROM entries WHERE room = ? ORDER BY seq DESC LIMIT 1"
_HASH = "SELECT hash FROM entries WHERE room = ? AND seq = ?"
_UNREAD = """
    SELECT coalesce((SELECT posts FROM entries WHERE room = :room ORDER BY seq DESC LIMIT 1), 0)
        - coalesce((SELECT posts FROM entries WHERE room = :room AND seq <= :seq ORDER BY seq DESC LIMIT 1), 0)
        - (SELECT count(*) FROM (
            SELECT 1 FROM entries WHERE room = :room AND seq > :seq AND body IS NULL AND kind = 'post' LIMIT :most
        ))
"""
_MESSAGE = """
    SELECT kind, sender, time, coalesce(edits, 0), coalesce(deleted, 0), coalesce(reactions, '[]')
    FROM entries LEFT JOIN messages USING (room, seq) WHERE room = ? AND seq = ?
"""
_REACTION = "SELECT given FROM reactions WHERE room = ? AND seq = ? AND emoji = ? AND user = ?"
_REACTIONS = """
    SELECT room, seq, emoji, user, given FROM reactions
    WHERE room = ? AND seq = ? AND (emoji, user) > (?, ?) AND given ORDER BY emoji, user LIMIT ?
"""
_EDIT = _ENTRY + "INDEXED BY entries_edits WHERE room = ? AND target = ? AND kind = 'edit' "
_EDITS = _EDIT + "AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
_CHANGES = "SELECT room, seq, edits, deleted, reactions FROM messages WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY 2"
_NEWEST_EDIT = _EDIT + "ORDER BY seq DESC LIMIT 1"
_MEMBERSHIP = """
    SELECT room, user, state, role, floor, until, denied, banned_until, coalesce(seq, 0), coalesce(told, 0), settings
    FROM memberships JOIN rooms USING (room) LEFT JOIN read_marks USING (room, user) WHERE room = ? AND user = ?
"""
_MEMBERS = """
    SELECT room, user, state, role, floor, until, denied, banned_until FROM memberships
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
    SELECT rooms.room, rooms.kind, title, pair_first, pair_second, members, owners, pins, requests, settings, invites,
        page.room, memberships.user, state, role, floor, until, denied, banned_until, coalesce(read_marks.seq, 0),
        coalesce((
            SELECT posts FROM entries WHERE room = page.room
            AND seq <= max(coalesce(read_marks.seq, 0), floor - 1) ORDER BY seq DESC LIMIT 1
        ), 0) + (SELECT count(*) FROM (
            SELECT 1 FROM entries WHERE room = page.room AND seq > max(coalesce(read_marks.seq, 0), floor - 1)
            AND body IS NULL AND kind = 'post' LIMIT :most
        )),
        last.room, last.seq, g, last.kind, sender, key, last.time, target, posts, salt, body, body_hash, hash
    FROM page CROSS JOIN rooms ON rooms.room = page.room
    CROSS JOIN memberships ON memberships.room = page.room AND memberships.user = :user
    LEFT JOIN read_marks ON read_marks.room = page.room AND read_marks.user = :user
    LEFT JOIN entries AS last ON last.room = page.room AND last.seq = page.seq
    ORDER BY page.time DESC, page.room DESC
"""
_ASIDE = personal_rows.ANSWERS | following_rows.ANSWERS
_COUNT_ROOMS = """
    SELECT count(*) FROM memberships CROSS JOIN rooms USING (room)
    WHERE user = ? AND state IN ('member', 'restricted', 'invited', 'requested') AND kind <> 'self'
"""


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
        return Head(*row) if row else empty_head(query.room)

    def room(self, query: q.GetRoom) -> q.RoomState | None:
        row = self._row(_ROOM, query.room)
        return q.RoomState(record_of(row), self.head(query)) if row else None

    def membership(self, query: q.GetMembership) -> q.MemberView | None:
        if (row := self._row(_MEMBERSHIP, query.room, query.user)) is None:
            return None
        kept = personal_rows.conversation(self._connection, query.room, query.user)
        posted = last_post(self._connection, query.room, query.user, row[-1])
        return q.MemberView(membership_of(row[:-3]), row[-3], posted, row[-2], kept)

    def key(self, query: q.GetKey) -> q.KeyRow | None:
        row = self._row(_KEY, query.key, query.sender, query.room)
        return q.KeyRow(*row) if row else None

    def user(self, query: q.GetUser) -> UserRecord | None:
        row = self._row(_USER, query.user)
        return UserRecord(user=row[0], created=row[1]) if row else None

    def token(self, query: q.GetToken) -> TokenRecord | None:
        row = self._row(_TOKEN_IS, query.hash)
        return token_of(row) if row else None

    def found_token(self, query: q.FindToken) -> TokenRecord | None:
        last = query.prefix.ljust(chain.HASH_BYTES, b"\xff")
        row = self._row(_TOKEN_BETWEEN, query.prefix, last)
        return token_of(row) if row else None

    def tokens(self, query: q.GetTokens) -> tuple[TokenRecord, ...]:
        return tuple([token_of(row) for row in self._rows(_TOKENS, query.after, query.limit)])

    def hash_at(self, query: q.GetHash) -> bytes | None:
        if query.seq == 0:
            return chain.origin(query.room)
        row = self._row(_HASH, query.room, query.seq)
        return row[0] if row else None

    def unread(self, query: q.GetUnread) -> int:
        parameters = {"room": query.room, "seq": query.seq, "most": q.ERASED_MAX}
        [[unread]] = self._connection.execute(_UNREAD, parameters).fetchall()
        return int(unread)

    def message(self, query: q.GetMessage) -> q.MessageView | None:
        """Return who made an entry and what became of it; None where there is none."""
        row = self._row(_MESSAGE, query.room, query.seq)
        if row is None:
            return None
        kind, sender, time, *state = row
        return q.MessageView(EntryKind(kind), sender, time, message_of(query.room, query.seq, *state))

    def reaction(self, query: q.GetReaction) -> bool:
        row = self._row(_REACTION, query.room, query.seq, query.emoji, query.user)
        return bool(row and row[0])

    def reactions(self, query: q.GetReactions) -> tuple[ReactionRecord, ...]:
        """Return who reacts to a post, from behind the (emoji, user) asked for."""
        rows = self._rows(_REACTIONS, query.room, query.seq, *query.after, query.limit)
        return tuple(
            [
                ReactionRecord(room=room, seq=seq, emoji=emoji, user=user, on=bool(given))
                for room, seq, emoji, user, given in rows
            ]
        )

    def edits(self, query: q.GetEdits) -> q.Page:
        parameters = (query.room, query.seq, query.after + 1, query.last, max(query.entries_max, 1))
        return q.Page(tuple(self._walk(_EDITS, parameters, query.bytes_max)), None)

    def entries(self, query: q.GetEntries) -> q.Page:
        """Walk the range from the end that is kept, and stop at the bound: what is cut off is never read."""
        statement = _DESCENDING if query.newest else _ASCENDING
        bounds = (query.room, query.first, query.last, max(query.entries_max, 1))
        entries = self._walk(statement, bounds, query.bytes_max)
        if query.newest:
            entries.reverse()
        if not entries:
            return q.Page((), None)
        before = self.hash_at(q.GetHash(room=query.room, seq=entries[0].seq - 1))
        changes = self._changes(query.room, entries[0].seq, entries[-1].seq) if query.changes else ()
        return q.Page(tuple(entries), before, changes)

    def _walk(self, statement: str, parameters: tuple[object, ...], bytes_max: int) -> list[Entry]:
        """Return the entries that a statement gives, until `bytes_max` is passed, and at least one if there is any."""
        left = bytes_max
        entries: list[Entry] = []
        with closing(self._connection.execute(statement, parameters)) as rows:
            for row in rows:
                left -= ENTRY_BYTES + len(row[10] or b"")
                if entries and left < 0:
                    break
                entries.append(entry_of(row))
        return entries

    def _changes(self, room: RoomId, first: int, last: int) -> tuple[q.Change, ...]:
        records = [message_of(*row) for row in self._rows(_CHANGES, room, first, last)]
        return tuple([q.Change(record, self._newest_edit(record)) for record in records])

    def _newest_edit(self, record: MessageRecord) -> Entry | None:
        if not record.edits:
            return None
        row = self._row(_NEWEST_EDIT, record.room, record.seq)
        return entry_of(row) if row else None

    def members(self, query: q.GetMembers) -> tuple[Membership, ...]:
        parameters = (query.room, query.after, query.limit)
        return tuple([membership_of(row) for row in self._rows(_MEMBERS, *parameters)])

    def rooms(self, query: q.GetRooms) -> tuple[q.RoomRow, ...]:
        time, room = query.before or (None, None)
        parameters = {"user": query.user, "time": time, "room": room, "limit": query.limit, "most": q.ERASED_MAX}
        rows = self._connection.execute(_ROOMS, parameters).fetchall()
        return tuple([personal_rows.with_kept(self._connection, room_row(row)) for row in rows])

    def aside(self, query: Any) -> object:
        return _ASIDE[type(query)](self._connection, query)

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
    q.GetUnread: Reader.unread,
    q.GetMessage: Reader.message,
    q.GetReaction: Reader.reaction,
    q.GetReactions: Reader.reactions,
    q.GetEdits: Reader.edits,
    q.GetEntries: Reader.entries,
    q.GetMembers: Reader.members,
    q.GetRooms: Reader.rooms,
    q.CountRooms: Reader.count_rooms,
    **dict.fromkeys(_ASIDE, Reader.aside),
}
"""Which method answers which query: one for each."""
