"""Neighbours that nobody wants: a reader that stops reading, and clients that send as fast as their socket takes it.

Each runs in a process of its own, so that what it does costs the measuring driver no time but the machine's.
"""

from __future__ import annotations

import multiprocessing
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from multiprocessing.connection import Connection
from typing import Any

from attrs import define, field, frozen

from benchmarks.frames import REFUSED, Cutter, body_of, tag_of
from benchmarks.pacing import NS_PER_S
from benchmarks.session import Session
from benchmarks.stamps import Keys
from chatd.chain import KEY_BYTES, ROOM_BYTES, group_id, origin, short
from chatd.messages import AddMember, Committed, CreateGroup, History, Ping, Post, Subscribe
from chatd.model import RoomId
from chatd.wire import codec, content as contents

READY_S_MAX = 30.0
TEXT_BYTES = 100
BLOCK_FRAMES = 512
_READ_BYTES = 256 * 1024
_WAIT_S = 0.05
_PAGES_ASKED = 1000
_PAGE_ENTRIES = 100
_SMALL_BUFFER_BYTES = 4096
_ANY_KEY = bytes(range(0x41, 0x41 + KEY_BYTES))
_ANY_REQUEST = 0xFEDCBA98
_FIRST_REQUEST = 1 << 16
"""From here to 2^32 msgpack writes a request id in five bytes, so a frame encoded once fits every post."""


class Nuisance(StrEnum):
    STOPPED_READER = "stopped reader"
    """Listens to the shared room through a small buffer, asks for very much, reads nothing of it, and stays."""
    FLOOD_APART = "flood of posts, room apart"
    """Posts to a room in which it is alone."""
    FLOOD_SHARED = "flood of posts, shared room"
    """Posts to the shared room, whose other members listen."""
    PINGS = "flood of pings"
    REFUSED = "flood of refused commands"
    """Posts to rooms that it is no member of; each is looked up in the store, for no two are the same room."""


@frozen(kw_only=True)
class Told:
    """What one nuisance did, from the word to go on until the word to stop."""

    sent: int = 0
    """Commands that the kernel took."""
    answered: int = 0
    """Replies that were no refusal."""
    refused: dict[str, int] = field(factory=dict[str, int])
    """Refusals by code."""
    cpu: float = 0.0
    """CPU seconds a second."""
    seconds: float = 0.0
    closed: bool = False
    """Whether the daemon ended the connection."""


Fill = Callable[[int, int], bytes]
"""Takes the number of a command and the time in ns, and returns its frame."""


