"""A client that listens to rooms over one connection after another, and now and then hears old entries again."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import trio
from attrs import Factory, define

from chatd.chain import origin, short
from chatd.messages import Entered, Gap, Greeting, Paused, Subscribe, Subscribed
from chatd.model import RoomId, UserId
from chatd.wire.connection import Received
from tests.crash.book import Book
from tests.crash.poster import AGAIN_S, is_expected
from tests.crash.victim import Victim
from tests.crash.wire_client import WireClient

BACK = 0.2
"""The part of streams that begin somewhere in what was heard before."""


@define(eq=False)
class Listener:
    """`rooms` are those in which the user is from their first entry on."""

    name: str
    user: UserId
    device: str
    rooms: Sequence[RoomId]
    book: Book
    chance: Random
    _marks: dict[RoomId, list[bytes]] = Factory(dict[RoomId, list[bytes]])
    """The h8 of every entry of a room, by seq, from that before the first on."""
    _epoch: bytes = b""
    _session: int = 0
    _reach: dict[RoomId, int] = Factory(dict[RoomId, int])
    """How far the streams of this connection have come."""
    _more: dict[RoomId, int] = Factory(dict[RoomId, int])
    """The rooms of which more is to be asked for, and the entry after which."""
    _to_ask: dict[RoomId, None] = Factory(dict[RoomId, None])
    """The rooms to subscribe to, again or for the first time on this connection."""
    _moved: trio.Event = Factory(trio.Event)

    def __attrs_post_init__(self) -> None:
        self._marks = {room: [short(origin(room))] for room in self.rooms}

    async def attend(self, victim: Victim) -> None:
        """Listen until the daemon is gone."""
        while not victim.is_gone:
            try:
                wire = await WireClient.dial(victim.url, self.user, self.device)
            except (OSError, trio.BrokenResourceError):
                await trio.sleep(AGAIN_S)
                continue
            async with wire:
                await self._converse(wire)
            if not is_expected(wire.closing):
                self.book.fault(f"{self.name} was closed: {wire.closing}")

    async def reached(self, heads: dict[RoomId, int]) -> None:
        """Return when everything up to these entries was heard."""
        while any(len(self._marks[room]) <= heads[room] for room in self.rooms):
            await self._moved.wait()

    async def _converse(self, wire: WireClient) -> None:
        self._session = self.book.session()
        self._more.clear()
        self._to_ask.clear()
        try:
            while received := await wire.receive():
                for each in received:
                    self._hear(wire, each)
                await self._subscribe(wire)
                self._moved.set()
                self._moved = trio.Event()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    def _hear(self, wire: WireClient, received: Received) -> None:
        asked = wire.answered(received.request)
        match received.message:
            case Greeting() as greeting:
                self._begin(greeting.epoch)
            case Subscribed() as reply if isinstance(asked, Subscribe):
                self._synced(asked, reply)
            case Entered() as entry:
                self._entered(entry)
            case Gap() as gap:
                self.book.fault(f"{self.name} was not given {gap}")
            case Paused():
                self._paused(wire)
            case _:
                pass

    def _begin(self, epoch: bytes) -> None:
        if self._epoch not in (b"", epoch):
            self.book.fault(f"{self.name} found another epoch")
        self._epoch = epoch
        self._reach = {room: self._start(room) for room in self.rooms}
        for room, seq in self._reach.items():
            self.book.begin(self.name, self._session, self.user, room, seq)
        self._to_ask = dict.fromkeys(self.rooms)

    def _start(self, room: RoomId) -> int:
        last = len(self._marks[room]) - 1
        return self.chance.randint(0, last) if self.chance.random() < BACK else last

    async def _subscribe(self, wire: WireClient) -> None:
        """Ask for what follows where the streams stand; one question at a time, so that no room is asked for twice."""
        if self._to_ask and not wire.waiting:
            at = [(room, self._reach[room], self._marks[room][self._reach[room]]) for room in self._to_ask]
            self._to_ask = {}
            await wire.send(Subscribe(epoch=self._epoch, rooms=tuple(part for cursor in at for part in cursor)))

    def _paused(self, wire: WireClient) -> None:
        """No room is attached any more, but for those whose reply is to come: it was made after this was said."""
        self.book.paused += 1
        self._more.clear()
        coming = [room for command in wire.waiting.values() if isinstance(command, Subscribe) for room in command.rooms]
        self._to_ask = {room: None for room in self.rooms if room not in coming}

    def _synced(self, asked: Subscribe, reply: Subscribed) -> None:
        rooms = [room for room in asked.rooms[::3] if isinstance(room, bytes)]
        self._to_ask |= dict.fromkeys(rooms[len(reply.rooms) :])
        for sync in reply.rooms:
            if sync.status != "ok":
                self.book.fault(f"{self.name} at {self._reach[sync.room]} of {sync.room.hex()}: {sync.status}")
            elif sync.more and sync.end < sync.start:
                self._to_ask[sync.room] = None
            elif sync.more:
                self._more[sync.room] = sync.end

    def _entered(self, entry: Entered) -> None:
        self.book.receive(self.name, self._session, self.user, entry)
        marks = self._marks[entry.room]
        if entry.seq == len(marks):
            marks.append(entry.h8)
        elif entry.seq < len(marks) and marks[entry.seq] != entry.h8:
            self.book.fault(f"{self.name} was told another hash of entry {entry.seq}")
        self._reach[entry.room] = entry.seq
        if self._more.get(entry.room) == entry.seq:
            del self._more[entry.room]
            self._to_ask[entry.room] = None
