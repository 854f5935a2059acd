"""One channel log, played into one room, and read back from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import anyio
from attrs import define, field

from benchmarks.cast import Cast, Misplaced
from benchmarks.contents import content_of, text_of
from benchmarks.judge import Found, Line
from benchmarks.logfile import Joined, Left, Log, Said, Step
from chatd.messages import Unfit
from chatd.model import EntryKind, RoomId, UserId
from chatd_client import Chat, Refused, Sending

PAGE_ENTRIES = 100

Numbered = tuple[int, Step]
"""A step and its place in the log."""
Flights = deque[tuple[int, Sending]]
"""The posts under way, with the places of their lines."""


@define(eq=False)
class Channel:
    """A room in which a log happens again. Its keeper owns it, adds who joins or speaks, and never leaves."""

    log: Log
    room: RoomId
    keeper: Chat
    cast: Cast
    tell_line: Callable[[], None]
    """Called once for each line that is done."""
    _present: dict[UserId, None] = field(factory=dict[UserId, None], init=False)
    _seqs: dict[int, int] = field(factory=dict[int, int], init=False)
    """Where the post of a line stands, by the line's place in the log."""
    refusals: list[str] = field(factory=list[str], init=False)
    """What the daemon said to the lines it refused."""

    async def play_in_order(self) -> None:
        """Play the log line by line, with one post in flight. Raises ChatError if a membership is refused."""
        await self._play(list(enumerate(self.log.steps)), 1)

    async def play_by_sender(self, in_flight_max: int) -> None:
        """Play each user's lines in their order, all users at once. Raises as `play_in_order`, in a group."""
        by_user: dict[UserId, list[Numbered]] = {}
        for index, step in enumerate(self.log.steps):
            by_user.setdefault(step.user, []).append((index, step))
        async with anyio.create_task_group() as tasks:
            for steps in by_user.values():
                tasks.start_soon(self._play, steps, in_flight_max)

    def lines(self) -> list[Line]:
        """Return every line in the order of the file, with its place in the room."""
        return [
            Line(step.user, step.text, self._seqs.get(index))
            for index, step in enumerate(self.log.steps)
            if isinstance(step, Said)
        ]

    async def _play(self, steps: Sequence[Numbered], in_flight_max: int) -> None:
        flights = Flights()
        for index, step in steps:
            if not isinstance(step, Said):
                await self._land(flights, 0)
            match step:
                case Said(user, text):
                    self._post(await self._enter(user), index, text, flights)
                    await self._land(flights, in_flight_max - 1)
                case Joined(user):
                    await self._enter(user)
                case Left(user):
                    await self._leave(user)
        await self._land(flights, 0)

    def _post(self, chat: Chat, index: int, text: bytes, flights: Flights) -> None:
        try:
            flights.append((index, chat.post_nowait(self.room, content_of(text))))
        except Unfit as error:
            self.refusals.append(str(error))
            self.tell_line()

    async def _land(self, flights: Flights, left_max: int) -> None:
        """Wait until at most so many posts are in flight."""
        while len(flights) > left_max:
            index, sending = flights.popleft()
            try:
                self._seqs[index] = (await sending.acked()).seq
            except Refused as refusal:
                self.refusals.append(str(refusal))
            self.tell_line()

    async def _enter(self, user: UserId) -> Chat:
        """Return the user's chat, with the user in the room."""
        chat = await self.cast.chat_of(user)
        if user not in self._present:
            await self.keeper.add_member(self.room, user)
            self._present[user] = None
        return chat

    async def _leave(self, user: UserId) -> None:
        if user in self._present:
            chat = await self.cast.chat_of(user)
            await chat.leave(self.room)
            del self._present[user]


async def read_back(reader: Chat, room: RoomId) -> dict[int, Found]:
    """Return every post of a room by its seq, read page by page. Raises Misplaced, and ChatError as `history` does."""
    posts: dict[int, Found] = {}
    seq, more = 0, True
    while more:
        page = await reader.history(room, after=seq, limit=PAGE_ENTRIES)
        if not page.entries or page.entries[0].seq != seq + 1:
            raise Misplaced(f"the page after seq {seq} does not begin with the next entry")
        for entry in page.entries:
            if entry.kind == EntryKind.POST:
                posts[entry.seq] = Found(entry.sender, _text(entry.body or b""))
        seq, more = page.entries[-1].seq, page.more_after
    return posts


def _text(body: bytes) -> bytes:
    """Return the text of a content; of what no line is posted as, the content itself, which equals no line's text."""
    try:
        return text_of(body)
    except (Unfit, LookupError, UnicodeError):
        return body
