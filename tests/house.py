"""A whole daemon in one trio run: the real one, over the memory store, its clients on memory streams.

The clock is a mock that stands still until a test moves it, and chance is seeded, so a test replays exactly.
Instead of waiting, a test lets everything come to rest (`House.rest`) and then looks.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio
from attrs import Factory, define, field
from trio.testing import (
    MockClock,
    lockstep_stream_one_way_pair,
    memory_stream_one_way_pair,
    memory_stream_pair,
    wait_all_tasks_blocked,
)

from chatd.chain import origin, short
from chatd.messages import Committed, FromClient, Greeting, Hello, Post, Subscribe, Welcome
from chatd.model import RoomId
from chatd.server.claims import Verify
from chatd.server.config import Config
from chatd.server.daemon import Daemon, compose
from chatd.server.hooks.plan import NO_PLAN, Plan
from chatd.server.journal import PACE_BESIDE_OTHERS_S
from chatd.server.turns import REST_S
from chatd.storage.base import Store
from chatd.storage.index import Index
from chatd.storage.memory import MemoryStore
from chatd.wire import content
from chatd.wire.connection import NEED_DATA, ClientConnection, Received, State

EPOCH = b"the first epoch."
START_MS = 1_800_000_000_000
PAUSE_S = max(REST_S, PACE_BESIDE_OTHERS_S)


@define(eq=False)
class Peer:
    """A client without habits: it sends what it is told and keeps all that comes."""

    house: House
    stream: trio.abc.Stream
    wire: ClientConnection = field(factory=ClientConnection)
    received: list[Received] = Factory(list)
    ended: bool = False
    user: str = ""
    epoch: bytes = b""
    room: RoomId = b""
    """The self room."""
    _last: int = 0
    _may_read: trio.Event = Factory(trio.Event)

    def __attrs_post_init__(self) -> None:
        self._may_read.set()

    def stop_reading(self) -> None:
        """Take nothing more from the stream once what is under way has come, until `read_again`."""
        self._may_read = trio.Event()

    def read_again(self) -> None:
        self._may_read.set()

    async def read_once(self) -> None:
        """Take what one receive brings, of a peer that stopped reading."""
        self._may_read.set()
        self._may_read = trio.Event()
        await self.house.rest()

    async def read(self) -> None:
        """Keep what comes until the stream ends. Runs as a task."""
        try:
            while data := await self._receive():
                self.wire.receive_data(data)
                while self.wire.state is not State.CLOSED and (event := self.wire.next_event()) is not NEED_DATA:
                    assert isinstance(event, Received)
                    self.received.append(event)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        self.ended = True

    async def _receive(self) -> bytes:
        await self._may_read.wait()
        return bytes(await self.stream.receive_some(1 << 20))

    async def send(self, message: FromClient) -> int:
        """Send a request without waiting for its reply; return its id."""
        self._last += 1
        await self.stream.send_all(self.wire.send(message, self._last))
        return self._last

    async def ask(self, message: FromClient) -> Any:
        """Send a request, let everything come to rest, and return its one reply."""
        request = await self.send(message)
        await self.house.rest()
        return self.reply(request)

    def reply(self, request: int) -> Any:
        replies = [each.message for each in self.received if each.request == request]
        assert len(replies) == 1, f"{len(replies)} replies to request {request}"
        return replies[0]

    def events(self, kind: type[Any] | None = None) -> list[Any]:
        """Return what was pushed, in order; of one class if that is given."""
        pushed = [each.message for each in self.received if each.request == 0]
        return [each for each in pushed if kind is None or isinstance(each, kind)]

    def take(self, kind: type[Any] | None = None) -> list[Any]:
        """Return what was pushed since the last take, and forget it."""
        pushed = self.events(kind)
        self.received.clear()
        return pushed

    async def hello(self, user: str, device: str = "phone", **fields: Any) -> Any:
        """Say who this is (a development server believes it); return the reply, a Welcome unless refused."""
        await self.house.rest()
        [greeting] = self.events(Greeting)
        self.epoch, self.user = greeting.epoch, user
        said = {"version": 1, "scheme": "dev", "credential": user, "device": device, **fields}
        request = await self.send(Hello(**said))
        await self.house.rest()
        welcome = next((each.message for each in self.received if each.request == request), None)
        if isinstance(welcome, Welcome):
            self.room = welcome.room
        return welcome

    async def subscribe(self, room: RoomId, seq: int = 0, h8: bytes | None = None, latest: int | None = None) -> Any:
        """Subscribe to one room from a cursor, from the start by default."""
        rooms = (room, seq, h8 if h8 is not None else short(origin(room)))
        return await self.ask(Subscribe(epoch=self.epoch, rooms=rooms, latest=latest))

    async def post(self, room: RoomId, text: str, key: bytes | None = None, *, retry: bool = False) -> Any:
        command = Post(room=room, key=key or self.house.key(), content=content.text(text), retry=retry)
        return await self.ask(command)

    async def post_on_disk(self, room: RoomId, text: str) -> Committed:
        """Post and require the ack."""
        reply = await self.post(room, text)
        assert isinstance(reply, Committed), reply
        return reply


@define(eq=False)
class House:
    daemon: Daemon
    nursery: trio.Nursery
    chance: random.Random
    now_ms: list[int]
    _keys: int = 0

    @property
    def store(self) -> Store:
        return self.daemon.core.store

    def key(self) -> bytes:
        """Return a key that was never given before, in the order of time as uuid7 keys are."""
        self._keys += 1
        return self._keys.to_bytes(16, "big")

    async def connect(self, *, operators: bool = False, slowly: bool = False) -> Peer:
        """Open a connection; nothing is said on it yet. `slowly`: what the peer does not read waits in the daemon."""
        near, far = _slow_pair() if slowly else memory_stream_pair()
        peer = Peer(self, near)
        self.nursery.start_soon(self._accept, far, operators)
        self.nursery.start_soon(peer.read)
        return peer

    def serve(self, stream: trio.abc.Stream) -> None:
        """Let the daemon serve a connection of the test's own making."""
        self.nursery.start_soon(self._accept, stream, False)

    async def _accept(self, stream: trio.abc.Stream, operators: bool) -> None:
        try:
            await self.daemon.accept(self.nursery, stream, None, "memory", operators=operators)
        finally:
            await trio.aclose_forcefully(stream)

    async def enter(self, user: str, device: str = "phone", *, follow: bool = True, slowly: bool = False) -> Peer:
        """Return the open session of a user, listening to the self room."""
        peer = await self.connect(slowly=slowly)
        assert isinstance(await peer.hello(user, device), Welcome)
        if follow:
            await peer.subscribe(peer.room)
        peer.received.clear()
        return peer

    async def operator(self) -> Peer:
        """Return the open session of an operator on the control socket."""
        peer = await self.connect(operators=True)
        assert isinstance(await peer.hello("", scheme="operator"), Welcome)
        peer.received.clear()
        return peer

    async def rest(self) -> None:
        """Let everything run until every task waits for the clock or for somebody outside.

        The pauses that a session makes only to let others have their turn pass meanwhile.
        """
        clock = trio.lowlevel.current_clock()
        await wait_all_tasks_blocked()
        while trio.lowlevel.current_statistics().seconds_to_next_deadline < 2 * PAUSE_S:
            assert isinstance(clock, MockClock)
            clock.jump(PAUSE_S)
            await wait_all_tasks_blocked()

    async def sleep(self, seconds: float) -> None:
        """Let time pass: both clocks move, a second at a time, so that every timer fires in its turn."""
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, MockClock)
        while seconds > 0:
            step = min(1.0, seconds)
            self.now_ms[0] += int(step * 1000)
            clock.jump(step)
            seconds -= step
            await self.rest()


