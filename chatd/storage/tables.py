"""What the reference backend holds, and how it answers queries from it: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from chatd import chain
from chatd.frozen import frozen
from chatd.model import (
    PRESENT,
    Entry,
    Head,
    Key,
    Membership,
    MemberState,
    RoomId,
    RoomKind,
    RoomRecord,
    TokenRecord,
    UserId,
    UserRecord,
)
from chatd.storage import queries as q

ENTRY_BYTES = 256
"""What a page counts for an entry besides its body."""


def _table() -> dict[Any, Any]:
    return {}


@frozen
class Used:
    """What a key was used for."""

    seq: int
    command_hash: bytes | None
    """None where the entry is not the first of its item."""


@define(eq=False)
class Tables:
    """All that a store holds."""

    entries: dict[tuple[RoomId, int], Entry] = field(factory=_table)
    heads: dict[RoomId, Head] = field(factory=_table)
    keys: dict[tuple[Key, UserId, RoomId], Used] = field(factory=_table)
    rooms: dict[RoomId, RoomRecord] = field(factory=_table)
    memberships: dict[tuple[RoomId, UserId], Membership] = field(factory=_table)
    read: dict[tuple[RoomId, UserId], int] = field(factory=_table)
    users: dict[UserId, UserRecord] = field(factory=_table)
    tokens: dict[bytes, TokenRecord] = field(factory=_table)

    def head(self, room: RoomId) -> Head:
        return self.heads.get(room) or Head(0, 0, 0, chain.origin(room))

    def posts(self, room: RoomId, seq: int) -> int:
        entry = self.entries.get((room, min(seq, self.head(room).seq)))
        return entry.posts if entry else 0

    def hash_at(self, room: RoomId, seq: int) -> bytes | None:
        if seq == 0:
            return chain.origin(room)
        entry = self.entries.get((room, seq))
        return entry.hash if entry else None


def _room(tables: Tables, query: q.GetRoom) -> q.RoomState | None:
    record = tables.rooms.get(query.room)
    return q.RoomState(record, tables.head(query.room)) if record else None


def _head(tables: Tables, query: q.GetHead) -> Head:
    return tables.head(query.room)


def _membership(tables: Tables, query: q.GetMembership) -> q.MemberView | None:
    name = (query.room, query.user)
    membership = tables.memberships.get(name)
    return q.MemberView(membership, tables.read.get(name, 0)) if membership else None


def _key(tables: Tables, query: q.GetKey) -> q.KeyRow | None:
    used = tables.keys.get((query.key, query.sender, query.room))
    if used is None or used.command_hash is None:
        return None
    entry = tables.entries[query.room, used.seq]
    return q.KeyRow(entry.room, entry.seq, entry.time, entry.salt, used.command_hash)


def _user(tables: Tables, query: q.GetUser) -> UserRecord | None:
    return tables.users.get(query.user)


def _token(tables: Tables, query: q.GetToken) -> TokenRecord | None:
    return tables.tokens.get(query.hash)


def _found_token(tables: Tables, query: q.FindToken) -> TokenRecord | None:
    found = [tables.tokens[name] for name in sorted(tables.tokens) if name.startswith(query.prefix)]
    return found[0] if found else None


def _tokens(tables: Tables, query: q.GetTokens) -> tuple[TokenRecord, ...]:
    names = [name for name in sorted(tables.tokens) if name > query.after]
    return tuple([tables.tokens[name] for name in names[: query.limit]])


def _hash(tables: Tables, query: q.GetHash) -> bytes | None:
    return tables.hash_at(query.room, query.seq)


def _posts(tables: Tables, query: q.GetPosts) -> int:
    return tables.posts(query.room, query.seq)


def _entries(tables: Tables, query: q.GetEntries) -> q.Page:
    seqs = range(max(query.first, 1), min(query.last, tables.head(query.room).seq) + 1)
    page: list[Entry] = []
    size = 0
    for seq in reversed(seqs) if query.newest else seqs:
        entry = tables.entries[query.room, seq]
        size += ENTRY_BYTES + len(entry.body or b"")
        if page and (len(page) >= query.entries_max or size > query.bytes_max):
            break
        page.append(entry)
    page.sort(key=lambda entry: entry.seq)
    return q.Page(tuple(page), tables.hash_at(query.room, page[0].seq - 1) if page else None)


def _members(tables: Tables, query: q.GetMembers) -> tuple[Membership, ...]:
    found = [
        membership
        for membership in tables.memberships.values()
        if membership.room == query.room and membership.state is not MemberState.LEFT
    ]
    found.sort(key=lambda membership: membership.user.encode())
    beyond = [membership for membership in found if membership.user.encode() > query.after.encode()]
    return tuple(beyond[: query.limit])


def _conversations(tables: Tables, user: UserId, *states: MemberState) -> list[Membership]:
    return [
        membership
        for membership in tables.memberships.values()
        if membership.user == user
        and membership.state in states
        and tables.rooms[membership.room].kind is not RoomKind.SELF
    ]


def _rooms(tables: Tables, query: q.GetRooms) -> tuple[q.RoomRow, ...]:
    rows = [_row(tables, each) for each in _conversations(tables, query.user, *PRESENT, MemberState.INVITED)]
    rows.sort(key=_place, reverse=True)
    return tuple([row for row in rows if query.before is None or _place(row) < query.before][: query.limit])


def _place(row: q.RoomRow) -> tuple[int, RoomId]:
    return (row.head.time, row.record.room)


def _row(tables: Tables, membership: Membership) -> q.RoomRow:
    room, floor = membership.room, membership.floor
    head = tables.head(room)
    read = tables.read.get((room, membership.user), 0)
    present = membership.state in PRESENT
    seen = max(read, floor - 1) if isinstance(floor, int) else read
    return q.RoomRow(
        record=tables.rooms[room],
        membership=membership,
        read=read,
        head=head,
        last=tables.entries.get((room, head.seq)) if present else None,
        unread=head.posts - tables.posts(room, seen) if present else 0,
    )


def _count_rooms(tables: Tables, query: q.CountRooms) -> int:
    return len(_conversations(tables, query.user, *PRESENT, MemberState.INVITED, MemberState.REQUESTED))


ANSWERS: dict[type[q.Query], Callable[[Tables, Any], object]] = {
    q.GetRoom: _room,
    q.GetHead: _head,
    q.GetMembership: _membership,
    q.GetKey: _key,
    q.GetUser: _user,
    q.GetToken: _token,
    q.FindToken: _found_token,
    q.GetTokens: _tokens,
    q.GetHash: _hash,
    q.GetPosts: _posts,
    q.GetEntries: _entries,
    q.GetMembers: _members,
    q.GetRooms: _rooms,
    q.CountRooms: _count_rooms,
}
"""Which function answers which query: one for each."""
