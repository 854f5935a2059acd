"""What lines of the terminal client post that is more than a text: a poll, a file, a call, and what vanishes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define

from chatd.model import RoomId
from chatd.wire.bodies import File, Media, Poll, Text, Typed
from chatd_client.chat import Chat
from chatd_client.moderation_verbs import seconds_of
from chatd_client.verbs import Misused

HELP = """
/poll QUESTION | OPTION | OPTION...   ask the open room; /polls lets everybody choose several
/file URL TYPE [CAPTION]   post what lies at a https address, such as an image/jpeg
/fade TIME TEXT            post a text that vanishes after TIME (30s, 10m, 2h, 7d)
/call USER[,USER...] TEXT  post a text that mentions users; /callall mentions everybody"""


@define(eq=False)
class BodyVerbs:
    """The commands that post to the open room."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each word after the slash does with the rest of its line."""
        return {
            "poll": self._poll,
            "polls": self._polls,
            "file": self._file,
            "fade": self._fade,
            "call": self._call,
            "callall": self._call_all,
        }

    async def _post(self, body: Typed) -> None:
        await self._chat.post(self._room(), body)

    async def _poll(self, words: str) -> None:
        await self._post(_asked(words, multiple=False))

    async def _polls(self, words: str) -> None:
        await self._post(_asked(words, multiple=True))

    async def _file(self, words: str) -> None:
        url, kind, caption = [*words.split(maxsplit=2), "", "", ""][:3]
        file = File(url=url, mime=kind, caption=caption)
        await self._post(Media(items=(file,), fallback=caption or url))

    async def _fade(self, words: str) -> None:
        word, _, text = words.partition(" ")
        ttl_s = seconds_of(word)
        if ttl_s is None or not text.strip():
            raise Misused("after how long, and what? /fade 1h TEXT")
        await self._chat.post(self._room(), text.strip(), ttl_s=ttl_s)

    async def _call(self, words: str) -> None:
        users, _, text = words.partition(" ")
        if not text.strip():
            raise Misused("whom, and what?")
        await self._post(Text(text=text.strip(), mentions=tuple(users.split(","))))

    async def _call_all(self, words: str) -> None:
        await self._post(Text(text=words, mention_all=True))


def _asked(words: str, *, multiple: bool) -> Poll:
    question, *options = [part.strip() for part in words.split("|")]
    if not question or len(options) < 2:
        raise Misused("what, and what is there to choose from? /poll QUESTION | OPTION | OPTION")
    return Poll(question=question, options=tuple(options), multiple=multiple, fallback=words)