def _slow_pair() -> tuple[trio.abc.Stream, trio.abc.Stream]:
    """Return a client's and a server's end; the server's sends wait until the client has read."""
    up_send, up_receive = memory_stream_one_way_pair()
    down_send, down_receive = lockstep_stream_one_way_pair()
    return trio.StapledStream(up_send, down_receive), trio.StapledStream(down_send, up_receive)


@asynccontextmanager
async def open_house(
    config: Config | None = None,
    *,
    seed: int = 0,
    store: Store | None = None,
    salts: Callable[[], bytes] | None = None,
    index: Index | None = None,
    plan: Plan = NO_PLAN,
    verify: Verify | None = None,
) -> AsyncIterator[House]:
    """Run a daemon until the block ends. Use it under a `trio.testing.MockClock` (pytest-trio's `mock_clock`).

    It searches where it is given an index, which it feeds up to 20 times a second of that clock.
    """
    chance = random.Random(seed)
    now_ms = [START_MS]
    daemon = compose(
        config or Config(data=Path("unused"), dev=True),
        store or MemoryStore(EPOCH),
        now=lambda: now_ms[0],
        salts=salts or (lambda: chance.randbytes(16)),
        chance=chance,
        index=index,
        plan=plan,
    )
    daemon.core.verify = verify
    async with trio.open_nursery() as nursery:
        nursery.start_soon(daemon.run)
        await daemon.recovery.read_server()
        try:
            yield House(daemon, nursery, chance, now_ms)
        finally:
            _let_time_run()
        nursery.cancel_scope.cancel()


def _let_time_run() -> None:
    """Sessions shield their farewell for a moment: a clock that stands still would make that for ever."""
    clock = trio.lowlevel.current_clock()
    if isinstance(clock, MockClock):
        clock.autojump_threshold = 0
