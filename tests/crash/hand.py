"""A client that does what it is given, some commands ahead of its answers, and after every break all that was not
answered, and some of what was, once more: an answer that was given is the answer for ever (E2)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import trio
from attrs import Factory, define, evolve

from chatd.codes import Verdict
from chatd.messages import Committed, HeldPage, HeldPosts, Refused
from chatd.model import Key, RoomId, UserId
from chatd.wire.connection import Received
from tests.crash.poster import AGAIN_S, is_expected
from tests.crash.victim import Victim
from tests.crash.wire_client import WireClient

OLD_ONES = 5
LATER_S = 0.01
"""How long it waits where it has nothing to do, or was told to come again."""
Told = tuple[RoomId, int, int, bool]
"""An ack: its place, its time, and whether it is of a post that waits for review."""


@define(eq=False)
class Hand:
    user: UserId
    chance: Random
    faults: list[str]
    next: Callable[[], Any]
    """Returns a command: a keyed one, or a question for what waits."""
    on_ack: Callable[[], None]
    """Called with every command that is acknowledged for the first time."""
    ahead: int
    """So many commands wait for their answer at most."""
    settling: bool = False
    """Whether it does nothing new, and leaves once all is answered."""
    acked: dict[Key, tuple[Any, Told]] = Factory(dict)
    refused: dict[Key, tuple[Any, str]] = Factory(dict)
    page: HeldPage | None = None
    """What it was told last of what waits."""
    again: int = 0
    """How many answers were given once more."""
    _open: dict[Key, Any] = Factory(dict)

    async def attend(self, victim: Victim) -> None:
        """Work over one connection after another until the daemon is gone, or when settling until all is answered."""
        while not victim.is_gone:
            try:
                wire = await WireClient.dial(victim.url, self.user, "hand")
            except (OSError, trio.BrokenResourceError):
                await trio.sleep(AGAIN_S)
                continue
            async with wire:
                with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                    await self._converse(wire)
                if not is_expected(wire.closing):
                    self.faults.append(f"{self.user} was closed: {wire.closing}")
                if self.settling and not self._open and not wire.ended:
                    return

    async def _converse(self, wire: WireClient) -> None:
        old = [command for command, _ in self.acked.values()]
        few = old if self.settling else self.chance.sample(old, min(OLD_ONES, len(old)))
        waiting = [*few, *self._open.values()]
        while not wire.ended:
            while waiting and len(wire.waiting) < self.ahead:
                await wire.send(evolve(waiting.pop(0), retry=True))
            while not (self.settling or waiting) and len(wire.waiting) < self.ahead:
                await self._send_new(wire)
            if self.settling and not (waiting or wire.waiting):
                return
            for each in await wire.receive():
                waiting += self._hear(wire, each)
            if waiting or (self.page is not None and not self.page.posts):
                await trio.sleep(LATER_S)

    async def _send_new(self, wire: WireClient) -> None:
        command = self.next()
        if not isinstance(command, HeldPosts):
            self._open[command.key] = command
        await wire.send(command)

    def _hear(self, wire: WireClient, received: Received) -> list[Any]:
        """Take an answer; return the command where it is to be sent again."""
        command, reply = wire.answered(received.request), received.message
        match reply:
            case HeldPage():
                self.page = reply
            case Refused() if isinstance(command, HeldPosts) or reply.verdict == Verdict.AFTER_MS:
                return [] if isinstance(command, HeldPosts) else [command]
            case Refused() if command is not None:
                self._answered(command, None, reply.code)
            case Committed() if command is not None:
                self._answered(command, (reply.room, reply.seq, reply.time, reply.held), "")
            case _:
                pass
        return []

    def _answered(self, command: Any, told: Told | None, code: str) -> None:
        """Note an answer. Where there was one before, it must be that."""
        self._open.pop(command.key, None)
        first = self.acked.get(command.key)
        if first is not None:
            self.again += 1
            if told != first[1]:
                self.faults.append(f"E2 {self.user} was told {told or code}, and before {first[1]}")
        elif told is not None:
            if command.key in self.refused:
                self.faults.append(f"D3 {self.user} was refused, and then told {told}")
            self.acked[command.key] = command, told
            self.on_ack()
        else:
            self.refused[command.key] = command, code
