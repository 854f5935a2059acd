"""What lines of the terminal client do about broadcast rooms: make one, say how it is found, and follow it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.chain import ROOM_BYTES
from chatd.model import RoomId, RoomKind
from chatd_client.chat import Chat
from chatd_client.verbs import Misused

HELP = """
/broadcast TITLE           make a room in which you and whom you name as staff (/role) speak to all others
/id                        print the id of the open room, by which others follow it while it is /public
/follow ID                 come into a room that is public; /leave follows it no more"""


def room_of(word: str) -> RoomId:
    """Return the room whose id in hex is `word`. Raises Misused."""
    try:
        room = bytes.fromhex(word)
    except ValueError:
        room = b""
    if len(room) != ROOM_BYTES:
        raise Misused("a room's id is needed, in hex")
    return room


@define(eq=False)
class BroadcastVerbs:
    """The commands on rooms that one follows."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""
    _open: Callable[[RoomId, str], None]
    """Opens a room, and says so by a name."""
    _print: Callable[[str], None]

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each word behind a slash does with the rest of its line."""
        return {"broadcast": self._broadcast, "id": self._id, "follow": self._follow}

    async def _broadcast(self, words: str) -> None:
        made = await self._chat.create_group(words, kind=RoomKind.BROADCAST)
        self._open(made.room, words)

    async def _id(self, _: str) -> None:
        self._print(self._room().hex())

    async def _follow(self, words: str) -> None:
        room = room_of(words)
        await self._chat.join(room)
        self._open(room, self._chat.room(room).title or words[:8])
