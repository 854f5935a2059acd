"""What lines of the terminal client do with polls. People count options from 1."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.model import RoomId
from chatd_client.chat import Chat
from chatd_client.render import chosen, safe
from chatd_client.verbs import Misused, numbered

HELP = """
/vote N 1[,2...], /unvote N, /votes N, /closepoll N   of the poll that is shown as N"""


@define(eq=False)
class VotingVerbs:
    """The commands on polls of the open room."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""
    _print: Callable[[str], None]

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each word after the slash does with the rest of its line."""
        return {"vote": self._vote, "unvote": self._unvote, "votes": self._votes, "closepoll": self._close}

    async def _vote(self, words: str) -> None:
        seq, options = numbered(words)
        await self._chat.vote(self._room(), seq, *_places(options))

    async def _unvote(self, words: str) -> None:
        await self._chat.vote(self._room(), numbered(words)[0])

    async def _votes(self, words: str) -> None:
        seq, after, more = numbered(words)[0], None, True
        while more:
            page = await self._chat.votes(self._room(), seq, after=after)
            for voter in page.votes:
                self._print(f"    {safe(voter.user)}: {chosen(voter.options)}")
            after, more = page.votes[-1].user if page.votes else None, page.more

    async def _close(self, words: str) -> None:
        await self._chat.close_poll(self._room(), numbered(words)[0])


def _places(words: str) -> list[int]:
    numbers = [word.strip() for word in words.split(",")]
    if not all(number.isascii() and number.isdecimal() for number in numbers):
        raise Misused("which options? Their numbers, as in 1,3")
    return [int(number) - 1 for number in numbers]
