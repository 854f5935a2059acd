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
from chatd.storage import (
    accounts_rows,
    following_rows,
    held_rows,
    people_rows,
    personal as mine,
    personal_rows,
    polls_rows,
    presences_rows,
    queries as q,
    relays_rows,
    report_rows,
    statements as text,
)
from chatd.storage.agreed import last_post
from chatd.storage.base import StoreError
from chatd.storage.rows import empty_head, entry_of, membership_of, message_of, record_of, room_row, token_of, user_of
from chatd.storage.servers import GetServer, server_of

ENTRY_BYTES = 256
"""What a page counts for an entry besides its body."""

OPCODES_BETWEEN_LOOKS = 10_000
"""How many steps of SQLite's machine pass between two looks at the deadline: some tenths of a millisecond."""

_BESIDE = people_rows.ANSWERS | report_rows.ANSWERS | polls_rows.ANSWERS | presences_rows.ANSWERS | relays_rows.ANSWERS
_OTHERS = held_rows.ANSWERS | accounts_rows.ANSWERS | _BESIDE | {GetServer: server_of}
_ASIDE = personal_rows.ANSWERS | following_rows.ANSWERS | _OTHERS


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
        row = self._row(text.HEAD, query.room)
        return Head(*row) if row else empty_head(query.room)

    def room(self, query: q.GetRoom) -> q.RoomState | None:
        row = self._row(text.ROOM, query.room)
        return q.RoomState(record_of(row), self.head(query)) if row else None

    def membership(self, query: q.GetMembership) -> q.MemberView | None:
        if (row := self._row(text.MEMBERSHIP, query.room, query.user)) is None:
            return None
        kept = personal_rows.conversation(self._connection, query.room, query.user)
        posted = last_post(self._connection, query.room, query.user, row[-1])
        return q.MemberView(membership_of(row[:-4]), row[-4], posted, row[-3], kept, bool(row[-2]))

    def key(self, query: q.GetKey) -> q.KeyRow | None:
        row = self._row(text.KEY, query.key, query.sender, query.room)
        return q.KeyRow(*row) if row else None

    def user(self, query: q.GetUser) -> UserRecord | None:
        row = self._row(text.USER, query.user)
        return user_of(row) if row else None

    def found_token(self, query: q.FindToken) -> TokenRecord | None:
        last = query.prefix.ljust(chain.HASH_BYTES, b"\xff")
        row = self._row(text.TOKEN_BETWEEN, query.prefix, last)
        return token_of(row) if row else None

    def tokens(self, query: q.GetTokens) -> tuple[TokenRecord, ...]:
        return tuple([token_of(row) for row in self._rows(text.TOKENS, query.after, query.limit)])

    def hash_at(self, query: q.GetHash) -> bytes | None:
        if query.seq == 0:
            return chain.origin(query.room)
        row = self._row(text.HASH, query.room, query.seq)
        return row[0] if row else None

    def unread(self, query: q.GetUnread) -> int:
        parameters = {"room": query.room, "seq": query.seq, "most": q.ERASED_MAX}
        [[unread]] = self._connection.execute(text.UNREAD, parameters).fetchall()
        return int(unread)

    def message(self, query: q.GetMessage) -> q.MessageView | None:
        """Return who made an entry and what became of it; None where there is none."""
        row = self._row(text.MESSAGE, query.room, query.seq)
        if row is None:
            return None
        kind, sender, time, *state = row
        record = message_of(query.room, query.seq, *state)
        poll = polls_rows.polls_within(self._connection, query.room, query.seq, query.seq).get(query.seq)
        return q.MessageView(EntryKind(kind), sender, time, record, poll)

    def reaction(self, query: q.GetReaction) -> bool:
        row = self._row(text.REACTION, query.room, query.seq, query.emoji, query.user)
        return bool(row and row[0])

    def reactions(self, query: q.GetReactions) -> tuple[ReactionRecord, ...]:
        """Return who reacts to a post, from behind the (emoji, user) asked for."""
        rows = self._rows(text.REACTIONS, query.room, query.seq, *query.after, query.limit)
        return tuple(
            [
                ReactionRecord(room=room, seq=seq, emoji=emoji, user=user, on=bool(given))
                for room, seq, emoji, user, given in rows
            ]
        )

    def edits(self, query: q.GetEdits) -> q.Page:
        parameters = (query.room, query.seq, query.after + 1, query.last, max(query.entries_max, 1))
        return q.Page(tuple(self._walk(text.EDITS, parameters, query.bytes_max)), None)

    def entries(self, query: q.GetEntries) -> q.Page:
        """Walk the range from the end that is kept, and stop at the bound: what is cut off is never read."""
        statement = text.DESCENDING if query.newest else text.ASCENDING
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
        polls = polls_rows.polls_within(self._connection, room, first, last)
        records = {seq: MessageRecord(room=room, seq=seq) for seq in polls}
        records.update({row[1]: message_of(*row) for row in self._rows(text.CHANGES, room, first, last)})
        ascending = [(seq, records[seq]) for seq in sorted(records)]
        return tuple([q.Change(record, self._newest_edit(record), polls.get(seq)) for seq, record in ascending])

    def _newest_edit(self, record: MessageRecord) -> Entry | None:
        if not record.edits:
            return None
        row = self._row(text.NEWEST_EDIT, record.room, record.seq)
        return entry_of(row) if row else None

    def members(self, query: q.GetMembers) -> tuple[Membership, ...]:
        parameters = (query.room, query.after, query.limit)
        rows = self._rows(text.STAFF if query.staff else text.MEMBERS, *parameters)
        return tuple([membership_of(row) for row in rows])

    def rooms(self, query: mine.GetRooms) -> tuple[mine.RoomRow, ...]:
        time, room = query.before or (None, None)
        parameters = {"user": query.user, "time": time, "room": room, "limit": query.limit, "most": q.ERASED_MAX}
        rows = self._connection.execute(text.ROOMS, parameters).fetchall()
        return tuple([personal_rows.with_kept(self._connection, room_row(row)) for row in rows])

    def aside(self, query: Any) -> object:
        return _ASIDE[type(query)](self._connection, query)

    def count_rooms(self, query: mine.CountRooms) -> int:
        row = self._row(text.COUNT_ROOMS, query.user)
        return row[0] if row else 0


ANSWERS: dict[type[q.Query], Callable[[Reader, Any], object]] = {
    q.GetRoom: Reader.room,
    q.GetHead: Reader.head,
    q.GetMembership: Reader.membership,
    q.GetKey: Reader.key,
    q.GetUser: Reader.user,
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
    mine.GetRooms: Reader.rooms,
    mine.CountRooms: Reader.count_rooms,
    **dict.fromkeys(_ASIDE, Reader.aside),
}
"""Which method answers which query: one for each."""
