"""Connections that come, are somebody, listen, now and then post, and end in every way that connections end."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

from attrs import define, field

from benchmarks.memory.visit import QUIET_S_MAX
from benchmarks.peers.chatd_speech import ChatdSpeech
from benchmarks.peers.speech import Seat, Step
from benchmarks.peers.talk import Company, Talk, cut
from chatd.messages import CaughtUp, Greeting, Subscribe
from chatd.wire import codec

SIDE_BY_SIDE = 64
"""So many connections are open at a time; no two of them are of one user."""
ROOMS = 64
ROOM_MEMBERS = 8
_POST_EVERY = 16
"""One in so many connections that get as far posts and waits for its own post."""
_POST_BYTES = 100
_END_S_MAX = 10.0
_GREETED = bytes((0x93, Greeting.tag, 0))
_CAUGHT_UP = bytes((0x93, CaughtUp.tag, 0))
_TOO_LONG = b"\xff\xff\xff\xff"
"""The length of a frame that no protocol allows."""


def _bye(sock: socket.socket, post: bytes) -> None:
    """Say that nothing more comes, and hear the daemon out."""
    sock.shutdown(socket.SHUT_WR)
    _hear_out(sock)


def _close(sock: socket.socket, post: bytes) -> None:
    sock.close()


def _reset(sock: socket.socket, post: bytes) -> None:
    cut(sock)


def _half_a_frame(sock: socket.socket, post: bytes) -> None:
    sock.send(post[: len(post) // 2])
    sock.close()


def _half_a_frame_and_reset(sock: socket.socket, post: bytes) -> None:
    sock.send(post[: len(post) // 2])
    cut(sock)


def _in_flight(sock: socket.socket, post: bytes) -> None:
    """Leave before the ack of a post."""
    sock.send(post)
    cut(sock)


def _garbage(sock: socket.socket, post: bytes) -> None:
    """Be closed by the daemon for what was sent."""
    sock.send(_TOO_LONG)
    _hear_out(sock)


def _hear_out(sock: socket.socket) -> None:
    """Read to the end, which must come. Raises TimeoutError."""
    sock.settimeout(_END_S_MAX)
    with suppress(ConnectionResetError):
        while sock.recv(65536):
            pass
    sock.close()


Drop = Callable[[socket.socket, bytes], None]
SEATED: dict[str, Drop] = {
    "bye": _bye,
    "FIN": _close,
    "RST": _reset,
    "FIN within a frame": _half_a_frame,
    "RST within a frame": _half_a_frame_and_reset,
    "RST with a post in flight": _in_flight,
    "garbage": _garbage,
}
"""How connections end that are listening to their room."""
GREETED: dict[str, Drop] = {"FIN within the hello": _close, "RST within the hello": _reset}
"""How connections end that have sent half of their hello."""
REPLACED = "replaced by a newer one"
KINDS = (*SEATED, *GREETED, REPLACED)


@define(eq=False)
class Cycles:
    """Makes connections and ends them, the kinds in turn. `run` raises TalkFailed or OSError."""

    port: int
    speech: ChatdSpeech
    ended: dict[str, int] = field(factory=lambda: dict.fromkeys(KINDS, 0), init=False)
    _company: Company = field(factory=Company, init=False)
    _next: int = field(default=0, init=False)

    def run(self, count: int) -> None:
        """Go through `count` connections more, all of them gone from this end at the end."""
        left = count
        while left > 0:
            batch = range(self._next, self._next + min(SIDE_BY_SIDE, left))
            self._next += len(batch)
            left -= len(batch)
            self._play(batch)

    def _play(self, numbers: range) -> None:
        talks = {number: Talk(self.port, deque(self._steps(number))) for number in numbers}
        self._company.run(talks.values(), SIDE_BY_SIDE, QUIET_S_MAX)
        self._company.release(list(talks.values()))
        replaced = [number for number in numbers if _kind(number) == REPLACED]
        newer = [Talk(self.port, deque(self._steps(number))) for number in replaced]
        self._company.run(newer, SIDE_BY_SIDE, QUIET_S_MAX)
        self._company.release(newer)
        for number, talk in talks.items():
            self._end(number, talk.sock)
        for talk in newer:
            talk.sock.close()

    def _steps(self, number: int) -> Sequence[Step]:
        seat = _seat(number)
        hello = self.speech.enter(seat)[0]
        if _kind(number) in GREETED:
            return (Step(hello.send[: len(hello.send) // 2], _GREETED),)
        at = self.speech.cursors[seat.room]
        subscribe = Subscribe(epoch=self.speech.epoch, rooms=(at.room, at.seq, at.h8), latest=0)
        steps = [hello, Step(codec.encode(subscribe, 2), _CAUGHT_UP)]
        if number % _POST_EVERY == 0:
            post = self._post(number)
            # The room is busy: what tells that it is this one is its stamp.
            stamp_at = self.speech.post(seat, _POST_BYTES).stamp_at
            steps.append(Step(post, post[stamp_at : stamp_at + 38]))
        return steps

    def _post(self, number: int) -> bytes:
        now_ns = time.monotonic_ns()
        return self.speech.post(_seat(number), _POST_BYTES).fill(_seat(number).room, number, now_ns, now_ns)

    def _end(self, number: int, sock: socket.socket) -> None:
        kind = _kind(number)
        self.ended[kind] += 1
        if kind == REPLACED:
            _hear_out(sock)
        else:
            (SEATED | GREETED)[kind](sock, self._post(number))


def _kind(number: int) -> str:
    return KINDS[number % len(KINDS)]


def _seat(number: int) -> Seat:
    return Seat(number % ROOMS, number // ROOMS % ROOM_MEMBERS)
