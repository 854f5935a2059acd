"""A daemon's core without sockets and tasks: groups whose members all listen, and nobody at the other end.

Everything is made by the real code: groups by commands that the router decides, the store commits, fanout delivers.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

import trio
from attrs import define, field
from trio.testing import memory_stream_pair

from benchmarks.contents import content_of
from chatd.chain import self_id
from chatd.limits import DEFAULTS, VERSION
from chatd.messages import AddMember, CreateGroup, Greeting, Hello, KeyedCommand, Post, Welcome
from chatd.model import RoomId
from chatd.rooms.audience import Subscriber
from chatd.rooms.effects import NOTHING_LOADED, Actor, Commit, Effect, InFlight
from chatd.rooms.policy import TokenBucket
from chatd.rooms.room import empty_head
from chatd.server.config import Config
from chatd.server.daemon import Daemon, compose
from chatd.server.gate import Gate
from chatd.server.journal import Batch
from chatd.server.outbox import Outbox
from chatd.server.salts import Salts
from chatd.server.session import Session
from chatd.storage.base import Store
from chatd.wire import codec
from chatd.wire.connection import ServerConnection

CONTENT = content_of(b"a hundred bytes of text, as the load tools post by default ".ljust(100, b"."))
REQUEST = 7
_START_MS = 1_800_000_000_000
_TURN_MS = 1000
"""The clock moves on by so much between two batches, so that the flood guard lets all of them pass."""
_KEY_RANDOM_BYTES = 10


class NotAccepted(RuntimeError):
    """The daemon did not do what was to be measured."""


@define(eq=False)
class Discarding(Outbox):
    """An outbox that drops what it is given, and counts it: of a push the system call alone is missing."""

    given_bytes: int = field(default=0, init=False)

    def push(self, frames: bytes) -> bool:
        self.given_bytes += len(frames)
        return True


def open_wire(user: str) -> ServerConnection:
    """Return the server's end of a connection whose hello was accepted."""
    wire = ServerConnection(DEFAULTS)
    wire.send(Greeting(versions=(VERSION,), epoch=bytes(16), time=_START_MS, limits=DEFAULTS))
    wire.receive_data(codec.encode(Hello(version=VERSION, scheme="dev", credential=user), REQUEST))
    wire.next_event()
    welcome = Welcome(version=VERSION, capabilities=(), user=user, device="default", room=self_id(user), heartbeat_s=60)
    wire.send(welcome, REQUEST)
    return wire


