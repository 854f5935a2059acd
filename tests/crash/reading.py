"""What clients find after the last recovery: every room from its first entry on, and every user's own view of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import frozen

from chatd.chain import self_id
from chatd.messages import RoomSummary
from chatd.model import EntryKind, RoomId, UserId
from chatd_client import Chat, Entry, connect
from tests.history.events import Stored

PAGE = 100


@frozen
class Found:
    rooms: dict[RoomId, list[Entry]]
    """All that one user owns, by their own reading."""
    own: dict[UserId, list[Entry]]
    """The self room of each user."""
    listed: dict[UserId, dict[RoomId, RoomSummary]]
    """The rooms that each user is in, as the daemon lists them."""

    def stored(self) -> list[Stored]:
        """Return the entries of all rooms but the self rooms, as the judge takes them."""
        return [
            Stored(
                entry.room,
                entry.seq,
                entry.key,
                entry.sender,
                entry.time,
                entry.body if entry.kind == EntryKind.POST else None,
                entry.target if entry.kind == EntryKind.DELETE else None,
            )
            for entries in self.rooms.values()
            for entry in entries
        ]

    def heads(self, rooms: Iterable[RoomId]) -> dict[RoomId, int]:
        """Return the last seq of each of these rooms; 0 of one that was not found."""
        return {room: len(self.rooms.get(room, ())) for room in rooms}


NOTHING_FOUND = Found({}, {}, {})


async def read_all(url: str, owner: UserId, users: Sequence[UserId]) -> Found:
    """Read with new connections. The library verifies every room's hash chain; raises its ChatError."""
    rooms: dict[RoomId, list[Entry]] = {}
    own: dict[UserId, list[Entry]] = {}
    listed: dict[UserId, dict[RoomId, RoomSummary]] = {}
    for user in users:
        async with connect(url, user=user, device="reader", follow=False) as chat:
            listed[user] = await _list(chat)
            own[user] = await _read(chat, self_id(user))
            if user == owner:
                rooms = {room: await _read(chat, room) for room in listed[user]}
    return Found(rooms, own, listed)


async def _list(chat: Chat) -> dict[RoomId, RoomSummary]:
    found: dict[RoomId, RoomSummary] = {}
    page = await chat.rooms()
    found.update({each.room: each for each in page.rooms})
    while page.more:
        page = await chat.rooms(following=page.next)
        found.update({each.room: each for each in page.rooms})
    return found


async def _read(chat: Chat, room: RoomId) -> list[Entry]:
    entries: list[Entry] = []
    more = True
    while more:
        page = await chat.history(room, after=entries[-1].seq if entries else 0, limit=PAGE)
        entries += page.entries
        more = page.more_after
    return entries
