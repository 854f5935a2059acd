"""A client that posts far ahead of its acks, and after every break sends again what was not answered."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import trio
from attrs import Factory, define, evolve, field

from chatd.codes import CloseCode
from chatd.messages import Closing, Committed, KeyedCommand, Post, Refused
from chatd.model import Key
from chatd.wire.connection import Received
from tests.crash.book import Book
from tests.crash.victim import Victim
from tests.crash.wire_client import WireClient
from tests.crash.works import Works

AHEAD_MAX = 64
"""So many commands wait for their answer at most, so that a kill always finds some."""
AGAIN_S = 0.01
"""How soon a daemon that is not there is dialled again."""
TWICE = 0.05
"""The part of posts that are sent twice, one right behind the other."""
OLD_ONES = 5
"""So many commands that were acknowledged long ago are sent again on every connection (E2)."""
EXPECTED = (CloseCode.GOING_AWAY, CloseCode.RECOVERING)


def is_expected(closing: Closing | None) -> bool:
    """Whether a daemon that stops or recovers may say this. All else is a violation."""
    return closing is None or closing.code in EXPECTED


@define(eq=False)
class Poster:
    name: str
    device: str
    works: Works
    book: Book
    chance: Random
    forgets: bool = False
    """Whether every connection is a new client's, which knows nothing of what the one before sent."""
    settling: bool = False
    """Whether it sends nothing new, and leaves once all is answered."""
    _open: dict[Key, KeyedCommand] = Factory(dict[Key, KeyedCommand])
    """What was not answered, in the order in which it was first sent."""
    _acked: list[KeyedCommand] = Factory(list[KeyedCommand])
    _connections: int = 0
    _held_until_s: float | None = field(default=None, init=False)

    @property
    def client(self) -> str:
        return f"{self.name}.{self._connections}" if self.forgets else self.name

    async def attend(self, victim: Victim) -> None:
        """Post over one connection after another until the daemon is gone, or when settling until all is answered."""
        while not (victim.is_gone or (self.settling and not self._open)):
            try:
                wire = await WireClient.dial(victim.url, self.works.user, self.device)
            except (OSError, trio.BrokenResourceError):
                await trio.sleep(AGAIN_S)
                continue
            async with wire:
                await self._converse(wire)
            if not is_expected(wire.closing):
                self.book.fault(f"{self.client} was closed: {wire.closing}")

    async def _converse(self, wire: WireClient) -> None:
        self._connections += 1
        self._held_until_s = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._send, wire, nursery.cancel_scope)
            while received := await wire.receive():
                for each in received:
                    self._hear(wire, each)
                wire.move()
            nursery.cancel_scope.cancel()
        if self.forgets:
            for command in self._open.values():
                self.book.give_up(self.client, self.works.user, command)
            self._open.clear()
            self._acked.clear()

    def _hear(self, wire: WireClient, received: Received) -> None:
        command = wire.answered(received.request)
        if not isinstance(command, KeyedCommand):
            return
        match received.message:
            case Committed():
                self.book.ack(self.client, self.works.user, command, received.message)
                if self._open.pop(command.key, None):
                    self._acked.append(command)
            case Refused():
                self._refused(command, received.message)
            case _:
                self.book.fault(f"{self.client} was answered {received.message}")

    def _refused(self, command: KeyedCommand, reply: Refused) -> None:
        if self.book.refuse(self.client, self.works.user, command, reply):
            until_s = trio.current_time() + (reply.after_ms or 0) / 1000
            self._held_until_s = max(until_s, self._held_until_s or 0.0)
        else:
            self._open.pop(command.key, None)

    # -- sending ---------------------------------------------------------------------------------------------------

    async def _send(self, wire: WireClient, scope: trio.CancelScope) -> None:
        """Send until the connection breaks; when settling, end it once all is answered."""
        try:
            await self._send_again(wire, self.chance.sample(self._acked, min(OLD_ONES, len(self._acked))))
            await self._send_again(wire, self._open.values())
            while not self.settling or self._open:
                await self._step(wire)
            scope.cancel()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass

    async def _step(self, wire: WireClient) -> None:
        if self._held_until_s is not None:
            await self._come_again(wire)
        elif self.settling or len(wire.waiting) >= AHEAD_MAX:
            await wire.moved()
        else:
            await self._send_new(wire)

    async def _come_again(self, wire: WireClient) -> None:
        """After a refusal with `after_ms`: once nothing is in flight and the time is over, all of it, in order."""
        while wire.waiting:
            await wire.moved()
        await trio.sleep_until(self._held_until_s or 0.0)
        self._held_until_s = None
        await self._send_again(wire, self._open.values())

    async def _send_again(self, wire: WireClient, commands: Iterable[KeyedCommand]) -> None:
        for command in list(commands):
            while len(wire.waiting) >= AHEAD_MAX:
                await wire.moved()
            if self._held_until_s is not None:
                return
            await self._put(wire, evolve(command, retry=True))

    async def _send_new(self, wire: WireClient) -> None:
        command = self.works.next()
        self._open[command.key] = command
        await self._put(wire, command)
        if isinstance(command, Post) and self.chance.random() < TWICE:
            await self._put(wire, evolve(command, retry=self.chance.random() < 0.5))

    async def _put(self, wire: WireClient, command: KeyedCommand) -> None:
        self.book.invoke(self.client, self.works.user, self.device, command)
        await wire.send(command)
