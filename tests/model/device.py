"""One device of a user, and what it may rightly receive: invariants O2, O6, O7, O9 and A1 over one session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio
from attrs import Factory, define, evolve, field

from chatd.chain import short
from chatd.messages import Closing, Entered, FromClient, Gap, Paused, ServerLevel, Subscribed, Welcome
from chatd.model import Entry, RoomId
from chatd.wire import codec
from chatd.wire.connection import ClientConnection, Received
from tests.model.nouns import Room

Complain = Callable[..., None]


@define(eq=False)
class Valve(trio.abc.Stream):
    """The daemon's end of a connection, whose peer may stop reading."""

    inner: trio.abc.Stream
    opened: trio.Event | None = None
    was_shut: bool = False
    """Whether it ever was: then what passes may have waited, or may have been left out."""

    @property
    def shut(self) -> bool:
        return self.opened is not None

    def close_valve(self) -> None:
        if self.opened is None:
            self.opened, self.was_shut = trio.Event(), True

    def open_valve(self) -> None:
        if self.opened is not None:
            self.opened.set()
            self.opened = None

    async def send_all(self, data: Any) -> None:
        while self.opened is not None:
            await self.opened.wait()
        await self.inner.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self.inner.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self.inner.aclose()


@define(eq=False)
class Ask:
    """A request under way."""

    user: str
    command: Any
    right: list[Any] = Factory(list)
    """The answers that were right at some moment since it was sent."""
    alone: bool = False
    """Whether nothing else happens meanwhile, so that the answer is exact."""
    excused: bool = False
    """Whether the disk was full meanwhile, so that the answer may be to come again."""


