"""How the reference backend answers what is asked of users' conversations: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatd.limits import MENTIONS_COUNTED_MAX
from chatd.model import (
    PRESENT,
    Entry,
    Erasure,
    Expiry,
    Membership,
    MemberState,
    MentionsRecord,
    Record,
    RoomId,
    RoomKind,
    SeqOf,
    UserId,
)
from chatd.storage import personal as q
from chatd.storage.mentions import EVERYBODY
from chatd.storage.tables import Tables, takes

Mention = tuple[RoomId, UserId, int | SeqOf]
"""Which room, whom (or `EVERYBODY`), and by which post."""


def _hidden(tables: Tables, query: q.GetHidden) -> tuple[int, ...]:
    found = [seq for room, user, seq in tables.hidden if (room, user) == (query.room, query.user)]
    return tuple(sorted([seq for seq in found if query.first <= seq <= query.last]))


def _pinned(tables: Tables, query: q.CountPinned) -> int:
    return sum(kept.user == query.user and kept.pinned > 0 for kept in tables.conversations.values())


def mentioned(tables: Tables, record: MentionsRecord) -> list[tuple[Mention, int]]:
    """Return whom a post mentions from now on, and which of its edits says so."""
    names = [(record.room, user, record.seq) for user in (*record.users, *((EVERYBODY,) if record.everybody else ()))]
    return [(name, max(tables.mentions.get(name) or 0, record.edit)) for name in names]


def mentioned_no_more(tables: Tables, record: Record) -> list[Mention]:
    """Return whom a post mentions no more: what an edit puts its own in the place of, or an erasure ends."""
    if isinstance(record, Erasure | Expiry):
        said = [name for name, edit in tables.mentions.items() if edit is not None]
        return [name for name in said if isinstance(name[2], int) and takes(record, name[0], name[2])]
    if not isinstance(record, MentionsRecord):
        return []
    there = [(name, edit) for name, edit in tables.mentions.items() if (name[0], name[2]) == (record.room, record.seq)]
    return [name for name, edit in there if edit is not None and edit < record.edit]


def _mentions(tables: Tables, query: q.CountMentions) -> int:
    return _mentioned(tables, query.room, query.user, query.seq)


def _mentioned(tables: Tables, room: RoomId, user: UserId, seq: int) -> int:
    said = [name for name, edit in tables.mentions.items() if edit is not None and name[0] == room]
    posts = {place for _, called, place in said if called in (user, EVERYBODY) and isinstance(place, int)}
    return min(len([place for place in posts if place > seq]), MENTIONS_COUNTED_MAX)


def _readers(tables: Tables, query: q.GetReaders) -> tuple[q.Reader, ...]:
    present = [each for each in tables.memberships.values() if each.room == query.room and each.state in PRESENT]
    present.sort(key=lambda each: each.user.encode())
    readers = [q.Reader(each.user, _floor(each.floor), tables.told.get((each.room, each.user), 0)) for each in present]
    return tuple(readers[: query.limit])


def _floor(floor: object) -> int:
    return floor if isinstance(floor, int) else 0


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
    seen = max(read, floor - 1, tables.rooms[room].expired) if isinstance(floor, int) else read
    kept = tables.conversations.get((room, membership.user))
    reached = isinstance(floor, int) and floor <= head.seq
    last = tables.entries.get((room, head.seq)) if present and reached else None
    return q.RoomRow(
        record=tables.rooms[room],
        membership=membership,
        read=read,
        head=head,
        last=last,
        unread=tables.unread(room, seen) if present else 0,
        mentions=_mentioned(tables, room, membership.user, seen) if present else 0,
        conversation=kept,
        last_hidden=kept is not None and kept.hidden > 0 and _hides(tables, last, membership.user),
    )


def _hides(tables: Tables, last: Entry | None, user: UserId) -> bool:
    return last is not None and any((last.room, user, seq) in tables.hidden for seq in q.hiding(last))


def _count_rooms(tables: Tables, query: q.CountRooms) -> int:
    return len(_conversations(tables, query.user, *PRESENT, MemberState.INVITED, MemberState.REQUESTED))


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetHidden: _hidden,
    q.CountPinned: _pinned,
    q.CountMentions: _mentions,
    q.GetReaders: _readers,
    q.GetRooms: _rooms,
    q.CountRooms: _count_rooms,
}
"""Which function answers which query: one for each."""