@define(eq=False)
class Stage:
    """Groups of members with a session each. The clock stands still but between batches."""

    daemon: Daemon
    now_ms: int = _START_MS
    rooms: dict[RoomId, list[Actor]] = field(factory=dict[RoomId, list[Actor]], init=False)
    """The members of each group, its owner first."""
    outboxes: list[Discarding] = field(factory=list[Discarding], init=False)
    _stream: trio.abc.Stream = field(factory=lambda: memory_stream_pair()[0], init=False)
    """Of every outbox alike: nothing is sent."""

    def key(self) -> bytes:
        """Return a key as the client library makes them: the time, and chance behind it."""
        return self.now_ms.to_bytes(6, "big") + os.urandom(_KEY_RANDOM_BYTES)

    def ask(self, actor: Actor, command: KeyedCommand) -> list[Effect]:
        """Let the router decide a command whose needs are all in memory."""
        return self.daemon.core.router.handle(
            actor, REQUEST, command, codec.digest(command), NOTHING_LOADED, self.now_ms
        )

    def submit(self, actor: Actor, command: KeyedCommand) -> InFlight:
        """Return the item of a command, now in flight. Raises NotAccepted if the router said no."""
        flight = accepted(self.ask(actor, command))
        session = self.daemon.core.sessions.by_id[actor.session]
        if isinstance(session, Session):
            session.gate.in_flight += 1
        return flight

    def posts(self, number: int) -> list[InFlight]:
        """Return so many posts in flight, of the owners of the groups in turn. A second has passed since the last."""
        self.now_ms += _TURN_MS
        owners = [(room, members[0]) for room, members in self.rooms.items()]
        turns = (owners[each % len(owners)] for each in range(number))
        return [self.submit(owner, Post(room=room, key=self.key(), content=CONTENT)) for room, owner in turns]

    async def commit(self, flights: Sequence[InFlight]) -> Batch:
        """Store what is in flight, as the journal does, without it."""
        return Batch(await self.daemon.core.store.append([flight.item for flight in flights]), flights)

    async def deliver(self, *batches: Batch) -> None:
        """Let fanout deliver committed batches."""
        await self.daemon.core.fanout.run(channel_of(batches))

    def enter(self, user: str) -> Actor:
        """Open a session that listens to its self room."""
        core = self.daemon.core
        number = core.sessions.number()
        outbox = Discarding(self._stream, _no_task, core.config.outbox, _no_stall)
        gate = Gate(journal=core.journal, session=number, in_flight_max=DEFAULTS.requests_in_flight_max)
        core.sessions.admit(
            Session(
                core=core,
                receive=_nothing,
                outbox=outbox,
                peer="memory",
                operators=False,
                id=number,
                wire=open_wire(user),
                gate=gate,
            )
        )
        rates = core.config.rates
        bucket = TokenBucket(rates.commands_per_s, rates.burst_commands, rates.burst_commands, self.now_ms)
        subscriber = Subscriber(number, user, "default", self_id(user), bucket)
        core.registry.audience.open(subscriber)
        own_room = core.registry.install_self(user, empty_head(self_id(user)))
        core.registry.audience.attach(subscriber, own_room)
        self.outboxes.append(outbox)
        return Actor(number, user)

    async def found(self, rooms: int, members: int) -> None:
        """Make groups of new users. Raises NotAccepted if the router said no."""
        in_call = DEFAULTS.users_per_call_max
        crews = [[self.enter(f"user-{room}-{member}") for member in range(members)] for room in range(rooms)]
        flights: list[InFlight] = []
        for crew in crews:
            names = tuple(actor.user for actor in crew[1 : 1 + in_call])
            flights.append(self.submit(crew[0], CreateGroup(key=self.key(), title="tea", members=names)))
        made = [flight.item.entries[0].room for flight in flights]
        await self.deliver(await self.commit(flights))
        for room, crew in zip(made, crews, strict=True):
            self.rooms[room] = crew
            for start in range(1 + in_call, members, in_call):
                names = tuple(actor.user for actor in crew[start : start + in_call])
                flight = self.submit(crew[0], AddMember(room=room, key=self.key(), users=names))
                await self.deliver(await self.commit([flight]))
        self.forget()

    def forget(self) -> None:
        """Count from here on."""
        for outbox in self.outboxes:
            outbox.given_bytes = 0


def accepted(effects: Sequence[Effect]) -> InFlight:
    """Return the item that a command commits. Raises NotAccepted if it commits none."""
    for effect in effects:
        if isinstance(effect, Commit):
            return effect.flight
    raise NotAccepted(str(effects))


def channel_of(batches: Sequence[Batch]) -> trio.MemoryReceiveChannel[Batch]:
    """Return a channel that holds `batches` and is closed behind them."""
    send, receive = trio.open_memory_channel[Batch](len(batches))
    for batch in batches:
        send.send_nowait(batch)
    send.close()
    return receive


async def open_stage(store: Store, *, rooms: int, members: int) -> Stage:
    """Return a stage over `store` with so many groups of so many members, on the default limits."""

    def now() -> int:
        return stage.now_ms

    stage = Stage(compose(Config(dev=True), store, now=now, salts=Salts(), chance=random.Random(0)))
    await stage.found(rooms, members)
    return stage


async def _nothing(_: int) -> bytes:
    raise NotAccepted("a session without a task received")


def _no_task(_: object) -> None:
    raise NotAccepted("an outbox that discards started a writer")


def _no_stall() -> None:
    raise NotAccepted("an outbox that discards stalled")
