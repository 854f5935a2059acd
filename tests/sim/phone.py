"""A person's phone: the real client library, an app that reads at its own pace, and a battery that can run out.

The app writes down what it is told. The library promises it every entry of a room once, in order, with what is left
out named, over all its connections and from what it saved over its lives: a history of its own, judged by O2, O6, O7.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import trio
from anyio.abc import ByteStream
from attrs import Factory, define, field

from chatd.model import RoomId, UserId
from chatd_client import Chat, Sources, connect
from chatd_client.errors import Backlog, ChatError, Closed, Ended, Refused
from chatd_client.events import Broken, Entry, Event, Gap, Hidden, Reset, Unavailable, Unwatched
from chatd_client.store import Saved
from tests.history.events import Begin, History, Receive, Skip, Unknown
from tests.model.book import room_of
from tests.sim.links import ClientEnd, Connection, Weather
from tests.sim.server import Server
from tests.sim.tap import Record, Tap

REFUSED_S_MAX = 0.05
HEARTBEAT_S = 25
SAVE_S_MAX = 0.05
LIVES_MAX = 1000
DEAF_S_MAX = 20.0
"""How long a call goes unanswered that nobody takes, or that is made in the dark."""

Do = Callable[[Chat], Awaitable[object]]


@define(eq=False)
class Shelf:
    """What the phone keeps over its lives."""

    chance: random.Random
    saved: Saved = field(factory=Saved)


@define(eq=False)
class Slot:
    """The shelf as one life of the app sees it. A life that ended saves nothing any more."""

    shelf: Shelf
    dead: bool = False

    async def load(self) -> Saved:
        return self.shelf.saved

    async def save(self, saved: Saved) -> None:
        await trio.sleep(self.shelf.chance.random() * SAVE_S_MAX)
        if not self.dead:
            self.shelf.saved = saved


@define(eq=False, kw_only=True)
class Phone:
    number: int
    """From 1, as no other phone of the run."""
    user: UserId
    device: str
    keeps: bool
    """Whether it has a store, so that it goes on after a crash where it was."""
    latest: int | None
    server: Server
    record: Record
    told: History
    """What apps were told."""
    chance: random.Random
    weather: Weather = field(init=False)
    chat: Chat | None = None
    reads: trio.Event = Factory(trio.Event)
    """Set once its first life can be asked to do something."""
    lives: int = 0
    asking: int = 0
    """Calls of the library that have not returned."""
    nap_until_s: float = 0.0
    """Until then the app consumes nothing."""
    heads: dict[RoomId, int] = Factory(dict[RoomId, int])
    """How far this life was told each room."""
    out: dict[RoomId, None] = Factory(dict[RoomId, None])
    """The live rooms of which the user wants to hear no more."""
    returns: dict[RoomId, bool] = Factory(dict[RoomId, bool])
    """Those that they left: watched again, they begin anew."""
    _shelf: Shelf = field(init=False)
    _slot: Slot | None = None
    _scope: trio.CancelScope | None = None
    _tasks: trio.Nursery | None = None
    _connection: Connection | None = None
    _tap: Tap | None = None

    def __attrs_post_init__(self) -> None:
        self.weather = Weather(self.chance)
        self._shelf = Shelf(self.chance)

    @property
    def client(self) -> str:
        """Its name as a keeper of order: a life without a memory is another client."""
        return f"{self.user}/{self.device}" + ("" if self.keeps else f"#{self.lives}")

    # -- lives -----------------------------------------------------------------------------------------------------

    async def live(self) -> None:
        """Run the app until `crash`. Returns then, or when the library gave up."""
        self.lives += 1
        self._slot = Slot(self._shelf) if self.keeps else None
        self._begin_told()
        try:
            with trio.CancelScope() as self._scope:
                async with connect(
                    self._dial,
                    user=self.user,
                    device=self.device,
                    store=self._slot,
                    sources=self._sources(),
                    heartbeat_s=HEARTBEAT_S,
                    latest=self.latest,
                    buffer_bytes=16 * 1024,
                ) as self.chat:
                    await self._run(self.chat)
        except* Closed as group:
            self.record.complain("a client that did nothing wrong was sent away", self.client, group.exceptions)
        except* ChatError as group:
            self.record.complain("the library gave up", self.client, group.exceptions)
        finally:
            self.chat = None

    async def _run(self, chat: Chat) -> None:
        async with trio.open_nursery() as tasks:
            self._tasks = tasks
            self.reads.set()
            try:
                async for event in chat.events():
                    self._see(event)
                    if trio.current_time() < self.nap_until_s:
                        await trio.sleep_until(self.nap_until_s)
            finally:
                self._tasks = None

    def _sources(self) -> Sources:
        return Sources(chance=self.chance.random, wall_ms=self.server.wall.now_ms, entropy=self.chance.randbytes)

    def crash(self) -> None:
        """End the app as when the battery is taken out."""
        if self._scope is None:
            return
        if self._slot is not None:
            self._slot.dead = True
        self.cut(keep=False)
        self._forget()
        self._scope.cancel()

    def _forget(self) -> None:
        """What a phone without a memory had asked, it will never know."""
        if self._tap is None or self.keeps:
            return
        for command in self._tap.asked.values():
            if hasattr(command, "key"):
                room = room_of(self.user, command)
                self.record.add(Unknown(trio.current_time(), self.client, self.user, command.key, room))

    # -- the network -----------------------------------------------------------------------------------------------

    async def _dial(self) -> ByteStream:
        await trio.sleep(self.weather.delay_s())
        with trio.move_on_after(DEAF_S_MAX):
            while self.weather.dark:
                await self.weather.better.park()
        connection = Connection.through(self.weather)
        if self.weather.dark or not self.server.connect(connection):
            await trio.sleep(self.chance.random() * REFUSED_S_MAX)
            raise ConnectionRefusedError("nobody listens")
        self._connection = connection
        self._tap = tap = self.record.tap(self.client, self.user, self.device, keeps_order=True)
        return ClientEnd(connection.up, connection.down, tap.sent, tap.came)

    def cut(self, *, keep: bool) -> None:
        if self._connection is not None:
            self._connection.cut(keep=keep)

    # -- what the person does --------------------------------------------------------------------------------------

    def do(self, action: Do) -> None:
        """Call the library, and do not wait for it."""
        if self._tasks is not None:
            self._tasks.start_soon(self._ask, action)

    async def _ask(self, action: Do) -> None:
        chat, life = self.chat, self.lives
        if chat is None:
            return
        self.asking += 1
        try:
            with suppress(Refused, Backlog, Ended):
                await action(chat)
        finally:
            if life == self.lives:
                self.asking -= 1

    # -- what the app is told --------------------------------------------------------------------------------------

    def _begin_told(self) -> None:
        self.asking = 0
        self.heads = {cursor.room: cursor.seq for cursor in self._shelf.saved.cursors}
        for room, seq in self.heads.items():
            self._begin(room, seq)

    def _begin(self, room: RoomId, seq: int) -> None:
        self.heads[room] = seq
        self.told.add(Begin(trio.current_time(), self.client, self._stream, self.user, room, seq))

    @property
    def _stream(self) -> int:
        """One number for this phone: a later life begins its rooms anew."""
        return self.number * LIVES_MAX + self.lives

    def _see(self, event: Event) -> None:
        match event:
            case Entry():
                self._begin_at_first(event.room, event.seq)
                self.heads[event.room] = event.seq
                body = event.body if event.kind == "post" else None
                self.told.add(
                    Receive(
                        trio.current_time(),
                        self.client,
                        self._stream,
                        self.user,
                        event.room,
                        event.seq,
                        event.key,
                        event.sender,
                        event.time,
                        body,
                    )
                )
            case Gap():
                self._skip(event.room, event.start, event.end)
            case Hidden():
                self._skip(event.room, event.seq, event.seq)
            case Reset():
                self.record.complain("a reset, and nobody restored anything", self.client, event)
            case Unavailable() | Unwatched():
                self.heads.pop(event.room, None)
            case Broken():
                self.record.complain("what came did not continue what came before", self.client, event.error)
            case _:
                pass

    def _skip(self, room: RoomId, first: int, last: int) -> None:
        """What is named is no hole."""
        self._begin_at_first(room, first)
        self.heads[room] = last
        self.told.add(Skip(trio.current_time(), self.client, self._stream, self.user, room, first, last))

    def _begin_at_first(self, room: RoomId, seq: int) -> None:
        """Begin a room that this life was told nothing of, or that it has left and watches again."""
        if room not in self.heads or (seq == 1 and self.returns.pop(room, False)):
            self._begin(room, 0)

    # -- at rest ---------------------------------------------------------------------------------------------------

    def unsettled(self) -> str:
        """Return what is still to come to an end, "" at rest."""
        chat = self.chat
        if chat is None:
            return f"{self.client}: the app does not run"
        desk = chat._desk
        if not desk.online:
            return f"{self.client}: not connected"
        if self.asking or len(desk.ledger):
            return f"{self.client}: {self.asking} calls, {len(desk.ledger)} commands without an answer"
        if not desk.follower.settled or desk.unmarked:
            return f"{self.client}: not caught up"
        return f"{self.client}: events not consumed" if desk.inbox._waiting else ""
