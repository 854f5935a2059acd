"""What lines of the terminal client say about presence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.model import PRESENT, RoomId, Shown
from chatd_client.chat import Chat
from chatd_client.render import presence
from chatd_client.verbs import Misused

HELP = """
/show nobody|contacts|everybody   who may know that I am here
/who                       who of the open room is here, and was; and tell me when that changes"""


@define(eq=False)
class AppearingVerbs:
    """The commands about who is there."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""
    _print: Callable[[str], None]

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each word after the slash does with the rest of its line."""
        return {"show": self._show, "who": self._who}

    async def _show(self, words: str) -> None:
        if words not in list(Shown):
            raise Misused(f"to whom? {', '.join(Shown)}")
        await self._chat.set_presence(Shown(words))

    async def _who(self, _: str) -> None:
        """Watch the first page of members: a room that large has more than a terminal shows."""
        room = self._room()
        page = await self._chat.members(room)
        users = [member.user for member in page.members if member.state in PRESENT]
        for line in presence(await self._chat.watch_presence(*users, room=room)):
            self._print(line)
