"""One run: a daemon, phones, guests, and what a plan does to them; then rest, and what must be true at rest."""

from __future__ import annotations

import random
from collections import Counter

import trio
from attrs import Factory, define, field

from chatd_client.links import InviteLink
from tests.history.events import Crash, History, Restart
from tests.sim.deeds import DEEDS
from tests.sim.disk import Disk
from tests.sim.guests import Guests
from tests.sim.phone import Phone
from tests.sim.plan import DOWN_S, DURATION_S, STRANGER, USERS, Action, Plan
from tests.sim.server import Server, Wall, config
from tests.sim.tap import Record
from tests.sim.trouble import TROUBLE

REST_S_MAX = 150.0
"""Within this time after the last fault everything must have come to rest: twice the longest wait of a client that
was cut (30 s), and the time in which a dead connection is found out (a heartbeat of 25 s twice, and 10 s)."""
LOOK_S = 1.0
LOOKS_AT_THE_LATEST = 3
"""The phone that begins a room with its last entries, after a named gap."""
ACTIONS = DEEDS | TROUBLE


@define(eq=False)
class World:
    plan: Plan
    nursery: trio.Nursery
    chance: random.Random = field(init=False)
    disk: Disk = field(init=False)
    record: Record = field(init=False)
    server: Server = field(init=False)
    guests: Guests = field(init=False)
    phones: list[Phone] = Factory(list[Phone])
    told: History = Factory(History)
    wall: Wall = Factory(Wall)
    counts: Counter[str] = Factory(Counter[str])
    links: list[InviteLink] = Factory(list[InviteLink])
    """Into groups: whoever made one told everybody."""
    healed: bool = False
    posts: int = 0

    def __attrs_post_init__(self) -> None:
        self.chance = random.Random(f"world {self.plan.seed}")
        self.disk = Disk(self._own_chance())
        self.record = Record(self.disk.entry)
        self.server = Server(
            nursery=self.nursery,
            disk=self.disk,
            wall=self.wall,
            config=config(invites=self.plan.invites),
            chance=self._own_chance(),
            complain=self.record.complain,
        )
        self.guests = Guests(server=self.server, record=self.record, chance=self._own_chance())

    def _own_chance(self) -> random.Random:
        """Return a chance of its own for each part, so that one that draws more does not change the others' draws."""
        return random.Random(self.chance.random())

    # -- from the beginning to the end -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Do what is planned, heal everything, and wait for rest. What went wrong is in `record.complaints`."""
        await self.server.start()
        self.nursery.start_soon(self._keep_up)
        for number in range(self.plan.phones):
            self._add_phone(number)
        await self.phones[0].reads.wait()
        self.phones[0].do(lambda chat: chat.create_group("all", [*USERS[1:], STRANGER]))
        for action in self.plan.actions:
            await trio.sleep_until(action.at_s)
            self._perform(action)
            self._look()
        await trio.sleep_until(DURATION_S)
        await self._heal()
        await self._rest()

    def _add_phone(self, number: int) -> None:
        phone = Phone(
            number=number + 1,
            user=USERS[number % len(USERS)],
            device="phone" if number < len(USERS) else "laptop",
            keeps=number % 3 != 2,
            latest=3 if number == LOOKS_AT_THE_LATEST else None,
            server=self.server,
            record=self.record,
            told=self.told,
            chance=self._own_chance(),
        )
        self.phones.append(phone)
        self.nursery.start_soon(phone.live)

    async def _keep_up(self) -> None:
        """Start the daemon again when it has ended, as whoever operates it does."""
        while True:
            await trio.sleep(0.1)
            if self.server.is_gone:
                self.record.add(Crash(trio.current_time()))
                await trio.sleep(0.0 if self.healed else self.chance.choice(DOWN_S))
                await self.server.start()
                self.record.add(Restart(trio.current_time()))

    async def _heal(self) -> None:
        self.healed = True
        self.disk.heal()
        for phone in self.phones:
            phone.weather.clear()
            phone.nap_until_s = 0.0
            if phone.chat is None:
                self.nursery.start_soon(phone.live)
        await trio.sleep(LOOK_S)

    async def _rest(self) -> None:
        end_s = trio.current_time() + REST_S_MAX
        while (unsettled := [each for phone in self.phones if (each := phone.unsettled())]) or self.server.is_gone:
            if trio.current_time() > end_s:
                self.record.complain("L1 no rest:", "; ".join(unsettled))
                return
            await trio.sleep(LOOK_S)

    def _look(self) -> None:
        """What must hold at any moment (M1, M2)."""
        if (daemon := self.server.daemon) is None:
            return
        core = daemon.core
        most = core.config.outbox.bytes_max + core.config.journal.batch_bytes_max
        for session in core.sessions.connected.values():
            if session.outbox.queued_bytes > most:
                self.record.complain("M2 an outbox holds", session.outbox.queued_bytes, "bytes")
        if core.journal._entries_left < 0 or core.journal._bytes_left < 0:
            self.record.complain("M1 more credit was given than there is")

    def _perform(self, action: Action) -> None:
        self.counts[action.kind] += 1
        ACTIONS[action.kind](self, self.phones[action.who % len(self.phones)], action)
