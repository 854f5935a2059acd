"""What must hold of what the store holds in the end, beside what the history's judge looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chatd import chain
from chatd.chain import self_id
from chatd.model import Entry, EntryKind, RoomId, RoomRecord, UserId
from chatd.rights import Archive
from tests.history.events import History, Receive, Stored
from tests.sim.channels import kind_of, rolls_of
from tests.sim.held import Wait
from tests.sim.rolls import Roll, changes_of

Rooms = Mapping[RoomId, Sequence[Entry]]
Place = tuple[UserId, RoomId]
Seen = tuple[UserId, RoomId, int]


def stored(rooms: Rooms, records: Mapping[RoomId, RoomRecord], waits: Sequence[Wait]) -> list[Stored]:
    """Return the entries as the judge wants them; `records` says of rooms what they do not keep. Of what was held the
    entry that tells its author says what they wrote, as long as that is kept."""
    held = {wait.told: wait.content for wait in waits}
    return [
        Stored(
            entry.room,
            entry.seq,
            entry.key,
            entry.sender,
            entry.time,
            entry.body if entry.kind is EntryKind.POST else held.get((entry.room, entry.seq)),
            entry.target if entry.kind is EntryKind.DELETE else None,
            _has_expired(entry, records.get(entry.room)) or held.get((entry.room, entry.seq), b"") is None,
        )
        for entries in rooms.values()
        for entry in entries
    ]


def _has_expired(entry: Entry, record: RoomRecord | None) -> bool:
    if record is None or entry.kind is not EntryKind.POST:
        return False
    if entry.seq in record.pins and record.ended is not Archive.NONE:
        return False
    return entry.seq <= record.expired or record.ended is Archive.NONE


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
    roll, kind = Roll(), kind_of(entries[0])
    for entry in entries:
        before = dict(roll.roles)
        found = changes_of(entry)
        says = entry.kind is EntryKind.TITLE or (entry.kind is EntryKind.POST and kind != "live")
        if says and entry.sender not in before:
            yield f"A3 {entry.sender} is no member of {room.hex()}: {entry}"
        for change in found:
            roll.change(entry.seq, *change)
        if kind in ("group", "live") and roll.roles and "owner" not in roll.roles.values():
            yield f"A5 a group without an owner from {entry}"


def faults_of_view(
    history: History, paged: Mapping[Seen, None], rooms: Rooms, watched: Mapping[Place, None]
) -> Iterator[str]:
    """Yield what was shown to somebody, by itself or on a page of history, who had no right to see it (A1, A2).

    Who has `watched` a live room has. That a connection which does not watch it any more hears no more of it is seen
    where it comes (`tap.py`).
    """
    rolls = rolls_of(rooms)
    for user, room, seq in paged:
        if room != self_id(user) and not rolls[room].sees(user, seq) and (user, room) not in watched:
            yield f"A1 {user} may not see {seq} of {room.hex()}"
    for event in history.events:
        if isinstance(event, Receive) and event.room != self_id(event.account):
            roll = rolls.get(event.room)
            sees = roll is not None and roll.sees(event.account, event.seq)
            if not sees and (event.account, event.room) not in watched:
                yield f"A1 {event.account} may not see {event}"


def unheard(user: UserId, heads: Mapping[RoomId, int], rooms: Rooms, out: Mapping[RoomId, None]) -> Iterator[str]:
    """Yield the rooms in which `user` is present and was not told of all there is (O7 at rest), but those of `out`."""
    rolls = rolls_of(rooms)
    for room, entries in rooms.items():
        present = room == self_id(user) or user in rolls[room].roles
        if present and room not in out and heads.get(room, 0) != entries[-1].seq:
            yield f"O7 {user} was told {heads.get(room, 0)} of {entries[-1].seq} entries of {room.hex()}"
