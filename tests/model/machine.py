"""The stateful test: what users, devices, time and the disk may do, in any order that hypothesis can think of."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from chatd.chain import self_id
from chatd.messages import CreateGroup, History, Rooms
from chatd.model import RoomId, RoomKind
from tests.model.commands import ACTS, KINDS, USERS, Commands, Spec
from tests.model.device import Device
from tests.model.rights import LED
from tests.model.world import World
from tests.still_loop import StillLoop

DEVICES = ("phone", "laptop")

small = st.integers(0, 11)


def _drawn(number: int, kinds: Sequence[str]) -> Spec:
    """Return what a number stands for. Drawn one by one, the parts of a step are much alike from step to step."""
    chance = random.Random(number)
    at, room, other, much = [chance.randrange(most) for most in (12, 12, len(USERS), 12)]
    return at, chance.choice(kinds), room, other, much


def some_talk(number: int) -> list[Spec]:
    """Return a few steps of people who talk."""
    chance = random.Random(number)
    return [_drawn(chance.randrange(2**20), TALK) for _ in range(chance.randint(2, 6))]


def orders(number: int, kinds: Sequence[str], most: int) -> list[Spec]:
    """Return up to `most` steps of these kinds."""
    chance = random.Random(number)
    return [_drawn(chance.randrange(2**20), kinds) for _ in range(chance.randint(1, most))]


TALK = ("call", "fade", "poll", "forward", "answer", *ACTS, "vote", *ACTS)
seeds = st.integers(0, 2**20)
specs = seeds.map(partial(_drawn, kinds=KINDS))
users = st.sampled_from(USERS)
managed = st.sampled_from(("role", "title", "leave", "post", "poll", "call", "fade", "settings", "end", "ban", "unban"))
names = st.sampled_from(DEVICES)


class Machine(RuleBasedStateMachine):
    """Rules hold every answer against the model as they go: see `World.settle`."""

    invites: ClassVar[bool] = False
    kind: ClassVar[RoomKind] = RoomKind.GROUP
    """Of the first room."""
    traces: ClassVar[list[str] | None] = None
    """Where the hash of all that was stored and received goes when a run ends."""

    met: ClassVar[Counter[str] | None] = None
    """Where what was counted goes when a run ends."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = StillLoop()
        self.world: World | None = None
        self.commands: Commands

    @property
    def there(self) -> World:
        if self.world is None:
            raise RuntimeError("the world begins with the first rule")
        return self.world

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        """Three users at their phones, and a room of two of them."""
        self.world = World(nursery=self.loop.nursery, seed=seed, invites=self.invites)
        self.commands = Commands(self.world)
        self.loop(self.there.start)
        for user in USERS:
            self.loop(self.there.connect, user, "phone")
            self._follow(self.there.devices[user, "phone"])
        ana = self.there.devices["ana", "phone"]
        first = CreateGroup(key=self.there.key(), title="one", members=("bo",), kind=self.kind)
        self.loop(self.there.do, [(ana, first)])

    def _follow(self, device: Device) -> None:
        self.loop(self.there.do, [(device, self.commands.follow(device))])

    def owned(self, index: int) -> tuple[RoomId, list[Device]]:
        """Return a room that somebody leads and the devices of its owners."""
        led = [(room_id, room) for room_id, room in self.there.book.rooms.items() if room.kind in LED]
        room_id, room = led[index % len(led)]
        return room_id, [device for device in self.there.devices.values() if device.user in room.owners()]

    # -- rules -----------------------------------------------------------------------------------------------------

    @rule(spec=specs)
    def one(self, spec: Spec) -> None:
        self.loop(self.there.do, self.commands.step(spec))

    @rule(group=small, other=users, kind=managed, number=small)
    def manage(self, group: int, other: str, kind: str, number: int) -> None:
        """An owner does to a room what owners may."""
        room_id, owners = self.owned(group)
        for device in owners[:1]:
            self.keyed(device, kind, room_id, other, number)

    @rule(at=small, repeats=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=4))
    def send_again(self, at: int, repeats: list[tuple[int, bool]]) -> None:
        """A device repeats what its user sent on it or on another, or takes one of those keys for something else."""
        if device := self.commands.device(at):
            again = [self.commands.again(device, other=other, number=number) for number, other in repeats]
            self.loop(self.there.do, [(device, each) for each in again if each is not None])

    @rule(burst=st.lists(specs, min_size=2, max_size=8))
    def many_at_once(self, burst: list[Spec]) -> None:
        self.loop(self.there.do, [each for spec in burst for each in self.commands.step(spec)])

    @rule(group=small, other=users, count=st.integers(0, 3), at_once=st.booleans())
    def go_and_come_back(self, group: int, other: str, count: int, at_once: bool) -> None:
        """An owner removes a member, the room goes on, and the member is added again and looks what there is."""
        room_id, owners = self.owned(group)
        if owners:
            posts = [self.commands.keyed("post", room_id, other, number) for number in range(count)]
            kept = [self.commands.keyed(kind, room_id, other, 0) for kind in ("remove", "add", "join")]
            theirs = [each for each in self.there.devices.values() if each.user == other][:1]
            steps: list[tuple[Device, Any]] = [(owners[0], each) for each in (kept[0], *posts, kept[1])]
            steps += [(each, kept[2]) for each in theirs]
            steps += [(each, History(room=room_id, limit=4)) for each in theirs]
            steps += [(each, self.commands.subscribe(each, room_id, count)) for each in theirs]
            for step in [steps] if at_once else [[each] for each in steps]:
                self.loop(self.there.do, step)

    @rule(told=seeds.map(some_talk))
    def talk(self, told: list[Spec]) -> None:
        """People say something in rooms in which they are, or do something to what was said; now and then all look."""
        for at, kind, index, other, number in told:
            if device := self.commands.device(at):
                rooms = [each for each in self.there.book.rooms.items() if each[1].kind != "self"]
                theirs = [room_id for room_id, room in rooms if device.user in room.here()]
                for room_id in theirs[index % len(theirs) :][:1] if theirs else ():
                    self.keyed(device, kind, room_id, USERS[other], number)
                    if index % 4 == 0:
                        self._look(room_id)

    def keyed(self, device: Device, kind: str, room_id: RoomId, other: str, number: int) -> None:
        command = self.commands.keyed(kind, room_id, other, number)
        self.loop(self.there.do, [] if command is None else [(device, command)])

    def _look(self, room_id: RoomId) -> None:
        for device in list({each.user: each for each in self.there.devices.values()}.values()):
            for ask in (Rooms(limit=2), History(room=room_id, limit=4)):
                self.loop(self.there.do, [(device, ask)])

    @rule(at=small, index=small, count=st.integers(0, 2), leave=st.booleans(), at_once=st.booleans())
    def come_and_go(self, at: int, index: int, count: int, leave: bool, at_once: bool) -> None:
        """Somebody comes into a room that is open, or leaves it, or both, while it goes on."""
        device = self.commands.device(at)
        rooms = [room_id for room_id, room in self.there.book.rooms.items() if room.kind == "broadcast"]
        if device and rooms:
            room_id = rooms[index % len(rooms)]
            owners = self.there.book.rooms[room_id].owners()
            posters = [each for each in self.there.devices.values() if each.user in owners][:1] * count
            kinds = ("leave", "join") if leave else ("join", "leave")[: 1 + index % 2]
            steps = [(each, self.commands.keyed("call", room_id, device.user, 4 * index)) for each in posters]
            for kind in kinds:
                steps.insert(index % (len(steps) + 1), (device, self.commands.keyed(kind, room_id, "", 0)))
            for step in [steps] if at_once else [[each] for each in steps]:
                self.loop(self.there.do, step)
            self._look(room_id)

    @rule(user=users, name=names, follow=st.booleans())
    def connect(self, user: str, name: str, follow: bool) -> None:
        self.loop(self.there.connect, user, name)
        if follow:
            self._follow(self.there.devices[user, name])

    @rule(at=small)
    def hang_up(self, at: int) -> None:
        if device := self.commands.device(at):
            self.loop(self.there.hang_up, device)

    @rule(at=small, number=small, count=st.sampled_from((1, 8)))
    def read_slowly(self, at: int, number: int, count: int) -> None:
        """A device stops reading while others post much to a room of its own; it may or may not go on."""
        device = self.commands.device(at)
        rooms = [room for room in device.attached if room != self_id(device.user)] if device else []
        if device and rooms:
            room = rooms[number % len(rooms)]
            here = self.there.book.rooms[room].here()
            posters = [each for each in self.there.devices.values() if each is not device and each.user in here]
            self.loop(self.there.shut, device)
            self.loop(
                self.there.do, [(each, self.commands.keyed("post", room, "", 11)) for each in posters[:1] * count]
            )

    @rule(at=small)
    def read_again(self, at: int) -> None:
        if device := self.commands.device(at):
            self.loop(self.there.open, device)

    @rule(seconds=st.sampled_from((1, 2, 3, 35, 60)))
    def time_passes(self, seconds: float) -> None:
        self.loop(self.there.wait, seconds)

    @rule(burst=st.lists(specs, max_size=5), drains=st.booleans())
    def restart(self, burst: list[Spec], drains: bool) -> None:
        """The daemon ends in the middle of a burst, and another one goes on with the same store."""
        self.loop(self.there.send, [each for spec in burst for each in self.commands.step(spec)])
        self.loop(self.there.restart, drains)

    @rule(burst=st.lists(specs, min_size=1, max_size=6), fault=st.sampled_from(("lost", "kept")), after=specs)
    def disk_full(self, burst: list[Spec], fault: str, after: Spec) -> None:
        """A commit fails, stored or not; then there is space again."""
        self.loop(self.there.do, [each for spec in burst for each in self.commands.step(spec)], fault)
        self.loop(self.there.do, self.commands.step(after))
        self.loop(self.there.heal)

    def teardown(self) -> None:
        try:
            if self.world is not None:
                self.loop(partial(self.world.stop, drains=False))
                if self.met is not None:
                    self.met.update(self.world.met)
                if self.traces is not None:
                    self.traces.append(self.world.trace.hexdigest())
        finally:
            self.loop.close()