@define(eq=False)
class Device:
    """A connection, and for each room how far the stream of it has come."""

    user: str
    name: str
    near: trio.abc.Stream
    valve: Valve
    truth: dict[RoomId, list[Entry]]
    erased: dict[tuple[RoomId, int], None]
    complain: Complain
    wire: ClientConnection = field(factory=ClientConnection)
    arrived: list[Received] = Factory(list)
    asks: dict[int, Ask] = Factory(dict)
    ended: bool = False
    welcome: Welcome | None = None
    level: int = 0
    """The emergency level of the server, as it was told last."""
    at: dict[RoomId, int] = Factory(dict)
    due: dict[RoomId, int] = Factory(dict)
    attached: dict[RoomId, bool] = Factory(dict)
    followed: bool = False
    """Whether the self room was listened to when the last step ended."""
    renewed: dict[RoomId, bool] = Factory(dict)
    """The rooms that it subscribed to in this step: what the reply says of them counts."""
    unsure: dict[RoomId, bool] = Factory(dict)
    """The rooms of which nobody knows whether they are listened to: several things happened to that at once."""
    _gap: dict[RoomId, tuple[int, int]] = Factory(dict)
    _last: int = 0

    async def read(self) -> None:
        try:
            while data := await self.near.receive_some(1 << 20):
                self.wire.receive_data(bytes(data))
                if not self._take():
                    break
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        self.ended = True

    def _take(self) -> bool:
        """Take every message that has come whole; return False after the last one."""
        while isinstance(event := self.wire.next_event(), Received):
            self._durable(event.message)
            self.arrived.append(event)
            if isinstance(event.message, Closing):
                return False
        return True

    async def send(self, message: FromClient, ask: Ask | None = None) -> None:
        self._last += 1
        if ask is not None:
            self.asks[self._last] = ask
        await self.near.send_all(self.wire.send(message, self._last))

    def _durable(self, message: Any) -> None:
        """What is shown is on disk at that moment (promise 1, D5), and is what the disk holds (O2)."""
        if type(message).__name__ == "Committed" or isinstance(message, Entered):
            entries = self.truth.get(message.room, [])
            if not 1 <= message.seq <= len(entries):
                self.complain("D5 shown before it is on disk", message)
            elif isinstance(message, Entered) and not self._is_entry(message, entries[message.seq - 1]):
                self.complain("O2 another entry than the store's", message)
            elif message.time != entries[message.seq - 1].time:
                self.complain("E2 another time than the store's", message)

    def _is_entry(self, message: Entered, entry: Entry) -> bool:
        """Whether it is the entry, or its stub where its body is gone from the disk; until that is told it may be
        either."""
        if message.body is not None:
            return message == codec.entered(entry)
        is_gone = (entry.room, entry.seq) in self.erased
        return is_gone and message == codec.entered(evolve(entry, body=None, salt=None))

    # -- the stream of each room -----------------------------------------------------------------------------------

    def hear(self, message: Any, rooms: dict[RoomId, Room]) -> None:
        match message:
            case Entered():
                self._entry(message, rooms[message.room])
            case Gap():
                self._hear_gap(message, rooms[message.room])
            case Paused():
                self.at.clear()
                self.due.clear()
                self.attached.clear()
                self._gap.clear()
            case ServerLevel():
                self.level = message.level
            case Closing() if message.code not in (1000, 1001, 1002, 1003, 1505):
                self.complain("closed without a reason", message)
            case _:
                pass

    def subscribed(self, reply: Subscribed, cursors: dict[RoomId, int]) -> None:
        """From here on the stream of each covered room goes on from its cursor."""
        for sync in reply.rooms:
            self.renewed[sync.room] = True
            self.unsure.pop(sync.room, None)
            self._gap.pop(sync.room, None)
            if sync.status != "ok":
                self.attached.pop(sync.room, None)
                self.at.pop(sync.room, None)
                self.due.pop(sync.room, None)
                continue
            self.at[sync.room] = cursors[sync.room]
            self.due[sync.room] = sync.end if sync.end >= sync.start else 0
            if sync.attached:
                self.attached[sync.room] = True
            else:
                self.attached.pop(sync.room, None)

    def _entry(self, message: Entered, room: Room) -> None:
        seq, at = message.seq, self.at.get(message.room)
        stays = room.stays.get(self.user, [])
        if not room.could_see(self.user, seq):
            self.complain("A1 an entry that is not theirs", self.user, message)
        pending = self._gap.pop(message.room, None)
        if at is None or seq != at + 1 or pending:
            starts = [index for index, each in enumerate(stays) if each.begins == seq]
            before = (
                stays[starts[-1] - 1].last if starts and starts[-1] else 0
            )  # a stay of no entries begins there, too
            hidden = (before + 1, seq - 1) if before + 1 < seq else None
            if not starts or (at != seq - 1 and pending != hidden):
                self.complain("O7 a silent hole", self.user, self.name, f"{at} then {seq}", message, pending)
            self.attached[message.room] = True
        elif message.room not in self.attached and seq > self.due.get(message.room, 0):
            if message.room not in self.unsure and not any(each.begins == seq for each in stays):
                self.complain("O7 live without being attached", self.user, self.name, message)
            self.attached[message.room] = True
        self.at[message.room] = seq
        if seq > self.due.get(message.room, 0) and any(each.last == seq for each in stays):
            self.attached.pop(message.room, None)

    def _hear_gap(self, message: Gap, room: Room) -> None:
        if message.start > message.end or (
            message.hash and message.hash != self.truth[message.room][message.end - 1].hash
        ):
            self.complain("O7 a wrong gap", message)
        floors = [each.first for each in room.stays.get(self.user, [])]
        if message.reason == "not_visible" and message.end + 1 not in floors:
            self.complain("O7 a gap over what is visible", self.user, message, floors)
        if message.reason == "expired" and message.end > room.gone:
            self.complain("O7 a gap over what is kept", self.user, message, room.gone)
        if self.at.get(message.room) == message.start - 1:
            self.at[message.room] = message.end
        else:
            self._gap[message.room] = (message.start, message.end)

    def moved(self, room_id: RoomId, room: Room, *, left: bool, listens: bool) -> None:
        """The user has left a room that has no entry of it, or has come into it, or both.

        `listens` says that the device listened to the user's self room all the time.
        """
        may_hear = room_id in self.renewed or self.valve.shut  # what came before they left may still be on its way
        if left and self.attached.pop(room_id, False) and may_hear:
            self.unsure[room_id] = True
        if self.user not in room.here():
            self._gap.pop(room_id, None)
        elif listens and room_id not in self.renewed:
            self._came(room_id, room)
        elif room_id not in self.attached:
            self.unsure[room_id] = True

    def _came(self, room_id: RoomId, room: Room) -> None:
        """The device was told what it is not sent, and hears what comes next."""
        before, stay = [0, *[each.last for each in room.stays[self.user]]][-2], room.stays[self.user][-1]
        told = self._gap.pop(room_id, None)
        if self.at.get(room_id, 0) < stay.begins - 1:
            hidden = (before + 1, stay.begins - 1) if before + 1 < stay.begins else None
            if told != hidden:
                self.complain("O7 who came was not told what they are not sent", self.user, self.name, told, hidden)
            self.at[room_id] = stay.begins - 1
        self.attached[room_id] = True

    def at_rest(self, level: int) -> None:
        """Nothing is under way: whoever listens has everything, every request is answered, and the emergency `level`
        of the server is known."""
        if self.ended or self.valve.shut:
            return
        if self.welcome is not None and self.level != level and not self.valve.was_shut:
            self.complain("10.7 was not told the level", self.user, self.name, self.level, level)
        for room in self.attached:
            if self.at.get(room) != len(self.truth.get(room, [])):
                self.complain("O7 the end is missing", self.user, self.name, room.hex(), self.at.get(room))
        for room, end in self.due.items():
            if self.at.get(room, 0) < end:
                self.complain("O7 promised by subscribe, and missing", self.user, self.name, room.hex(), end)
        if self.asks and self.welcome is not None:
            self.complain("L1 no answer", self.user, self.name, list(self.asks.values()))

    def h8(self, room: RoomId, seq: int) -> bytes:
        return short(self.truth[room][seq - 1].hash)
