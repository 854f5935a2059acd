"""What lines of the terminal client do to what was said: answer, edit, delete, react, pin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.model import RoomId
from chatd_client.chat import Chat
from chatd_client.render import line

HELP = """\
/reply N TEXT, /edit N TEXT, /delete N   of the post that is shown as N
/react N EMOJI, /unreact N EMOJI, /pin N, /unpin N
/versions N                what a post said before it was edited
/forward N ROOM            hand the post N on to another room of the list"""


class Misused(Exception):
    """A line that cannot be done. `str()` says why."""


def split_title(words: str) -> tuple[str, str]:
    """Return the title and the rest: `"a b" c` is `a b` and `c`, and so is `a c` with `a`."""
    words = words.strip()
    if words.startswith('"') and '"' in words[1:]:
        title, _, rest = words[1:].partition('"')
    else:
        title, _, rest = words.partition(" ")
    return title, rest.strip()


def users_of(words: str) -> list[str]:
    """Return the users in `a,b, c`."""
    return [user.strip() for user in words.split(",") if user.strip()]


def numbered(words: str) -> tuple[int, str]:
    """Return the number that `words` begins with, and the rest. Raises Misused."""
    number, _, rest = words.partition(" ")
    if not (number.isascii() and number.isdecimal()) or int(number) < 1:
        raise Misused("the number of a post is needed first, as it is shown")
    return int(number), rest.strip()


@define(eq=False)
class TalkVerbs:
    """The commands on posts of the open room."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""
    _label: Callable[[RoomId], str]
    _print: Callable[[str], None]
    _find: Callable[[str], Awaitable[RoomId]]
    """Returns the room that a user means. Raises Misused."""

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each word after the slash does with the rest of its line."""
        return {
            "reply": self._reply,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "unreact": self._unreact,
            "pin": self._pin,
            "unpin": self._unpin,
            "versions": self._versions,
            "forward": self._forward,
        }

    async def _reply(self, words: str) -> None:
        seq, text = numbered(words)
        await self._chat.post(self._room(), text, reply=seq)

    async def _edit(self, words: str) -> None:
        seq, text = numbered(words)
        await self._chat.edit(self._room(), seq, text)

    async def _delete(self, words: str) -> None:
        await self._chat.delete(self._room(), numbered(words)[0])

    async def _react(self, words: str) -> None:
        seq, emoji = numbered(words)
        await self._chat.react(self._room(), seq, emoji)

    async def _unreact(self, words: str) -> None:
        seq, emoji = numbered(words)
        await self._chat.react(self._room(), seq, emoji, on=False)

    async def _pin(self, words: str) -> None:
        await self._chat.pin(self._room(), numbered(words)[0])

    async def _unpin(self, words: str) -> None:
        await self._chat.pin(self._room(), numbered(words)[0], on=False)

    async def _versions(self, words: str) -> None:
        room, (seq, _) = self._room(), numbered(words)
        page = await self._chat.history(room, around=seq, limit=1)
        for entry in page.entries:
            if entry.seq == seq:
                self._print(line(entry, self._label(room)))
        after, more = 0, True
        while more:
            edits, more = await self._chat.versions(room, seq, after=after)
            for edit in edits:
                self._print(line(edit, self._label(room)))
                after = edit.seq

    async def _forward(self, words: str) -> None:
        seq, room = numbered(words)
        await self._chat.forward(await self._find(room), self._room(), seq)
