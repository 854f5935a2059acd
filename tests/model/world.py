"""A daemon, its devices and its disk: what a test may do to them."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import trio
from attrs import Factory, define, evolve, field
from trio.testing import memory_stream_pair

from chatd.limits import DEFAULTS
from chatd.messages import Committed, Done, Hello, MarkRead
from chatd.model import RoomId
from chatd.server.config import Config, MemoryConfig, OutboxConfig
from tests.house import House, open_house
from tests.model import pages, quiet
from tests.model.book import KeyId, bare
from tests.model.device import Ask, Device, Valve
from tests.model.operating import Order
from tests.model.record import Record, Violation
from tests.model.streams import LIVE_ENTRIES_MAX
from tests.model.waiting import HELD_MAX, HELD_PER_USER_MAX


def config(*, invites: bool) -> Config:
    """Return limits so small that pages end, memory is evicted and outboxes fill within a few steps."""
    return Config(
        data=Path("unused"),
        dev=True,
        add_members="invited" if invites else "added",
        limits=evolve(
            DEFAULTS,
            page_entries_max=5,
            page_rooms_max=2,
            page_members_max=2,
            live_entries_max=LIVE_ENTRIES_MAX,
            held_max=HELD_MAX,
            held_per_user_max=HELD_PER_USER_MAX,
        ),
        memory=MemoryConfig(rooms_max=16, memberships_max=16, tail_bytes_max=2000),
        outbox=OutboxConfig(bytes_max=128 * 1024, low_water_bytes=4096),
    )


@define(eq=False, kw_only=True)
class World(Record):
    """Every method that ends in `settle` leaves the daemon at rest and raises Violation for what it did wrong."""

    nursery: trio.Nursery
    house: House = field(init=False)
    _end: trio.Event = Factory(trio.Event)
    _ended: trio.Event = Factory(trio.Event)
    _starts: int = 0
    _keys: int = 0

    def key(self) -> bytes:
        self._keys += 1
        return self._keys.to_bytes(16, "big")

    # -- the daemon's life -----------------------------------------------------------------------------------------

    async def start(self) -> None:
        self._starts += 1
        self._end, self._ended = trio.Event(), trio.Event()
        self.house = await self.nursery.start(self._hold)
        self.house.now_ms[0] = max(self.house.now_ms[0], self.clock())
        self.clock, self.since = partial(self.house.now_ms.__getitem__, 0), self.clock()
        log = structlog.wrap_logger(None, processors=[self._note], wrapper_class=structlog.BoundLogger)
        self.house.daemon.core.log = log

    async def _hold(self, task_status: trio.TaskStatus[House]) -> None:
        store, seed = self.disk, self.seed * 1000 + self._starts
        try:
            async with open_house(config(invites=self.invites), seed=seed, store=store) as house:
                task_status.started(house)
                await self._end.wait()
        except Exception:  # noqa: BLE001 - whatever ends the daemon is a finding
            self.complain("the daemon died", traceback.format_exc())
        self._ended.set()

    def _note(self, _: Any, method: str, event: Any) -> Any:
        if method == "exception":
            self.complain("a session failed", traceback.format_exc())
        raise structlog.DropEvent

    async def stop(self, *, drains: bool) -> None:
        """End the daemon: orderly, or torn away in the middle of whatever it does."""
        if drains:
            await self.house.daemon.drain()
            await self.house.rest()
        for device in self.devices.values():
            device.valve.open_valve()
        self._end.set()
        await self._ended.wait()
        for device in self.devices.values():
            device.ended = True
        self.disk.inner._usable = True

    async def restart(self, drains: bool) -> None:
        await self.stop(drains=drains)
        self.settle()
        self.devices.clear()
        for (room, user), standing in self._standings():
            standing.read = self.durable.get((room, user), 0)
        await self.start()

    def _standings(self) -> list[tuple[tuple[RoomId, str], Any]]:
        return [
            ((room_id, user), each) for room_id, room in self.book.rooms.items() for user, each in room.people.items()
        ]

    async def operate(self, order: Order) -> None:
        """Let an operator say something to the server, while nothing else happens."""
        self.book.step += 1
        for ask in self.open_asks(object):
            ask.alone = False
        operator, self.ordered = await self.house.operator(), order
        reply = await operator.ask(order)
        if not isinstance(reply, Done | Committed):
            self.complain("an operator was refused", order, reply)
        await operator.stream.aclose()
        await self.house.rest()
        self.settle()
        if self.ordered is not None:
            raise Violation(f"D1 acked, and not stored: {order}")

    # -- devices ---------------------------------------------------------------------------------------------------

    async def connect(self, user: str, name: str) -> None:
        """Open a session; an older one of the same device ends."""
        older = self.devices.get((user, name))
        near, far = memory_stream_pair()
        valve = Valve(far)
        device = Device(user, name, near, valve, self.disk.truth, self.disk.erased, self.complain)
        self.book.of_self(user)
        self.house.serve(valve)
        self.house.nursery.start_soon(device.read)
        await device.send(Hello(version=1, scheme="dev", credential=user, device=name, heartbeat_s=25))
        await self.house.rest()
        self.devices[user, name] = device
        if older is not None:
            older.valve.open_valve()
            await self.house.rest()
            if not older.ended:
                self.complain("a replaced session lives", user, name)
            self._digest(older)
        self.settle()

    async def hang_up(self, device: Device) -> None:
        await device.near.aclose()
        device.valve.open_valve()
        await self.house.rest()
        self.settle()

    async def shut(self, device: Device) -> None:
        device.valve.close_valve()

    async def open(self, device: Device) -> None:
        device.valve.open_valve()
        await self.house.rest()
        self.settle()

    async def wait(self, seconds: float) -> None:
        await self.house.sleep(seconds)
        self.settle()

    # -- steps -----------------------------------------------------------------------------------------------------

    async def send(self, wanted: Sequence[tuple[Device, Any]]) -> None:
        """Send commands without waiting for any answer."""
        self.book.step, self.book.now = self.book.step + 1, self.clock()
        for ask in self.open_asks(object) if wanted else ():
            ask.alone, ask.excused = False, ask.excused or self.trouble
        for device, command in wanted:
            if device.ended:
                continue
            ask = Ask(device.user, command, alone=len(wanted) == 1, excused=self.trouble)
            if isinstance(command, MarkRead):
                self.marked.setdefault((command.room, device.user), []).append(command.seq)
                quiet.mark(self.book, ask)
            if not isinstance(command, pages.READS):
                ask.right = list(self.book.judge(device.user, command))
                if hasattr(command, "key"):
                    self._try(self.key_id(device.user, command), ask)
            try:
                await device.send(command, ask)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                device.ended = True

    def _try(self, key: KeyId, ask: Ask) -> None:
        """Note an attempt. Several commands that share a key may be told to come one after the other."""
        self.scopes[key[1:]] = key
        tried = self.tried.setdefault(key, [])
        tried.append(ask)
        if any(bare(each.command) != bare(ask.command) for each in tried):
            for each in tried:
                each.excused = True

    async def do(self, wanted: Sequence[tuple[Device, Any]], fault: str = "") -> None:
        """Send commands without waiting, let everything happen, and hold it against the model."""
        if fault:
            self.disk.fault, self.trouble = fault, True
        await self.send(wanted)
        await self.house.rest()
        self.settle()

    async def heal(self) -> None:
        """The disk has space again, and the daemon has seen it."""
        self.disk.fault = ""
        await self.house.sleep(3)
        self.settle()
        self.trouble, self.since = False, self.clock()
