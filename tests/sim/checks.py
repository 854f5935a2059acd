"""What must hold of what the store holds in the end, beside what the history's judge looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chatd import chain
from chatd.chain import self_id
from chatd.model import Entry, EntryKind, RoomId, UserId
from tests.history.events import History, Receive, Stored
from tests.sim.channels import rolls_of
from tests.sim.rolls import Roll, changes_of

Rooms = Mapping[RoomId, Sequence[Entry]]


def stored(rooms: Rooms) -> list[Stored]:
    """Return the entries as the judge wants them."""
    return [
        Stored(
            entry.room,
            entry.seq,
            entry.key,
            entry.sender,
            entry.time,
            entry.body if entry.kind is EntryKind.POST else None,
            entry.target if entry.kind is EntryKind.DELETE else None,
        )
        for entries in rooms.values()
        for entry in entries
    ]


def faults_of_store(rooms: Rooms) -> Iterator[str]:
    """Yield what is wrong with the store alone: the chain, A3 and A5."""
    for room, entries in rooms.items():
        yield from _chain(room, entries)
        yield from _membership(room, entries)


def _chain(room: RoomId, entries: Sequence[Entry]) -> Iterator[str]:
    before = chain.origin(room)
    for entry in entries:
        header = (room, entry.seq, entry.kind.value, entry.sender, entry.key, entry.time, entry.target)
        before = chain.link(before, header, entry.body_hash)
        if entry.hash != before:
            yield f"D10 the chain is broken at {entry}"
            return


def _membership(room: RoomId, entries: Sequence[Entry]) -> Iterator[str]:
    roll, is_group = Roll(), False
    for entry in entries:
        before = dict(roll.roles)
        found = changes_of(entry)
        if entry.kind is EntryKind.CREATE:
            is_group = bool(found) and entry.body is not None and b"group" in entry.body
        elif entry.kind in (EntryKind.POST, EntryKind.TITLE) and entry.sender not in before:
            yield f"A3 {entry.sender} is no member of {room.hex()}: {entry}"
        for change in found:
            roll.change(entry.seq, *change)
        if is_group and roll.roles and "owner" not in roll.roles.values():
            yield f"A5 a group without an owner from {entry}"


def faults_of_view(history: History, rooms: Rooms) -> Iterator[str]:
    """Yield what was shown to somebody who had no right to see it (A1, A2)."""
    rolls = rolls_of(rooms)
    for event in history.events:
        if isinstance(event, Receive) and event.room != self_id(event.account):
            roll = rolls.get(event.room)
            if roll is None or not roll.sees(event.account, event.seq):
                yield f"A1 {event.account} may not see {event}"


def unheard(user: UserId, heads: Mapping[RoomId, int], rooms: Rooms) -> Iterator[str]:
    """Yield the rooms in which `user` is present and was not told of all there is (O7 at rest)."""
    rolls = rolls_of(rooms)
    for room, entries in rooms.items():
        present = room == self_id(user) or user in rolls[room].roles
        if present and heads.get(room, 0) != entries[-1].seq:
            yield f"O7 {user} was told {heads.get(room, 0)} of {entries[-1].seq} entries of {room.hex()}"
