"""A server that follows a script: real wire bytes over memory streams, one `Peer` for each connection."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import anyio
import pytest
from anyio.abc import ByteStream
from attrs import define, field

from chatd import chain
from chatd.limits import DEFAULTS, Limits
from chatd.messages import (
    CaughtUp,
    Closing,
    Command,
    Committed,
    Contacts,
    ContactsPage,
    Done,
    FromServer,
    Greeting,
    Hello,
    MarkRead,
    Ping,
    Reply,
    Rooms,
    RoomsPage,
    Subscribe,
    Subscribed,
    Welcome,
)
from chatd.model import ContactList, RoomId
from chatd.wire.connection import Received, ServerConnection
from chatd_client import Chat, Entry, Event, Sources, connect
from tests.client.scrolls import ROOM, SELF, Scroll

EPOCH = b"e" * 16
T = TypeVar("T")


def on_both(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test on asyncio and on trio."""

    @functools.wraps(test)
    def run(backend: str, **fixtures: Any) -> None:
        anyio.run(_bounded, functools.partial(test, **fixtures), backend=backend)

    signature = inspect.signature(test)
    added = inspect.Parameter("backend", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    run.__signature__ = signature.replace(parameters=[added, *signature.parameters.values()])  # type: ignore[attr-defined]
    marked: Callable[..., None] = pytest.mark.parametrize("backend", ["asyncio", "trio"])(run)
    return marked


def on_mock_clock(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """Run an async test on trio with a clock that jumps to the next deadline."""

    @functools.wraps(test)
    def run() -> None:
        from trio.testing import MockClock

        clock = MockClock(autojump_threshold=0)
        anyio.run(_bounded, test, 3600, backend="trio", backend_options={"clock": clock})

    run.__signature__ = inspect.Signature()  # type: ignore[attr-defined]
    return run


async def _bounded(test: Callable[[], Awaitable[None]], seconds: float = 20) -> None:
    with anyio.fail_after(seconds):
        await test()


@define(eq=False)
class MemoryStream(ByteStream):
    """One end of a pipe. `send` returns when the other end reads, or at once while fewer than `slack` chunks wait."""

    _send: Any
    _receive: Any
    _rest: bytes = b""

    async def send(self, item: bytes) -> None:
        await self._send.send(item)

    async def receive(self, max_bytes: int = 65536) -> bytes:
        if not self._rest:
            self._rest = await self._receive.receive()
        data, self._rest = self._rest[:max_bytes], self._rest[max_bytes:]
        return data

    async def send_eof(self) -> None:
        await self._send.aclose()

    async def aclose(self) -> None:
        self._send.close()
        self._receive.close()


def pipe(slack: float) -> tuple[MemoryStream, MemoryStream]:
    there, back = anyio.create_memory_object_stream[bytes](slack), anyio.create_memory_object_stream[bytes](slack)
    return MemoryStream(there[0], back[1]), MemoryStream(back[0], there[1])


def _asks_for_blocks(message: object) -> bool:
    return isinstance(message, Contacts) and message.which is ContactList.BLOCKS


@define(eq=False)
class Peer:
    """The server's end of one connection. Heartbeats, read marks and who asks for blocks are answered on the way."""

    stream: MemoryStream
    limits: Limits = DEFAULTS
    conn: ServerConnection = field(init=False)
    hello: Hello = field(init=False)
    marks: list[MarkRead] = field(factory=list, init=False)
    pings: int = field(default=0, init=False)
    blocks: Reply = field(default=ContactsPage(which=ContactList.BLOCKS, users=(), more=False), init=False)

    def __attrs_post_init__(self) -> None:
        self.conn = ServerConnection(self.limits, allow_system=True)

    async def send(self, *messages: FromServer, request: int = 0) -> None:
        await self.stream.send(b"".join(self.conn.send(message, request) for message in messages))

    async def reply(self, received: Received, message: FromServer) -> None:
        await self.send(message, request=received.request)

    async def event(self) -> Received:
        while not isinstance(event := self.conn.next_event(), Received):
            self.conn.receive_data(await self.stream.receive())
        return event

    async def command(self) -> Received:
        """Return the next command that is neither a heartbeat nor a read mark, nor asks for blocks."""
        while isinstance(said := (event := await self.event()).message, Ping | MarkRead) or _asks_for_blocks(said):
            self.pings += isinstance(said, Ping)
            self.marks += [said] if isinstance(said, MarkRead) else []
            await self.reply(event, self.blocks if isinstance(said, Contacts) else Done())
        return event

    async def expect(self, kind: type[T]) -> tuple[Received, T]:
        received = await self.command()
        assert isinstance(received.message, kind), received
        return received, received.message

    async def until(self, kind: type[Any]) -> Received:
        """Return the next command of `kind`, and leave those before it unanswered."""
        while not isinstance((received := await self.command()).message, kind):
            continue
        return received

    async def answer(self, message: Reply) -> Command:
        """Take the next command, reply, and return the command."""
        received = await self.command()
        await self.reply(received, message)
        command: Command = received.message
        return command

    async def drain(self) -> None:
        """Read, and answer heartbeats and read marks, until the client is gone."""
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            while True:
                await self.command()

    async def keep_subscribing(self, *scrolls: Scroll) -> None:
        """Answer subscribes until the client is gone."""
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
            while True:
                await self.subscribe(*scrolls)

    async def welcome(self, user: str = "ana", epoch: bytes = EPOCH, heartbeat_s: int = 60) -> None:
        await self.send(Greeting(versions=(1,), epoch=epoch, time=0, limits=self.limits))
        hello = await self.event()
        self.hello = hello.message
        room = chain.self_id(user)
        welcome = Welcome(
            version=1, capabilities=(), user=user, device="default", room=room, heartbeat_s=heartbeat_s
        )  # fmt: skip
        await self.reply(hello, welcome)

    async def list_rooms(self, *scrolls: Scroll) -> None:
        received, _ = await self.expect(Rooms)
        await self.reply(received, RoomsPage(rooms=tuple(scroll.summary() for scroll in scrolls), more=False))

    async def subscribe(self, *scrolls: Scroll) -> Subscribe:
        """Answer one subscribe in full: what follows each cursor, then caught up."""
        received, subscribe = await self.expect(Subscribe)
        known = {scroll.room: scroll for scroll in scrolls}
        cursors = dict(zip(subscribe.rooms[::3], subscribe.rooms[1::3], strict=True))
        syncs = [known[room].sync(seq) for room, seq in cursors.items()]  # type: ignore[index, arg-type]
        await self.reply(received, Subscribed(rooms=tuple(syncs)))
        entries = [entry for room, seq in cursors.items() for entry in known[room].entries[seq:]]  # type: ignore[index]
        await self.send(*entries, CaughtUp(request=received.request))
        return subscribe

    async def close(self, code: int, text: str = "", after_ms: int | None = None) -> None:
        await self.send(Closing(code=code, text=text, after_ms=after_ms))
        await self.stream.aclose()

    async def ack(self, received: Received, seq: int = 1, room: RoomId = ROOM, duplicate: bool = False) -> None:
        await self.reply(received, Committed(room=room, seq=seq, time=1, duplicate=duplicate))


@define(eq=False)
class Network:
    """Where a chat dials and a test accepts."""

    slack: float = math.inf
    limits: Limits = DEFAULTS
    refusals: int = 0
    """How many of the next calls find nobody listening."""
    dialled: int = field(default=0, init=False)
    _calls: Any = field(init=False)
    _peers: list[Peer] = field(factory=list, init=False)
    _ends: list[MemoryStream] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self._calls = anyio.create_memory_object_stream[MemoryStream](math.inf)

    async def dial(self) -> ByteStream:
        self.dialled += 1
        if self.refusals:
            self.refusals -= 1
            raise ConnectionRefusedError("nobody is listening")
        ours, theirs = pipe(self.slack)
        self._ends.append(ours)
        self._calls[0].send_nowait(theirs)
        return ours

    async def accept(self) -> Peer:
        peer = Peer(await self._calls[1].receive(), self.limits)
        self._peers.append(peer)
        return peer

    async def welcome(self, **welcome: Any) -> Peer:
        peer = await self.accept()
        await peer.welcome(**welcome)
        return peer

    async def follow(self, *scrolls: Scroll, **welcome: Any) -> Peer:
        """Accept a first connection up to the end of its catching up."""
        peer = await self.welcome(**welcome)
        listed = [scroll for scroll in scrolls if scroll.room != SELF]
        known = {scroll.room: scroll for scroll in (Scroll(SELF), *scrolls)}
        await peer.list_rooms(*listed)
        await peer.subscribe(*known.values())
        if listed:
            await peer.subscribe(*listed)
        return peer

    async def __aenter__(self) -> Network:
        return self

    async def __aexit__(self, *_: object) -> None:
        for end in (*self._ends, *(peer.stream for peer in self._peers)):
            await end.aclose()
        while self._calls[0].statistics().current_buffer_used:
            await (await self._calls[1].receive()).aclose()
        self._calls[0].close()
        self._calls[1].close()

    def connect(self, **options: Any) -> Chat:
        plain: dict[str, Any] = {"user": "ana", "sources": calm()}
        return connect(self.dial, **plain | options)


def calm(chance: float = 0.0) -> Sources:
    """No jitter, and keys that count up."""
    counter = iter(range(1, 1_000_000))
    return Sources(
        chance=lambda: chance,
        wall_ms=lambda: 1_700_000_000_000,
        entropy=lambda size: next(counter).to_bytes(size, "big"),
    )


async def until(chat: Chat, kind: type[T]) -> list[Event]:
    """Return the events up to the first of `kind`, with it."""
    events: list[Event] = []
    while not events or not isinstance(events[-1], kind):
        events.append(await chat.next_event())
    return events


async def texts(chat: Chat, count: int) -> list[str]:
    """Return the texts of the next `count` posts, whatever else is told between them."""
    found: list[str] = []
    while len(found) < count:
        event = await chat.next_event()
        if isinstance(event, Entry):
            found.append(event.text)
    return found
