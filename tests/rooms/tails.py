"""Rooms with a past, for what walks over seqs."""

from __future__ import annotations

from functools import cache

from chatd.model import Entry, EntryKind, Item, NewEntry, RoomId
from chatd.rooms.room import Room
from chatd.storage.base import Stored
from chatd.storage.memory import MemoryStore
from tests.rooms.pieces import a_room, finished, key
from tests.rooms.scene import EPOCH, NOW

ROOM = b"room-----------1"


@cache
def chained(room: RoomId, count: int) -> tuple[Entry, ...]:
    """Return the first `count` entries of a room of posts: a longer past begins with a shorter one."""
    posts = [
        NewEntry(
            room=room,
            kind=EntryKind.POST,
            sender="ana",
            key=key(number),
            time=NOW + number,
            salt=key(number),
            body=b"text",
            counts=True,
        )
        for number in range(1, count + 1)
    ]
    appended = finished(MemoryStore(EPOCH).append([Item(entries=(post,)) for post in posts]))
    return tuple(out.entries[0] for out in appended.outcomes if isinstance(out, Stored))


def grown(count: int, *, in_tail: int | None = None) -> Room:
    """Return a room with `count` entries and the newest of them in its tail, of five bytes each."""
    room = a_room(ROOM)
    for entry in chained(ROOM, count):
        room.apply(entry, b"%05d" % entry.seq)
    for _ in range(count - (count if in_tail is None else in_tail)):
        room.shorten()
    return room
