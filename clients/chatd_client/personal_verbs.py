"""What lines of the terminal client do about conversations for the user alone: hide, mute, archive, pin, drafts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import define, field

from chatd.limits import MENTIONS_COUNTED_MAX, SEQ_MAX
from chatd.messages import RoomSummary
from chatd.model import RoomId
from chatd_client.chat import Chat
from chatd_client.moderation_verbs import seconds_of
from chatd_client.render import safe
from chatd_client.sources import Sources
from chatd_client.verbs import Misused, numbered

HELP = """
/hide N                    show me the entry N no more; others see it as before
/mute [TIME], /unmute      keep quiet about the open room, for TIME (30s, 10m, 2h, 7d) or for good
/archive, /unarchive, /pinroom, /unpinroom, /unread
/draft [TEXT]              keep what I am writing for my other devices; without TEXT nothing
/whoread N                 who has read the entry N"""


def unread_in(summary: RoomSummary) -> str:
    """Return what a line of the list says of what the user has not read."""
    mentions = "99+" if summary.mentions >= MENTIONS_COUNTED_MAX else str(summary.mentions)
    called = f", {mentions} @you" if summary.mentions else ""
    return f" {summary.unread} unread{called}" if summary.unread else ""


def kept_as(summary: RoomSummary, now_ms: int) -> str:
    """Return what a line of the list says of how the user keeps a room."""
    facts = {
        "marked unread": summary.marked_unread,
        "pinned": summary.pinned,
        "archived": summary.archived,
        "muted": summary.muted_until > now_ms,
        "draft": summary.draft,
    }
    said = ", ".join(word for word, fact in facts.items() if fact)
    return f" [{said}]" if said else ""


@define(eq=False)
class PersonalVerbs:
    """The commands on the open room of which others do not learn."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""
    _print: Callable[[str], None]
    _wall_ms: Callable[[], int] = field(factory=lambda: Sources().wall_ms)

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each line does, by its first word."""
        return {
            "hide": self._hide,
            "mute": self._mute,
            "unmute": self._unmute,
            "archive": self._archive,
            "unarchive": self._unarchive,
            "pinroom": self._pin,
            "unpinroom": self._unpin,
            "unread": self._unread,
            "draft": self._draft,
            "whoread": self._who_read,
        }

    async def _hide(self, words: str) -> None:
        await self._chat.hide(self._room(), numbered(words)[0])

    async def _mute(self, words: str) -> None:
        seconds = seconds_of(words)
        if words and seconds is None:
            raise Misused("for how long? 30s, 10m, 2h, 7d, or nothing: for good")
        until = SEQ_MAX if seconds is None else self._wall_ms() + seconds * 1000
        await self._chat.set_conversation(self._room(), muted_until=until)

    async def _unmute(self, _: str) -> None:
        await self._chat.set_conversation(self._room(), muted_until=0)

    async def _archive(self, _: str) -> None:
        await self._chat.set_conversation(self._room(), archived=True)

    async def _unarchive(self, _: str) -> None:
        await self._chat.set_conversation(self._room(), archived=False)

    async def _pin(self, _: str) -> None:
        await self._chat.set_conversation(self._room(), pinned=True)

    async def _unpin(self, _: str) -> None:
        await self._chat.set_conversation(self._room(), pinned=False)

    async def _unread(self, _: str) -> None:
        await self._chat.set_conversation(self._room(), unread=True)

    async def _draft(self, words: str) -> None:
        self._chat.set_draft(self._room(), words)

    async def _who_read(self, words: str) -> None:
        readers = await self._chat.who_read(self._room(), numbered(words)[0])
        self._print(f"(read by {', '.join(map(safe, readers.users)) or 'nobody yet'})")
