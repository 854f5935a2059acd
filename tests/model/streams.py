"""What the model says of live rooms: what they keep (protocol 5.94)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.model import Expiry
from chatd.rooms.commands.streaming import EXPIRED_AT_LEAST
from tests.model import talk
from tests.model.nouns import Room

if TYPE_CHECKING:
    from chatd.storage.base import Stored
    from tests.model.device import Ask
    from tests.model.record import Record

LIVE_ENTRIES_MAX = 10


def keeps(record: Record, ask: Ask, stored: Stored) -> None:
    """5.94: a post lets of a live room expire what is older than it keeps, at most, and in its order."""
    posted = [each.room for each in stored.entries if each.kind == "post"]
    room = record.book.rooms.get(posted[0]) if posted else None
    if room is None or room.kind != "live":
        return
    keep = min(room.settings.keep or LIVE_ENTRIES_MAX, LIVE_ENTRIES_MAX)
    due, least = room.head - keep, min(EXPIRED_AT_LEAST, keep // 4)
    told = [(each.first, each.last, each.spared) for each in stored.records if isinstance(each, Expiry)]
    right = [(room.expired + 1, last, _pinned(room, last)) for last in range(room.expired + least, due + 1)]
    fits = told == right[-1:] if ask.alone else all(each in right for each in told)
    if not fits:
        record.complain("5.94 a live room keeps another part", ask, told, "right were", right)
    if told:
        talk.forget(room, *told[0][:2])
        room.expired = told[0][1]


def _pinned(room: Room, last: int) -> tuple[int, ...]:
    return tuple([seq for seq in room.pins if seq <= last])
