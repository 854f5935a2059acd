"""A target around the whole client library: bytes of a hostile server. Only a ChatError may come out (invariant E5).

Every input gets a chat of its own, in one trio run whose clock jumps to the next deadline, so it replays.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import anyio
import trio
from anyio.abc import ByteStream
from attrs import Factory, define, field
from trio.testing import wait_all_tasks_blocked

from chatd.chain import pack
from chatd.limits import CONTAINERS_MAX, CONTENT_BYTES_MAX, FRAME_BYTES_MAX
from chatd.messages import (
    Committed,
    Done,
    Hello,
    History,
    HistoryPage,
    KeyedCommand,
    MarkRead,
    Members,
    MembersPage,
    Ping,
    Rooms,
    RoomsPage,
    Subscribe,
    Subscribed,
    Typing,
    Welcome,
)
from chatd.model import RoomId
from chatd.wire import codec
from chatd.wire.framing import Framing
from chatd_client import Broken, Chat, ChatError, Entry, Event, Gap, MemoryStore, Reset, Unavailable, connect
from tests.client.fakes import MemoryStream, calm, pipe
from tests.client.scrolls import ROOM
from tests.fuzz import seeds
from tests.fuzz.frames import Frame, framed, split
from tests.fuzz.target import Finding, chance_of
from tests.fuzz.tree import Node, parse
from tests.nth import steady

LIFE_S = 90.0
"""How long the app stays, on the chat's clock: past a heartbeat, and past the silence after which a server is dead."""
DIALS_MAX = 3
CHANCE = 0.5
"""The jitter: none at all would let a refused chat dial again without a pause."""
STEPS_MAX = 50_000
"""Task steps of one run. A chat that takes more spins."""
WANTED: dict[type[Any], tuple[type[Any], ...]] = {
    Welcome: (Hello,),
    RoomsPage: (Rooms,),
    Subscribed: (Subscribe,),
    HistoryPage: (History,),
    MembersPage: (Members,),
    Done: (Ping, MarkRead, Typing),
    Committed: tuple(KeyedCommand.__args__),
}
"""What each reply answers; a refusal answers anything."""
REPLIES = {reply.tag: asked for reply, asked in WANTED.items()}
REFUSED_TAG = 68
MEANT = 1
"""A reply in the input that carries this id gets the id of the oldest request that it fits."""


@define(eq=False)
class Server:
    """Sends its script, whatever is asked; only the ids of replies go by what was."""

    script: Sequence[Frame]
    asked: dict[int, type[Any]] = Factory(dict[int, type[Any]])
    """What was asked and not answered, by request id, oldest first."""
    _framing: Framing = field(factory=Framing, init=False)

    async def serve(self, stream: MemoryStream) -> None:
        """Send all of the script, frame by frame, and hang up a while after. Runs as a task."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._hear, stream)
                await self._say(stream)
                nursery.cancel_scope.cancel()
        finally:
            await stream.aclose()

    async def _say(self, stream: MemoryStream) -> None:
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            for frame in self.script:
                await wait_all_tasks_blocked()
                await stream.send(self._meant(frame))
            await trio.sleep(LIFE_S / 4)

    async def _hear(self, stream: MemoryStream) -> None:
        """What the client says must be right, whatever it was told."""
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            while True:
                self._framing.feed(await stream.receive())
                while (payload := self._framing.take(FRAME_BYTES_MAX)) is not None:
                    tag, request, body = codec.decode_payload(payload, CONTAINERS_MAX)
                    self.asked[request] = type(codec.from_client(tag, body, CONTENT_BYTES_MAX))

    def _meant(self, frame: Frame) -> bytes:
        nodes = parse(frame.payload)
        if len(nodes) != 1 or len(nodes[0].items or ()) != 3 or nodes[0].items is None:
            return frame.raw
        tag, request, _ = nodes[0].items
        if request.raw != pack(MEANT) or len(tag.raw) != 1:
            return frame.raw
        nodes[0].items[1] = Node(pack(self._answered(tag.raw[0])))
        return framed(nodes[0].raw).raw if len(frame.payload) == int.from_bytes(frame.head, "big") else frame.raw

    def _answered(self, tag: int) -> int:
        kinds = REPLIES.get(tag, ())
        fitting = (request for request, kind in self.asked.items() if kind in kinds or tag == REFUSED_TAG)
        request = next(fitting, MEANT)
        self.asked.pop(request, None)
        return request


@define(eq=False)
class App:
    """Takes events and holds them to their order; gives commands and waits for their replies."""

    chat: Chat
    words: list[str] = Factory(list[str])
    _last: dict[RoomId, int] = Factory(dict[RoomId, int])

    async def consume(self) -> None:
        with suppress(ChatError):
            async for event in self.chat.events():
                self._take(event)

    def _take(self, event: Event) -> None:
        self.words.append(type(event).__name__)
        if isinstance(event, Entry):
            self._follow(event.room, event.seq, event.seq)
        elif isinstance(event, Gap):
            self._follow(event.room, event.start, event.end)
        elif isinstance(event, Reset | Unavailable) or (isinstance(event, Broken) and not event.following):
            self._last.pop(event.room, None)

    def _follow(self, room: RoomId, first: int, last: int) -> None:
        if first != self._last.get(room, 0) + 1 or last < first:
            raise Finding(f"O7: {first}..{last} told after {self._last.get(room, 0)}")
        self._last[room] = last

    def commands(self) -> Iterator[Callable[[], Awaitable[object]]]:
        chat = self.chat
        yield lambda: chat.post(ROOM, "one")
        yield lambda: chat.create_group("friends", ["bo"])
        yield lambda: chat.history(ROOM)
        yield lambda: chat.members(ROOM)
        yield chat.rooms
        yield lambda: chat.mark_read(ROOM, 2)
        yield lambda: chat.typing(ROOM)

    async def give(self, command: Callable[[], Awaitable[object]]) -> None:
        try:
            await self.chat.connected()
            self.words.append(type(await command()).__name__)
        except ChatError as error:
            self.words.append(type(error).__name__)


@define(eq=False)
class Client:
    """A chat of its own for each input."""

    name: str = "client"

    def seeds(self) -> Sequence[bytes]:
        return seeds.of_files("client")

    def run(self, data: bytes) -> str:
        return steady.run(self._run, data, jumps=True)

    async def _run(self, data: bytes) -> str:
        with steady.at_most(STEPS_MAX):
            return " ".join(await self._life(data))
        raise Finding("the client spins")

    async def _life(self, data: bytes) -> list[str]:
        script, dialled = split(data), 0
        async with trio.open_nursery() as servers:

            async def dial() -> ByteStream:
                nonlocal dialled
                dialled += 1
                if dialled > DIALS_MAX:
                    raise ConnectionRefusedError("nobody listens any more")
                ours, theirs = pipe(math.inf)
                servers.start_soon(Server(script).serve, theirs)
                return ours

            store = MemoryStore() if chance_of(data).random() < 0.5 else None
            chat = connect(dial, user="ana", sources=calm(CHANCE), store=store)
            words = await self._use(chat)
            servers.cancel_scope.cancel()
        return words

    async def _use(self, chat: Chat) -> list[str]:
        app = App(chat)
        with suppress(ChatError):
            async with chat:
                with trio.move_on_after(LIFE_S):
                    async with trio.open_nursery() as tasks:
                        tasks.start_soon(app.consume)
                        for command in app.commands():
                            tasks.start_soon(app.give, command)
        return app.words
