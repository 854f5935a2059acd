"""What lines of the terminal client do in the rooms of streams."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.model import RoomId, RoomKind
from chatd.rights import Archive
from chatd_client import events
from chatd_client.broadcast_verbs import room_of
from chatd_client.chat import Chat
from chatd_client.render import safe
from chatd_client.verbs import Misused

HELP = """
/live TITLE                open the room of a stream; its id, as printed, lets others watch it
/watch ID, /unwatch        watch a stream, or the open one no more
/cheer EMOJI [COUNT]       cheer the stream of the open room
/end [all|staff|none]      end it, and keep the room for all, for its staff, or not at all"""


def told(event: events.Watchers | events.Cheers | events.Unwatched, room: str) -> str:
    """Return what is printed of what passes in a live room."""
    match event:
        case events.Watchers():
            return f"[{room}] ({event.count} watching)"
        case events.Cheers():
            return f"[{room}] {' '.join(f'{safe(emoji)} {count}' for emoji, count in event.cheers.items())}"
        case _:
            return f"[{room}] (watched no more: {safe(event.reason)})"


@define(eq=False)
class StreamingVerbs:
    """The commands about live rooms."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""
    _open: Callable[[RoomId, str], None]
    _print: Callable[[str], None]

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each word behind a slash does with the rest of its line."""
        return {
            "live": self._live,
            "watch": self._watch,
            "unwatch": self._unwatch,
            "cheer": self._cheer,
            "end": self._end,
        }

    async def _live(self, words: str) -> None:
        made = await self._chat.create_group(words, kind=RoomKind.LIVE)
        self._print(f"(/watch {made.room.hex()})")
        self._open(made.room, words)

    async def _watch(self, words: str) -> None:
        room = room_of(words)
        self._chat.watch(room)
        self._open(room, words[:8])

    async def _unwatch(self, _: str) -> None:
        await self._chat.unwatch(self._room())

    async def _cheer(self, words: str) -> None:
        emoji, _, count = words.partition(" ")
        if count and not (count.isascii() and count.isdecimal()):
            raise Misused("an emoji, and how often")
        await self._chat.cheer(self._room(), emoji, int(count or 1))

    async def _end(self, words: str) -> None:
        try:
            archive = Archive(words or "all")
        except ValueError as error:
            raise Misused(f"keep it for whom? {', '.join(Archive)}") from error
        await self._chat.end_stream(self._room(), archive)
