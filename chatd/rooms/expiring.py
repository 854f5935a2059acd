"""How the server deletes a post whose time has come: as its author would, by an entry of the server's own.

Nobody asks, so nobody is refused. Repeating it changes nothing: the entry's key derives from the place of the post.
"""

from __future__ import annotations

from chatd import facts
from chatd.chain import expiry_key
from chatd.model import SERVER, EntryKind, Item, NewEntry, RoomId
from chatd.rooms.commands.talking import gone
from chatd.rooms.effects import InFlight
from chatd.rooms.registry import Registry


def expire(registry: Registry, room_id: RoomId, seq: int, now: int, salt: bytes) -> InFlight | None:
    """Return what deletes the post at `seq`, noted as in flight.

    None where it is deleted already, is about to be, or where it or its room is not in memory.
    """
    room, said = registry.rooms.get(room_id), registry.messages.get(room_id, seq)
    record = room.judged_record() if room else None
    if room is None or record is None or said is None or said.kind is not EntryKind.POST:
        return None
    state = room.judged_message(said)
    if state.deleted:
        return None
    key = expiry_key(room_id, seq)
    entry = NewEntry(
        room=room_id,
        kind=EntryKind.DELETE,
        sender=SERVER,
        key=key,
        time=now,
        salt=salt,
        body=facts.deleted(),
        target=seq,
    )
    item = Item(entries=(entry,), records=gone(record, state))
    flight = InFlight(item=item, session=0, request=0, key=(room_id, SERVER, key))
    registry.submit(flight)
    return flight
