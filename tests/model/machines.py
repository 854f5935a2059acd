"""The stateful tests of one part each: the machine, with what that part knows besides."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from chatd.chain import direct_id
from chatd.messages import Block, Contacts, CreateGroup, MarkRead, OpenDirect, Typing
from chatd.model import ContactList, RoomKind
from tests.model import operating
from tests.model.commands import USERS, Spec
from tests.model.device import Device
from tests.model.machine import Machine, orders as some_orders, seeds, small, some_talk
from tests.model.orders import STRICT
from tests.model.rights import LED

SIFT = ("tempt", "tempt", "tempt", "review", "review", "sift", "queue", "title")
OFTEN = 0.75
stern = seeds.map(partial(some_orders, kinds=STRICT, most=3))
sieves = seeds.map(partial(some_orders, kinds=SIFT, most=7))


class InvitingMachine(Machine):
    """The same where who is added is asked first."""

    invites = True


class StrictMachine(Machine):
    """The same, with those who lead a room taking permissions, and saying how fast and since when one speaks there, in
    which emergency, and who may ask to be let in."""

    @initialize(seed=st.integers(0, 2**16), orders=stern)
    def begin(self, seed: int, orders: Sequence[Spec] = ()) -> None:
        super().begin(seed)
        self._order(orders, 0)

    @rule(told=seeds.map(some_talk), orders=stern, group=small, seconds=st.sampled_from((0, 1, 2, 60)))
    def talk(self, told: list[Spec], orders: Sequence[Spec] = (), group: int = 0, seconds: float = 0) -> None:
        self._order(orders, group)
        self.loop(self.there.wait, seconds)
        super().talk(told)

    def _order(self, orders: Sequence[Spec], group: int) -> None:
        room_id, owners = self.owned(group)
        for _, kind, _, other, number in orders:
            outside = [each for each in self.there.devices.values() if each.user == USERS[other]]
            for device in (outside if kind == "ask" else owners)[:1]:
                self.keyed(device, kind, room_id, USERS[other], number)


class ReviewMachine(Machine):
    """The same, with filters that hold what is said, and with reviews, in a room or in that of a stream."""

    @initialize(seed=st.integers(0, 2**16), kind=st.sampled_from((RoomKind.GROUP, RoomKind.LIVE)))
    def begin(self, seed: int, kind: RoomKind = RoomKind.GROUP) -> None:
        super().begin(seed)
        ana = self.there.devices["ana", "phone"]
        made = CreateGroup(key=self.there.key(), title="sifted", members=("bo", "cy"), kind=kind)
        self.loop(self.there.do, [(ana, made)])
        for group in range(2):
            room_id, owners = self.owned(group)
            self.keyed(owners[0], "sift", room_id, "bo", 0)

    @rule(told=seeds.map(some_talk), orders=sieves, group=small, at_once=st.booleans())
    def talk(self, told: list[Spec], orders: Sequence[Spec] = (), group: int = 0, at_once: bool = False) -> None:
        """People say what may be held, in a room of theirs, and those who lead it look at what waits there."""
        room_id, owners = self.owned(group)
        room, steps = self.there.book.rooms[room_id], []
        for at, kind, _, other, number in orders:
            devices = [each for each in self.there.devices.values() if each.user in room.here()]
            chosen = devices if kind in ("tempt", "queue") else owners
            if chosen:
                steps.append((chosen[at % len(chosen)], self.commands.keyed(kind, room_id, USERS[other], number)))
        for step in [steps] if at_once else [[each] for each in steps]:
            self.loop(self.there.do, step)
        super().talk(told)


class FansMachine(Machine):
    """The same, with a creator and who follows them."""

    kind = RoomKind.BROADCAST


class StreamMachine(Machine):
    """The same, with the room of a stream."""

    kind = RoomKind.LIVE


class OperatedMachine(StrictMachine):
    """The same, with operators who say what holds for the whole server, and what the app says of its users, and with
    rooms in which only those speak of whom it says that."""

    @initialize(seed=st.integers(0, 2**16), orders=stern, told=seeds.map(some_talk), number=seeds)
    def begin(self, seed: int, orders: Sequence[Spec] = (), told: Sequence[Spec] = (), number: int = 0) -> None:
        super().begin(seed, orders)
        room_id, owners = self.owned(0)
        self.keyed(owners[0], "require", room_id, "bo", 0)
        self.operate([*told], number)

    @rule(told=seeds.map(some_talk), number=seeds)
    def operate(self, told: list[Spec], number: int) -> None:
        """Operators say something, people talk, and most often the emergency is over then."""
        chance = random.Random(number)
        room_id, owners = self.owned(chance.randrange(12))
        for owner in owners[: chance.randrange(2)]:
            self.keyed(owner, "require", room_id, "", chance.randrange(12))
        for user in chance.sample(USERS, chance.randrange(3)):
            self.loop(self.there.operate, operating.said(self.there.key(), user, chance.randrange(12)))
        self.loop(self.there.operate, operating.level(chance.randrange(12)))
        Machine.talk(self, told)
        if chance.randrange(8):
            self.loop(self.there.operate, operating.level(0))


class BlocksMachine(Machine):
    """The same, with users who do not want to hear of each other."""

    @initialize(seed=st.integers(0, 2**16), number=seeds)
    def begin(self, seed: int, number: int = 0) -> None:
        super().begin(seed)
        self._some_block(number)

    @rule(told=seeds.map(some_talk), number=seeds)
    def talk(self, told: list[Spec], number: int = 0) -> None:
        self._some_block(number)
        super().talk(told)

    def _some_block(self, number: int) -> None:
        """Somebody blocks somebody, or ends that, and both go on as they please."""
        chance = random.Random(number)
        who, other = chance.choice(USERS), chance.choice(USERS)
        on, number = chance.random() < OFTEN, chance.randrange(12)
        own, theirs = self._at(who), self._at(other)
        if own and theirs:
            self._block(own, theirs, number, on=on)

    def _block(self, own: Device, theirs: Device, number: int, *, on: bool) -> None:
        who, other = own.user, theirs.user
        block = Block(key=self.there.key(), user=other, on=on)
        again = evolve(block, key=self.there.key())
        lists = Contacts(which=ContactList.BLOCKS, limit=1 + number % 2)
        self._alone(own, block, evolve(block, retry=True), *[again] * (number % 2), lists)
        room = direct_id(who, other)
        self._alone(theirs, OpenDirect(key=self.there.key(), user=who))
        self.keyed(theirs, "post", room, "", number)
        head = self.there.book.rooms[room].head if room in self.there.book.rooms else 1
        self._alone(own, Typing(room=room), MarkRead(room=room, seq=head, private=number % 4 == 0))
        self._wants(theirs, who, number)
        self.loop(self.there.wait, 1 + number % 2)

    def _wants(self, device: Device, who: str, number: int) -> None:
        """Somebody wants another one in a group: in a new one, or back in one of their own."""
        rooms = self.there.book.rooms
        led = [each for each, room in rooms.items() if device.user in room.owners() and room.kind in LED]
        if number % 2 or not led:
            self._alone(device, CreateGroup(key=self.there.key(), title="w", members=(who,)))
        for kind in ("remove", "add") if led else ():
            self.keyed(device, kind, led[number % len(led)], who, 0)

    def _at(self, user: str) -> Device | None:
        return next((each for each in self.there.devices.values() if each.user == user), None)

    def _alone(self, device: Device, *commands: object) -> None:
        for command in commands:
            self.loop(self.there.do, [(device, command)])
