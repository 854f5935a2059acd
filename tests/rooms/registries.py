"""What the tests of the registry share: a room of one, put into memory, and what happens in it."""

from __future__ import annotations

from attrs import evolve

from chatd.model import Entry, Head, Item, Membership, MemberState, Role, RoomId, RoomKind, RoomRecord
from chatd.rooms.effects import InFlight
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room, empty_head
from tests.rooms.tails import ROOM, chained

OTHER = b"room-----------2"
RECORD = RoomRecord(room=ROOM, kind=RoomKind.GROUP, title="tea", members=1, owners=1)
ANA = Membership(room=ROOM, user="ana", state=MemberState.MEMBER, role=Role.OWNER, floor=1, until=None)
KEY = (ROOM, "ana", bytes(16))


def head_at(seq: int) -> Head:
    entry = chained(ROOM, seq)[-1]
    return Head(entry.seq, entry.time, entry.posts, entry.hash)


def frame(entry: Entry) -> bytes:
    return b"%05d" % entry.seq


def with_room(registry: Registry, room_id: RoomId = ROOM) -> Room:
    return registry.install_room(evolve(RECORD, room=room_id), empty_head(room_id))


def flight(key: tuple[RoomId, str, bytes] | None = KEY) -> InFlight:
    return InFlight(item=Item(), session=1, request=1, key=key)
