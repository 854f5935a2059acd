"""How the server lets go of what a live room keeps no more: the old by age, and all of one that is kept for nobody.

Nobody asks, so nobody is refused, and no entry tells of it. Each call returns one bounded step, after which the store
knows how far it has come.
"""

from __future__ import annotations

from attrs import evolve

from chatd.limits import SEQ_MAX
from chatd.model import SERVER, Expiry, Item, Record, RoomId, RoomRecord
from chatd.rooms.commands.streaming import EXPIRED_AT_MOST, let_go
from chatd.rooms.effects import InFlight
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room

_STEP = b"a retention step"
"""In the place of a key: one step of a room is in flight at a time, and nobody sends as the server."""


def age(registry: Registry, room_id: RoomId, last: int) -> InFlight | None:
    """Return the step by which a room lets go of its entries up to `last`, noted as in flight.

    At most `EXPIRED_AT_MOST` of them go. None where it keeps none of them any more, has ended or is not in memory.
    """
    room = registry.rooms.get(room_id)
    record = room.judged_record() if room else None
    if room is None or record is None or record.ended is not None or last <= record.expired:
        return None
    return _submitted(registry, room, let_go(record, min(last, record.expired + EXPIRED_AT_MOST)))


def erase(registry: Registry, room_id: RoomId) -> InFlight | None:
    """Return the next step by which a room that is kept for nobody is erased, noted as in flight.

    It takes at most `EXPIRED_AT_MOST` entries and their edits. None where nothing is left, or it is not in memory. What
    was posted before the end is all there, and nothing is posted after it.
    """
    room = registry.rooms.get(room_id)
    record = room.record if room else None
    if room is None or record is None or record.erasing is None:
        return None
    last = record.erasing + EXPIRED_AT_MOST
    judged: RoomRecord = room.judged_record() or record
    after = evolve(judged, erasing=last if last < room.head.seq else None)
    return _submitted(registry, room, (after, Expiry(room=room_id, first=record.erasing + 1, last=min(last, SEQ_MAX))))


def _submitted(registry: Registry, room: Room, records: tuple[Record, ...]) -> InFlight | None:
    key = (room.id, SERVER, _STEP)
    if key in registry.in_flight:
        return None
    flight = InFlight(item=Item(records=records), session=0, request=0, key=key)
    registry.submit(flight)
    return flight
