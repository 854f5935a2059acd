"""The stateful test: what users, devices, time and the disk may do, in any order that hypothesis can think of."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from chatd.chain import origin, self_id, short
from chatd.messages import (
    AddMember,
    Ban,
    CreateGroup,
    Delete,
    Edit,
    History,
    Join,
    Leave,
    MarkRead,
    Members,
    OpenDirect,
    Pin,
    Post,
    React,
    RemoveMember,
    Rooms,
    SetRole,
    SetTitle,
    Subscribe,
    Typing,
    Unban,
)
from chatd.model import Role, RoomId
from chatd.wire import content
from tests.model.device import Device
from tests.model.world import World
from tests.still_loop import StillLoop

USERS = ("ana", "bo", "cy")
DEVICES = ("phone", "laptop")
BIG = 30_000
NOWHERE = b"no room has this"
KINDS = (
    *("post",) * 4,
    *("retry", "delete", "edit", "react") * 2,
    "pin",
    *("subscribe",) * 3,
    *("add", "remove", "join", "leave", "create") * 2,
    *("open", "title", "role", "ban", "unban", "read", "typing", "history", "members", "rooms", "retry_other"),
)

small = st.integers(0, 11)
Spec = tuple[int, str, int, int, int]
"""A device, a kind of command, a room, a user, and a number: which ones exist is seen when the step is made."""
specs = st.tuples(small, st.sampled_from(KINDS), small, st.integers(0, 2), small)
users = st.sampled_from(USERS)
managed = st.sampled_from(("role", "title", "leave", "post", "ban", "unban"))
names = st.sampled_from(DEVICES)


class Machine(RuleBasedStateMachine):
    """Rules hold every answer against the model as they go: see `World.settle`."""

    invites: ClassVar[bool] = False
    traces: ClassVar[list[str] | None] = None
    """Where the hash of all that was stored and received goes when a run ends."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = StillLoop()
        self.world: World | None = None

    @property
    def there(self) -> World:
        if self.world is None:
            raise RuntimeError("the world begins with the first rule")
        return self.world

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed: int) -> None:
        """Three users at their phones, and a group of two of them."""
        self.world = World(nursery=self.loop.nursery, seed=seed, invites=self.invites)
        self.loop(self.there.start)
        for user in USERS:
            self.loop(self.there.connect, user, "phone")
            self._follow(self.there.devices[user, "phone"])
        ana = self.there.devices["ana", "phone"]
        self.loop(self.there.do, [(ana, CreateGroup(key=self.there.key(), title="one", members=("bo",)))])

    def _follow(self, device: Device) -> None:
        epoch, room = self.there.disk.epoch, self_id(device.user)
        self.loop(self.there.do, [(device, Subscribe(epoch=epoch, rooms=(room, 0, short(origin(room)))))])

    # -- what a device may send ------------------------------------------------------------------------------------

    def _device(self, index: int) -> Device | None:
        devices = list(self.there.devices.values())
        return devices[index % len(devices)] if devices else None

    def _room(self, index: int, user: str) -> RoomId:
        rooms = [room for room in self.there.book.rooms if self.there.book.rooms[room].kind != "self"]
        rooms += [*rooms, self_id(user), NOWHERE]
        return rooms[index % len(rooms)]

    def _owned(self, index: int) -> tuple[RoomId, list[Device]]:
        """Return a group and the devices of its owners."""
        groups = [(room_id, room) for room_id, room in self.there.book.rooms.items() if room.kind == "group"]
        room_id, room = groups[index % len(groups)]
        return room_id, [device for device in self.there.devices.values() if device.user in room.owners()]

    def _step(self, spec: Spec) -> list[tuple[Device, Any]]:
        at, kind, room_index, other, number = spec
        device = self._device(at)
        if device is None:
            return []
        command = self._command(device, kind, self._room(room_index, device.user), USERS[other], number)
        return [] if command is None else [(device, command)]

    def _command(self, device: Device, kind: str, room: RoomId, other: str, number: int) -> Any:
        match kind:
            case "subscribe":
                return self._subscribe(device, room, number)
            case "read":
                return MarkRead(room=room, seq=number)
            case "typing":
                return Typing(room=room)
            case "history":
                side = ("before", "after", "around", "limit")[number % 4]
                return History(room=room, **{"limit": 1 + number % 4, side: 1 + number // 2})
            case "members":
                return Members(room=room, after=other if number % 2 else None, limit=1 + number % 3)
            case "rooms":
                return Rooms(limit=1 + number % 3)
            case "retry" | "retry_other":
                return self._again(device, other=kind == "retry_other", number=number)
            case _:
                return self._keyed(kind, room, other, number)

    def _keyed(self, kind: str, room: RoomId, other: str, number: int) -> Any:
        key = self.there.key()
        match kind:
            case "post":
                return Post(room=room, key=key, content=content.text("x" * (BIG if number == 11 else 1 + number)))
            case "edit" | "delete" | "react" | "pin":
                return self._act(kind, room, key, number)
            case "create":
                return CreateGroup(key=key, title=f"t{number}", members=USERS[: number % 4])
            case "open":
                return OpenDirect(key=key, user=other)
            case "add":
                return AddMember(room=room, key=key, users=USERS[number % 3 :] if number > 8 else (other,))
            case "join" | "leave":
                return (Join if kind == "join" else Leave)(room=room, key=key)
            case "remove" | "ban" | "unban":
                return {"remove": RemoveMember, "ban": Ban, "unban": Unban}[kind](room=room, key=key, user=other)
            case "title":
                return SetTitle(room=room, key=key, title=f"t{number}")
            case _:
                return SetRole(room=room, key=key, user=other, role=list(Role)[number % len(Role)])

    def _act(self, kind: str, room: RoomId, key: bytes, number: int) -> Any:
        match kind:
            case "edit":
                return Edit(room=room, key=key, seq=self._seq(room, number), content=content.text("y" * (1 + number)))
            case "delete":
                return Delete(room=room, key=key, seq=self._seq(room, number))
            case "react":
                emoji, on = "xyz"[number % 2], number % 3 > 0
                return React(room=room, key=key, seq=self._seq(room, number // 2), emoji=emoji, on=on)
            case _:
                return Pin(room=room, key=key, seq=self._seq(room, number // 2), on=number % 2 > 0)

    def _seq(self, room: RoomId, number: int) -> int:
        """One of the newest entries on disk, and none that is only about to be there; now and then none at all."""
        head = len(self.there.disk.truth.get(room, ()))
        return max(1, head - number) if number < 11 else 99_999

    def _subscribe(self, device: Device, room: RoomId, number: int) -> Subscribe:
        """From the device's cursor mostly; else from the start, from anywhere, from beyond the head, or another's."""
        entries = self.there.disk.truth.get(room, [])
        cursor = {0: 0, 1: number, 2: len(entries)}.get(number % 4, device.at.get(room, 0))
        h8 = short(origin(room)) if not cursor else b"anothers"
        if 0 < cursor <= len(entries) and number != 9:
            h8 = device.h8(room, cursor)
        latest = 2 if number == 4 else None
        return Subscribe(epoch=self.there.disk.epoch, rooms=(room, cursor, h8), latest=latest)

    def _again(self, device: Device, *, other: bool, number: int) -> Any:
        """A command sent before by this user, on any device: the same, or another with its key."""
        mine = [asks[-1].command for key, asks in self.there.tried.items() if key[1] == device.user]
        if not mine:
            return None
        command = mine[-1 - number % min(len(mine), 8)]
        retried = evolve(command, retry=number % 3 > 0)
        if isinstance(retried, Post) and other:
            return evolve(retried, content=content.text("other"))
        return evolve(retried, title="other") if isinstance(retried, SetTitle | CreateGroup) and other else retried

    # -- rules -----------------------------------------------------------------------------------------------------

    @rule(spec=specs)
    def one(self, spec: Spec) -> None:
        self.loop(self.there.do, self._step(spec))

    @rule(group=small, other=users, kind=managed, number=small)
    def manage(self, group: int, other: str, kind: str, number: int) -> None:
        """An owner does to a group what owners may."""
        room_id, owners = self._owned(group)
        for device in owners[:1]:
            self.loop(self.there.do, [(device, self._keyed(kind, room_id, other, number))])

    @rule(at=small, repeats=st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=4))
    def send_again(self, at: int, repeats: list[tuple[int, bool]]) -> None:
        """A device repeats what its user sent on it or on another, or takes one of those keys for something else."""
        if device := self._device(at):
            again = [self._again(device, other=other, number=number) for number, other in repeats]
            self.loop(self.there.do, [(device, each) for each in again if each is not None])

    @rule(burst=st.lists(specs, min_size=2, max_size=8))
    def many_at_once(self, burst: list[Spec]) -> None:
        self.loop(self.there.do, [each for spec in burst for each in self._step(spec)])

    @rule(group=small, other=users, count=st.integers(0, 3), at_once=st.booleans())
    def go_and_come_back(self, group: int, other: str, count: int, at_once: bool) -> None:
        """An owner removes a member, the room goes on, and the member is added again and looks what there is."""
        room_id, owners = self._owned(group)
        if owners:
            posts = [self._keyed("post", room_id, other, number) for number in range(count)]
            kept = [self._keyed(kind, room_id, other, 0) for kind in ("remove", "add", "join")]
            theirs = [each for each in self.there.devices.values() if each.user == other][:1]
            steps: list[tuple[Device, Any]] = [(owners[0], each) for each in (kept[0], *posts, kept[1])]
            steps += [(each, kept[2]) for each in theirs]
            steps += [(each, History(room=room_id, limit=4)) for each in theirs]
            steps += [(each, self._subscribe(each, room_id, count)) for each in theirs]
            for step in [steps] if at_once else [[each] for each in steps]:
                self.loop(self.there.do, step)

    @rule(user=users, name=names, follow=st.booleans())
    def connect(self, user: str, name: str, follow: bool) -> None:
        self.loop(self.there.connect, user, name)
        if follow:
            self._follow(self.there.devices[user, name])

    @rule(at=small)
    def hang_up(self, at: int) -> None:
        if device := self._device(at):
            self.loop(self.there.hang_up, device)

    @rule(at=small, number=small, count=st.sampled_from((1, 8)))
    def read_slowly(self, at: int, number: int, count: int) -> None:
        """A device stops reading while others post much to a room of its own; it may or may not go on."""
        device = self._device(at)
        rooms = [room for room in device.attached if room != self_id(device.user)] if device else []
        if device and rooms:
            room = rooms[number % len(rooms)]
            here = self.there.book.rooms[room].here()
            posters = [each for each in self.there.devices.values() if each is not device and each.user in here]
            self.loop(self.there.shut, device)
            self.loop(self.there.do, [(each, self._keyed("post", room, "", 11)) for each in posters[:1] * count])

    @rule(at=small)
    def read_again(self, at: int) -> None:
        if device := self._device(at):
            self.loop(self.there.open, device)

    @rule(seconds=st.sampled_from((1, 2, 3, 35, 60)))
    def time_passes(self, seconds: float) -> None:
        self.loop(self.there.wait, seconds)

    @rule(burst=st.lists(specs, max_size=5), drains=st.booleans())
    def restart(self, burst: list[Spec], drains: bool) -> None:
        """The daemon ends in the middle of a burst, and another one goes on with the same store."""
        self.loop(self.there.send, [each for spec in burst for each in self._step(spec)])
        self.loop(self.there.restart, drains)

    @rule(burst=st.lists(specs, min_size=1, max_size=6), fault=st.sampled_from(("lost", "kept")), after=specs)
    def disk_full(self, burst: list[Spec], fault: str, after: Spec) -> None:
        """A commit fails, stored or not; then there is space again."""
        self.loop(self.there.do, [each for spec in burst for each in self._step(spec)], fault)
        self.loop(self.there.do, self._step(after))
        self.loop(self.there.heal)

    def teardown(self) -> None:
        try:
            if self.world is not None:
                self.loop(partial(self.world.stop, drains=False))
                if self.traces is not None:
                    self.traces.append(self.world.trace.hexdigest())
        finally:
            self.loop.close()


class InvitingMachine(Machine):
    """The same where who is added is asked first."""

    invites = True
