"""Who listens in on one connection, at the client's end, and writes down what was said: the history to be judged.

It decodes the bytes by itself and knows nothing of the client behind it, so that library and raw clients are judged
alike. What is shown must be on disk at that moment (promise 1, D5): the disk is asked here, because later is too late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import trio
from attrs import Factory, define, field

from chatd.codes import Verdict
from chatd.limits import CONTAINERS_FROM_SERVER, CONTAINERS_MAX, CONTENT_BYTES_MAX, FRAME_BYTES_MAX
from chatd.messages import (
    Command,
    Committed,
    CreateGroup,
    Done,
    Entered,
    Gap,
    Hello,
    HistoryPage,
    KeyedCommand,
    OpenDirect,
    Paused,
    Post,
    Refused,
    RoomSync,
    Subscribe,
    Subscribed,
    Unwatch,
    Unwatched,
    Watch,
)
from chatd.model import Entry, EntryKind, Key, RoomId, UserId
from chatd.wire import codec
from chatd.wire.framing import Framing
from tests.history.events import Ack, Begin, Event, History, Invoke, Nack, Postponed, Receive, Skip
from tests.model.book import room_of
from tests.sim.channels import is_channel
from tests.sim.held import Wait, named
from tests.sim.rolls import PRESENT_STATES, changes, roll_of

OnDisk = Callable[[RoomId, int], Entry | None]


@define(eq=False)
class Record:
    """What all taps of a run write to."""

    on_disk: OnDisk
    history: History = field(factory=History)
    trace: Any = field(factory=blake2b)
    """Hashes every byte that a client sent or received, with its time."""
    complaints: list[str] = Factory(list[str])
    commands: dict[tuple[UserId, Key], KeyedCommand] = Factory(dict[tuple[UserId, Key], KeyedCommand])
    """The last form in which each keyed command went out."""
    stands: dict[tuple[UserId, Key, RoomId], RoomId] = Factory(dict[tuple[UserId, Key, RoomId], RoomId])
    """Where the keys stand that are not in the room which their command names."""
    paged: dict[tuple[UserId, RoomId, int], None] = Factory(dict[tuple[UserId, RoomId, int], None])
    """What pages of history have shown to whom."""
    watched: dict[tuple[UserId, RoomId], None] = Factory(dict[tuple[UserId, RoomId], None])
    """Who was let watch which live room."""
    rooms: dict[RoomId, None] = Factory(dict[RoomId, None])
    """That were acknowledged as made, in this order."""
    frames: int = 0
    sent: set[type[Command]] = Factory(set[type[Command]])
    """The kinds of commands that went out."""
    _sessions: int = 0

    def complain(self, *what: object) -> None:
        self.complaints.append(" ".join(str(each) for each in what))

    def tap(self, client: str, account: UserId, device: str, *, keeps_order: bool) -> Tap:
        """Return the tap of a new connection. See `Invoke.session` for who keeps order over several."""
        self._sessions += 1
        return Tap(self, client, account, device, self._sessions, keeps_order)

    def add(self, event: Event) -> None:
        self.history.add(event)

    def named(self, waits: Sequence[Wait]) -> History:
        """Return the history, with each command named by the room in which its key stands: of one that a broadcast
        room has no entry of, that is the self room of who sent it, as the ack said; and so it is of a held post."""
        return named(self.history, self.stands, waits)

    def is_channel(self, room: RoomId) -> bool:
        """Return whether a room is a broadcast room."""
        return is_channel(self.on_disk(room, 1))

    def head(self, room: RoomId) -> int:
        """Return where a room ends on disk now."""
        seq = 0
        while self.on_disk(room, seq + 1) is not None:
            seq += 1
        return seq

    def left(self, room: RoomId, user: UserId, seq: int) -> int:
        """Return the last entry before `seq` that `user` could see; 0 for who never was in the room."""
        before = [entry for each in range(1, seq) if (entry := self.on_disk(room, each))]
        stays = roll_of(before).stays.get(user, [])
        return (stays[-1].last or 0) if stays else 0


@define(eq=False)
class Tap:
    record: Record
    client: str
    account: UserId
    device: str
    session: int
    keeps_order: bool
    asked: dict[int, Command] = Factory(dict[int, Command])
    """Requests without a reply yet."""
    _up: Framing = field(factory=Framing)
    _down: Framing = field(factory=Framing)
    _streams: dict[RoomId, int | None] = Factory(dict[RoomId, int | None])
    """The rooms whose stream has begun on this connection, and where it ends for now if the server said that."""
    _hidden: dict[RoomId, Gap] = Factory(dict[RoomId, Gap])
    """Gaps of rooms whose stream has not begun: a join must follow."""
    _left: dict[RoomId, None] = Factory(dict[RoomId, None])
    """The live rooms that are watched no more: what was on its way still comes, but no gap."""

    def _note(self, way: bytes, data: bytes) -> None:
        self.record.trace.update(b"%s %d %f " % (way, self.session, trio.current_time()))
        self.record.trace.update(data)

    def sent(self, data: bytes) -> None:
        """Take what the client sends."""
        self._note(b"up", data)
        self._up.feed(data)
        while (payload := self._up.take(FRAME_BYTES_MAX)) is not None:
            tag, request, body = codec.decode_payload(payload, CONTAINERS_MAX)
            message = codec.from_client(tag, body, CONTENT_BYTES_MAX)
            self.record.frames += 1
            if not isinstance(message, Hello):
                self.asked[request] = message
                self.record.sent.add(type(message))
            if isinstance(message, KeyedCommand):
                self._invoked(message)

    def _invoked(self, command: KeyedCommand) -> None:
        self.record.commands[self.account, command.key] = command
        self.record.add(
            Invoke(
                trio.current_time(),
                self.client,
                self.account,
                self.device,
                command.key,
                room_of(self.account, command),
                command.content if isinstance(command, Post) else None,
                0 if self.keeps_order else self.session,
            )
        )

    def came(self, data: bytes) -> None:
        """Take what the client receives."""
        self._note(b"down", data)
        self._down.feed(data)
        while (payload := self._down.take(FRAME_BYTES_MAX)) is not None:
            tag, request, body = codec.decode_payload(payload, CONTAINERS_FROM_SERVER)
            message = codec.from_server(tag, body)
            self.record.frames += 1
            if request:
                self._replied(self.asked.pop(request, None), message)
            elif isinstance(message, Entered):
                self._entered(message)
            elif isinstance(message, Gap):
                self._gap(message)
            elif isinstance(message, Paused):
                self._streams.clear()
                self._left.clear()
            elif isinstance(message, Unwatched):
                self._streams.pop(message.room, None)

    # -- replies ---------------------------------------------------------------------------------------------------

    def _replied(self, command: Command | None, reply: object) -> None:
        if isinstance(command, KeyedCommand):
            self._answered(command, reply)
        elif isinstance(command, Subscribe) and isinstance(reply, Subscribed):
            self._subscribed(command.rooms, reply.rooms)
        elif isinstance(command, Watch) and isinstance(reply, Subscribed):
            self.record.watched[self.account, command.room] = None
            self._subscribed((command.room, command.seq, command.h8), reply.rooms)
        elif isinstance(reply, HistoryPage):
            self.record.paged |= {(self.account, reply.room, entry.seq): None for entry in reply.entries}
        elif isinstance(command, Unwatch) and isinstance(reply, Done) and command.room in self._streams:
            self._left[command.room] = None
            self._streams[command.room] = self.record.head(command.room)

    def _answered(self, command: KeyedCommand, reply: object) -> None:
        name = (self.client, self.account, command.key, room_of(self.account, command))
        at = trio.current_time()
        if isinstance(reply, Committed):
            self._on_disk(reply.room, reply.seq, reply.time)
            self._told_held(reply)
            if reply.room != name[-1]:
                self.record.stands[self.account, command.key, name[-1]] = reply.room
            if isinstance(command, CreateGroup | OpenDirect):
                self.record.rooms[reply.room] = None
            if not (isinstance(command, OpenDirect) and reply.duplicate):
                self.record.add(Ack(at, *name, reply.seq, reply.time))
        elif isinstance(reply, Refused):
            kind = Postponed if reply.verdict == Verdict.AFTER_MS else Nack
            self.record.add(kind(at, *name, reply.code))
        else:
            self.record.complain("a reply of another kind", command, reply)

    def _on_disk(self, room: RoomId, seq: int, time: int) -> None:
        entry = self.record.on_disk(room, seq)
        if entry is None or entry.time != time:
            self.record.complain("D5 told before it is on disk", room.hex(), seq, time, entry)

    def _told_held(self, reply: Committed) -> None:
        """Whether it waits is told by every answer, the first and each later one."""
        entry = self.record.on_disk(reply.room, reply.seq)
        if entry is not None and (entry.kind is EntryKind.HELD) is not reply.held:
            self.record.complain("5.104 told otherwise than it is", reply, entry)

    def _subscribed(self, rooms: tuple[bytes | int, ...], syncs: Sequence[RoomSync]) -> None:
        cursors = dict(zip(rooms[::3], rooms[1::3], strict=True))
        for sync in syncs:
            seq = cursors[sync.room]
            if sync.status == "ok" and isinstance(seq, int):
                begin = Begin(trio.current_time(), self.client, self.session, self.account, sync.room, seq)
                self._begin(begin, None if sync.attached else max(seq, sync.end))

    def _begin(self, begin: Begin, ends: int | None = None) -> None:
        self._streams[begin.room] = ends
        for rooms in (self._hidden, self._left):
            rooms.pop(begin.room, None)
        self.record.add(begin)

    # -- streams ---------------------------------------------------------------------------------------------------

    def _goes_on(self, room: RoomId, seq: int) -> bool:
        """Return whether this entry belongs to a stream that has begun."""
        ends = self._streams.get(room, 0)
        return ends is None or seq <= ends

    def _gap(self, gap: Gap) -> None:
        if gap.room not in self._left and self._goes_on(gap.room, gap.start):
            self.record.add(self._skip(gap.room, gap.start, gap.end))
        else:
            self._hidden[gap.room] = gap

    def _skip(self, room: RoomId, first: int, last: int) -> Skip:
        return Skip(trio.current_time(), self.client, self.session, self.account, room, first, last)

    def _entered(self, message: Entered) -> None:
        self._on_disk(message.room, message.seq, message.time)
        if not self._goes_on(message.room, message.seq):
            self._begin_unasked(message)
        self.record.add(
            Receive(
                trio.current_time(),
                self.client,
                self.session,
                self.account,
                message.room,
                message.seq,
                message.key,
                message.sender,
                message.time,
                message.body if message.kind == "post" else None,
            )
        )

    def _begin_unasked(self, message: Entered) -> None:
        """A stream that nobody asked for begins with a join, after a gap that hides what came since one was there."""
        gap = self._hidden.pop(message.room, None)
        if self.record.is_channel(message.room):
            # No entry tells of the coming. That nothing is missing before this one, the library checks by its cursor.
            left = (gap.start if gap else message.seq) - 1
        else:
            left = self.record.left(message.room, self.account, message.seq)
            if not _joins(message, self.account):
                self.record.complain("O7 an entry of a room that is not listened to", self.client, message)
        self._begin(Begin(trio.current_time(), self.client, self.session, self.account, message.room, left))
        if gap is not None:
            self.record.add(self._skip(gap.room, gap.start, gap.end))


def _joins(message: Entered, user: UserId) -> bool:
    """Return whether an entry makes `user` present in its room."""
    if message.body is None:
        return False
    return any(each == user and state in PRESENT_STATES for each, state, _ in changes(message.kind, message.body))
