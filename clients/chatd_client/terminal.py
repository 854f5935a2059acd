"""The line-mode client: what each line of input does, and what is printed of what happens."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import anyio
from attrs import define, field

from chatd.messages import RoomSummary
from chatd.model import PRESENT, EntryKind, ReportId, Role, RoomId
from chatd_client import events, every_verb, report_verbs, streaming_verbs
from chatd_client.bell import Bell
from chatd_client.chat import Chat
from chatd_client.errors import ChatError, Ended, Refused
from chatd_client.ledger import Sending
from chatd_client.personal_verbs import kept_as, unread_in
from chatd_client.render import emergency, label, line, paged, presence, safe, summed
from chatd_client.sources import Sources
from chatd_client.usage import HELP, LAST, help_on
from chatd_client.verbs import Misused, split_title, users_of

LAST_ACKS_S_MAX = 10.0
"""How long the end of the input waits for the server, and for the acks of what was typed."""
PAGE = 20


@define(eq=False)
class Terminal:
    _chat: Chat
    _print: Callable[[str], None]
    _open: RoomId | None = field(default=None, init=False)
    _listed: list[RoomSummary] = field(factory=list[RoomSummary], init=False)
    _told_of: dict[RoomId, int] = field(factory=dict[RoomId, int], init=False)
    """Of each room the newest entry that has come."""
    _reports: list[ReportId] = field(factory=list[ReportId], init=False)
    _posts: deque[Sending] = field(factory=deque[Sending], init=False)
    """Those whose answer was not looked at yet, in their order."""
    _posting: Bell = field(factory=Bell, init=False)
    """Rings when there is another of them, or one less."""

    async def run(self, lines: AsyncGenerator[str, None]) -> ChatError | None:
        """Do what `lines` say and print what happens, until they end and what they posted is acked, or the chat ends.

        Returns why the chat ended, or that the server did not answer in time; None where the lines did all there was.
        """
        failures: list[Ended] = []
        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                failures.append(await self._watch())
                tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            tasks.start_soon(self._settle)
            async with aclosing(lines):
                quits = await self._obey(lines)
            failures += await self._finish(quits=quits)
            tasks.cancel_scope.cancel()
        if self._posts:
            self._print(f"({len(self._posts)} lines are not acknowledged)")
        return failures[0] if failures else None

    async def _finish(self, *, quits: bool) -> list[Ended]:
        """Wait for the acks of what was typed and, unless one quits, for the server to let the user in: a script whose
        input ends sooner must learn that it did not. Return what went wrong."""
        try:
            with anyio.move_on_after(LAST_ACKS_S_MAX) as scope:
                if not quits:
                    await self._chat.connected()
                while self._posts:
                    await self._posting.wait()
        except Ended as error:
            return [error]
        return [Ended("the server does not answer")] if scope.cancelled_caught else []

    async def _obey(self, lines: AsyncGenerator[str, None]) -> bool:
        """Do what the lines say, until they end; return whether one of them says to quit."""
        async for each in lines:
            text = each.rstrip("\r\n")
            if text.strip() == "/quit":
                return True
            try:
                await self._do(text)
            except (Misused, ChatError, ValueError) as error:
                self._print(f"({safe(str(error))})")
        return False

    async def _do(self, text: str) -> None:
        if not text.strip():
            return
        if not text.startswith("/") or text.startswith("//"):
            self._post(text[1:] if text.startswith("//") else text)
            return
        name, _, words = text[1:].partition(" ")
        command = self._commands().get(name)
        if command is None:
            raise Misused(f"/{name} is unknown; /help lists what there is")
        await command(words.strip())

    def _commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        return {
            "new": self._new,
            "dm": self._dm,
            "rooms": self._rooms,
            "open": self._open_room,
            "history": self._history,
            "search": self._search,
            "members": self._members,
            "title": self._title,
            "add": self._add,
            "kick": self._kick,
            "role": self._role,
            "join": self._join,
            "leave": self._leave,
            "help": self._help,
            **every_verb.every_verb(self._chat, self._room, self._label, self._find, self._show_open, self._print),
            **report_verbs.ReportVerbs(self._chat, self._room, self._label, self._print, self._reports).commands(),
        }

    def _room(self) -> RoomId:
        if self._open is None:
            raise Misused("no room is open; /rooms, /open, /new or /dm")
        return self._open

    def _label(self, room: RoomId) -> str:
        return label(self._chat.room(room), "you")

    def _post(self, text: str) -> None:
        """Hand the line over at once, so that lines keep their order, and say later if it was refused."""
        self._posts.append(self._chat.post_nowait(self._room(), text))
        self._posting.ring()

    async def _settle(self) -> None:
        """Say which lines were refused, as soon as they are, until the chat is over."""
        while True:
            while self._posts:
                try:
                    await self._posts[0].acked()
                except Refused as refused:
                    self._print(f"(not posted: {safe(str(refused))})")
                except Ended:
                    return
                self._posts.popleft()
                self._posting.ring()
            await self._posting.wait()

    async def _new(self, words: str) -> None:
        title, users = split_title(words)
        made = await self._chat.create_group(title, users_of(users))
        for user, answer in (made.answers or {}).items():
            if answer != "added":
                self._print(f"({safe(user)}: {answer})")
        self._show_open(made.room, title)

    async def _dm(self, words: str) -> None:
        self._show_open((await self._chat.open_direct(words)).room, words)

    def _show_open(self, room: RoomId, name: str) -> None:
        self._open = room
        self._print(f"(open: {safe(name)})")

    async def _rooms(self, _: str) -> None:
        self._listed.clear()
        following: bytes | None = None
        more, now_ms = True, Sources().wall_ms()
        while more:
            page = await self._chat.rooms(following=following)
            for summary in page.rooms:
                self._listed.append(summary)
                state = "" if summary.state == "member" else f" ({summary.state})"
                kept = unread_in(summary) + kept_as(summary, now_ms)
                self._print(f"{len(self._listed):3} {self._label(summary.room)}{state}{kept}")
            following, more = page.next, page.more

    async def _find(self, words: str) -> RoomId:
        return (await self._summary(words)).room

    async def _summary(self, words: str) -> RoomSummary:
        if not words:
            raise Misused("which room? Its number or its title, as /rooms lists them")
        if not self._listed or not words.isdecimal():
            await self._rooms("")
        if words.isdecimal() and 1 <= int(words) <= len(self._listed):
            return self._listed[int(words) - 1]
        found = [each for each in self._listed if self._label(each.room) == safe(words)]
        if len(found) != 1:
            raise Misused(f"{len(found)} rooms are called {words}")
        return found[0]

    async def _open_room(self, words: str) -> None:
        summary = await self._summary(words)
        self._show_open(summary.room, self._label(summary.room))
        seen = max(summary.head, self._told_of.get(summary.room, 0))
        if summary.state in PRESENT and seen:
            await self._chat.mark_read(summary.room, seen)

    async def _history(self, words: str) -> None:
        if words and not (words.isascii() and words.isdecimal()):
            raise Misused("how many entries?")
        page = await self._chat.history(self._room(), limit=int(words or PAGE))
        for each in paged(page, self._label(page.room)):
            self._print(each)

    async def _search(self, words: str) -> None:
        found = await self._chat.search(words, limit=PAGE)
        for entry in reversed(found.hits):
            self._print(line(entry, self._label(entry.room)))
        if not found.hits:
            self._print("(nothing found)")
        if found.more:
            self._print("(there is more: search for more words)")
        if not found.current:
            self._print("(some posts are not looked through yet)")

    async def _members(self, _: str) -> None:
        after: str | None = None
        more = True
        while more:
            page = await self._chat.members(self._room(), after=after)
            for member in page.members:
                self._print(f"    {safe(member.user)} {member.role} {member.state}")
            after, more = page.members[-1].user if page.members else None, page.more

    async def _title(self, words: str) -> None:
        await self._chat.set_title(self._room(), words)

    async def _add(self, words: str) -> None:
        added = await self._chat.add_member(self._room(), *users_of(words))
        for user, answer in (added.answers or {}).items():
            self._print(f"({safe(user)}: {answer})")

    async def _kick(self, words: str) -> None:
        await self._chat.remove_member(self._room(), words)

    async def _role(self, words: str) -> None:
        user, _, word = words.partition(" ")
        role = next((role for role in Role if role == word.strip()), None)
        if role is None:
            raise Misused(f"whom, and what are they to be? {', '.join(Role)}")
        await self._chat.set_role(self._room(), user, role)

    async def _join(self, words: str) -> None:
        room = await self._find(words)
        await self._chat.join(room)
        self._show_open(room, self._label(room))

    async def _leave(self, _: str) -> None:
        await self._chat.leave(self._room())
        self._open = None

    async def _help(self, words: str) -> None:
        self._print(help_on(words, HELP + every_verb.HELP + LAST))

    async def _watch(self) -> Ended:
        """Print events until the chat is over, and return why."""
        while True:
            try:
                event = await self._chat.next_event()
            except Ended as error:
                return error
            text = self._told(event)
            if text:
                self._print(text)

    def _told(self, event: events.Event) -> str:
        match event:
            case events.Entry():
                self._told_of[event.room] = event.seq
                quiet = event.mine and event.kind != EntryKind.HELD
                return "" if quiet or event.kind == EntryKind.ROOM else line(event, self._label(event.room))
            case events.Summary():
                return "\n".join(summed(event, self._label(event.room)))
            case events.Watchers() | events.Cheers() | events.Unwatched() | events.InReview():
                return _passing(event, self._label(event.room))
            case events.Connected():
                return f"(connected as {safe(event.user)}{emergency(event.level)})"
            case events.Emergency():
                return f"(the server{emergency(event.level) or ': the emergency is over'})"
            case events.Disconnected():
                return f"(not connected: {safe(event.reason)}; trying again in {event.retry_s:.1f} s)"
            case events.Broken():
                return f"({safe(str(event.error))})"
            case events.Presence():
                return "\n".join(presence(event.seen))
            case events.Reset():
                return f"[{self._label(event.room)}] (its history was restored and begins again)"
            case _:
                return ""


def _passing(event: events.Watchers | events.Cheers | events.Unwatched | events.InReview, room: str) -> str:
    if isinstance(event, events.InReview):
        return f"({event.held} wait for review in {room}: /queue)"
    return streaming_verbs.told(event, room)