@define(eq=False)
class Flood:
    """One connection that sends frames without an end and reads whatever comes. `run` raises nothing but bugs."""

    sock: socket.socket
    fill: Fill
    _number: int = field(default=0, init=False)
    """Of the frames made."""
    _waiting: memoryview = field(default=memoryview(b""), init=False)
    _frame_bytes: int = field(default=0, init=False)
    _answered: int = field(default=0, init=False)
    _refused: Counter[str] = field(factory=Counter[str], init=False)
    _cutter: Cutter = field(factory=Cutter, init=False)
    _closed: bool = field(default=False, init=False)

    def run(self, is_over: Callable[[], bool]) -> Told:
        """Send and read until `is_over` or the daemon closes. All frames have one length."""
        began, cpu_s = time.monotonic(), time.process_time()
        self.sock.setblocking(False)
        while not (self._closed or is_over()):
            readable, writable, _ = select.select([self.sock], [self.sock], [], _WAIT_S)
            try:
                if writable:
                    self._send()
                if readable:
                    self._read()
            except BlockingIOError:
                continue
            except OSError:
                self._closed = True
        seconds = time.monotonic() - began
        unsent = -(-len(self._waiting) // self._frame_bytes) if self._frame_bytes else 0
        return Told(
            sent=self._number - unsent,
            answered=self._answered,
            refused=dict(self._refused),
            cpu=(time.process_time() - cpu_s) / seconds,
            seconds=seconds,
            closed=self._closed,
        )

    def _send(self) -> None:
        if not self._waiting:
            now_ns = time.time_ns()
            frames = [self.fill(self._number + index, now_ns) for index in range(BLOCK_FRAMES)]
            self._number += len(frames)
            self._frame_bytes = len(frames[0])
            self._waiting = memoryview(b"".join(frames))
        self._waiting = self._waiting[self.sock.send(self._waiting) :]

    def _read(self) -> None:
        data = self.sock.recv(_READ_BYTES)
        self._closed = not data
        for payload in self._cutter.feed(data):
            if tag_of(payload) == REFUSED:
                self._refused[body_of(payload)["code"]] += 1
            else:
                self._answered += 1


def _post_filler(room_of: Callable[[int], RoomId]) -> Fill:
    """Return what makes posts without a stamp, each with a key and a request id of its own."""
    keys = Keys(b"flud")
    any_room = bytes(range(0x61, 0x61 + ROOM_BYTES))
    post = Post(room=any_room, key=_ANY_KEY, content=contents.text("x" * TEXT_BYTES))
    frame = codec.encode(post, _ANY_REQUEST)
    request = _ANY_REQUEST.to_bytes(4, "big")

    def fill(number: int, now_ns: int) -> bytes:
        filled = frame.replace(request, (_FIRST_REQUEST + number).to_bytes(4, "big"), 1)
        return filled.replace(_ANY_KEY, keys.make(now_ns), 1).replace(any_room, room_of(number), 1)

    return fill


def _ping(number: int, now_ns: int) -> bytes:
    return codec.encode(Ping(), _FIRST_REQUEST + number)


def _unknown_room(number: int) -> RoomId:
    return number.to_bytes(ROOM_BYTES, "big")


@frozen(kw_only=True)
class Order:
    """What a nuisance is told to be. `owner` owns the shared room and lets it in."""

    url: str
    kind: Nuisance
    user: str
    owner: str
    room: RoomId
    key: bytes
    """Of the command that lets it in."""


def let_in(order: Order) -> None:
    """Make the nuisance a member of the shared room. Raises SetupFailed, ProtocolError or OSError."""
    # On a device of its own: a session on the same one would end that of the measuring driver.
    owner = Session.begin(order.url, order.owner, device="door")
    owner.ask(AddMember(room=order.room, key=order.key, users=(order.user,)), Committed)
    owner.sock.close()


def flood_of(order: Order, session: Session) -> Flood:
    """Return a flood by `session`. Raises SetupFailed, ProtocolError or OSError if its room cannot be made."""
    if order.kind is Nuisance.PINGS:
        return Flood(session.sock, _ping)
    if order.kind is Nuisance.REFUSED:
        return Flood(session.sock, _post_filler(_unknown_room))
    room = order.room
    if order.kind is Nuisance.FLOOD_APART:
        session.ask(CreateGroup(key=order.key, title="apart"), Committed)
        room = group_id(order.user, order.key)
    return Flood(session.sock, _post_filler(lambda _: room))


def _stop_reading(order: Order, session: Session) -> int:
    """Listen, ask for many pages, and read none of them. Returns how many commands that were."""
    session.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
    cursor = (order.room, 0, short(origin(order.room)))
    asked = [codec.encode(Subscribe(epoch=session.greeting.epoch, rooms=cursor), _FIRST_REQUEST)]
    page = History(room=order.room, limit=_PAGE_ENTRIES)
    asked += [codec.encode(page, _FIRST_REQUEST + number) for number in range(1, _PAGES_ASKED)]
    session.sock.sendall(b"".join(asked))
    return len(asked)


def be(order: Order, pipe: Connection[Any, Any]) -> None:
    """Be that nuisance in this process: say that it is ready, begin when told, end at the next word, tell what it did.

    Raises SetupFailed, ProtocolError or OSError if the daemon does not let it begin.
    """
    session = Session.begin(order.url, order.user)
    flood = None if order.kind is Nuisance.STOPPED_READER else flood_of(order, session)
    pipe.send(None)
    start_ns: int = pipe.recv()
    time.sleep(max(0, start_ns - time.monotonic_ns()) / NS_PER_S)
    if flood is not None:
        pipe.send(flood.run(pipe.poll))
    else:
        began, asked = time.monotonic(), _stop_reading(order, session)
        pipe.recv()
        pipe.send(Told(sent=asked, seconds=time.monotonic() - began))
    session.sock.close()


class NuisanceFailed(RuntimeError):
    """A nuisance did not get as far as being one."""


@define(eq=False)
class Neighbour:
    """A nuisance as its parent sees it. Both methods raise NuisanceFailed."""

    _pipe: Connection[Any, Any]

    def await_ready(self) -> None:
        """Return when it could begin."""
        self._hear()

    def begin(self, start_ns: int) -> None:
        """Let it begin then."""
        self._pipe.send(start_ns)

    def end(self) -> Told:
        """Let it stop, and return what it did."""
        self._pipe.send(None)
        told: Told = self._hear()
        return told

    def _hear(self) -> Any:
        if not self._pipe.poll(READY_S_MAX):
            raise NuisanceFailed(f"a nuisance said nothing for {READY_S_MAX} s")
        try:
            return self._pipe.recv()
        except EOFError:
            raise NuisanceFailed("a nuisance ended; why stands above") from None


@contextmanager
def neighbour(order: Order) -> Generator[Neighbour, None, None]:
    """Run a nuisance, let into the shared room, in a process of its own. Whatever happens inside, it is gone after it.

    Raises SetupFailed, ProtocolError or OSError if it is not let in.
    """
    let_in(order)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=be, args=(order, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Neighbour(ours)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()
