"""Who has read an entry: told in small rooms alone, and only of those who let others know."""

from __future__ import annotations

from chatd import features
from chatd.codes import RefusalCode
from chatd.limits import Limits
from chatd.messages import Readers, Refused, WhoRead
from chatd.model import RoomRecord, UserId
from chatd.rights import Feature
from chatd.rooms import reading
from chatd.rooms.effects import Actor, Refusal, refused
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.server.history import NO_ENTRY, place_of
from chatd.server.loader import Loader, expect_all
from chatd.storage import personal as ask

NO_RECEIPTS = Refusal(RefusalCode.WRONG_KIND, "this room has no receipts")
TURNED_OFF = Refusal(RefusalCode.FORBIDDEN, "receipts are turned off in this room")


async def who_read(
    registry: Registry, loader: Loader, actor: Actor, command: WhoRead, limits: Limits
) -> Readers | Refused:
    """Answer for a room where receipts are on. The caller holds the room. Raises StoreError."""
    await loader.bring(actor, [command.room], [(command.room, actor.user)])
    if refusal := _refusal(registry, actor, command, limits):
        return refused(refusal)
    [found] = await loader.read([ask.GetReaders(room=command.room, limit=limits.receipts_members_max)])
    if refusal := _refusal(registry, actor, command, limits):
        return refused(refusal)
    rows = [row for row in expect_all(found, ask.Reader) if row.user != actor.user]
    there = registry.rooms[command.room]
    return Readers(
        room=command.room, users=tuple([row.user for row in rows if _has_read(registry, there, row, command.seq)])
    )


def _refusal(registry: Registry, actor: Actor, command: WhoRead, limits: Limits) -> Refusal | None:
    place = place_of(registry, actor, command.room)
    if place is None:
        return UNKNOWN_ROOM
    room, own = place
    if not is_present(own):
        return NOT_MEMBER
    if room.record is None or Feature.RECEIPTS not in features.of_kind(room.record.kind):
        return NO_RECEIPTS
    if refusal := _no_receipts(room.record, limits):
        return refusal
    seen = reading.visible(room, own)
    return None if seen.first <= command.seq <= seen.last else NO_ENTRY


def _no_receipts(record: RoomRecord, limits: Limits) -> Refusal | None:
    if Feature.RECEIPTS in features.in_force(record, limits):
        return None
    if Feature.RECEIPTS in record.settings.off:
        return TURNED_OFF
    return Refusal(
        RefusalCode.LIMIT_REACHED, f"receipts are for rooms of at most {limits.receipts_members_max} members"
    )


def _has_read(registry: Registry, room: Room, row: ask.Reader, seq: int) -> bool:
    """Marks that wait for the store count, and who has left since the store was read does not."""
    newer = registry.marks.newest(row.user).get(room.id)
    told = max(row.told, newer.told if newer else 0)
    return row.floor <= seq <= told and _is_here(room, row.user)


def _is_here(room: Room, user: UserId) -> bool:
    member = room.member(user)
    return member is None or is_present(member)
