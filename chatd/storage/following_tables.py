"""How the reference backend answers who looks at all rooms, or at all those of a user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from chatd.model import Entry, Membership, RoomId, RoomKind, RoomRecord
from chatd.storage import following as q
from chatd.storage.tables import ENTRY_BYTES, Tables


def _commits(tables: Tables, query: q.GetCommits) -> q.Commits:
    """Entries are kept in the order in which they came, and none is ever taken out."""
    newer = list(tables.entries.values())[query.after :]
    gone = {room for room, record in tables.rooms.items() if record.erasing is not None}
    entries: list[Entry] = []
    size = 0
    for entry in newer:
        size += ENTRY_BYTES + len(entry.body or b"")
        if entries and (len(entries) >= query.entries_max or size > query.bytes_max):
            break
        entries.append(q.stub_of(entry, gone))
    return q.Commits(tuple(entries), query.after + len(entries), more=len(entries) < len(newer))


def _ranges(tables: Tables, query: q.GetRanges) -> tuple[Membership, ...]:
    mine = [_still(tables, each) for each in tables.memberships.values() if each.user == query.user]
    found = [each for each in mine if _sees(each)]
    found.sort(key=lambda each: (each.until is not None, each.room))
    return tuple(found[: query.limit])


def _still(tables: Tables, member: Membership) -> Membership:
    """Return `member` without what has expired."""
    expired = tables.rooms[member.room].expired
    return evolve(member, floor=max(member.floor, expired + 1)) if isinstance(member.floor, int) else member


def _sees(member: Membership) -> bool:
    floor, until = member.floor, member.until
    return until is None or (isinstance(floor, int) and isinstance(until, int) and until >= max(floor, 1))


def _expiring(tables: Tables, query: q.GetExpiring) -> tuple[q.Expiring, ...]:
    there = [entry for entry in tables.entries.values() if entry.body is not None]
    found = [(entry.expires, entry.room, entry.seq) for entry in there if entry.expires is not None]
    return tuple([q.Expiring(room, seq, expires) for expires, room, seq in sorted(found)[: query.limit]])


def _erasing(tables: Tables, query: q.GetErasing) -> tuple[RoomId, ...]:
    found = [room for room, record in tables.rooms.items() if record.erasing is not None and room > query.after]
    return tuple(sorted(found)[: query.limit])


def _aged(tables: Tables, query: q.GetAged) -> tuple[q.Aged, ...]:
    live = [each for each in tables.rooms.values() if each.kind is RoomKind.LIVE and each.ended is None]
    rooms = sorted([each for each in live if each.room > query.after], key=lambda each: each.room)
    found = [_age(tables, query, room) for room in rooms if room.expired < tables.head(room.room).seq]
    return tuple(found[: query.limit])


def _age(tables: Tables, query: q.GetAged, record: RoomRecord) -> q.Aged:
    room, first = record.room, record.expired + 1
    seqs = range(first, min(record.expired + query.most, tables.head(room).seq) + 1)
    old = [seq for seq in seqs if tables.entries[room, seq].time < query.before]
    return q.Aged(room, tables.entries[room, first].time, max(old, default=0))


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetCommits: _commits,
    q.GetRanges: _ranges,
    q.GetExpiring: _expiring,
    q.GetErasing: _erasing,
    q.GetAged: _aged,
}
"""Which function answers which query: one for each."""
