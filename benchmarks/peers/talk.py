"""Many connections at once, each through its steps: how sessions are begun, rooms joined, and storms made."""

from __future__ import annotations

import errno
import math
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Iterable, Sequence

from attrs import define, field

from benchmarks.peers.mqtt import Acknowledger
from benchmarks.peers.speech import Step
from benchmarks.stamps import MARK

READ_BYTES = 65536
_TEXT_SHOWN = 300


class TalkFailed(RuntimeError):
    """A server did not answer as its protocol says. `str()` shows the last that it said."""


class OutOfPatience(RuntimeError):
    """A server was still at it when its time was over. `str()` shows what it had not done."""


@define(eq=False)
class Talk:
    """One connection on its way through steps. It counts what it hears, for nothing may come twice."""

    port: int
    steps: deque[Step]
    acknowledger: Acknowledger | None = None
    sock: socket.socket = field(factory=socket.socket, init=False)
    is_dialled: bool = field(default=False, init=False)
    heard: bytes = field(default=b"", init=False)
    """Since the current step began."""
    said: bytes = field(default=b"", init=False)
    """What the kernel did not take yet."""
    marks: int = field(default=0, init=False)
    _tail: bytes = field(default=b"", init=False)

    def dial(self) -> None:
        """Begin to connect to a port of this machine. Raises OSError."""
        self.is_dialled = True
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        problem = self.sock.connect_ex(("127.0.0.1", self.port))
        if problem not in (0, errno.EINPROGRESS):
            raise OSError(problem, "cannot connect")

    def begin(self) -> None:
        """Say what the first step says."""
        self.heard = b""
        self.said += self.steps[0].send

    def hear(self, data: bytes) -> None:
        """Take what came, and go on to the next step as often as one is over."""
        if self.acknowledger is not None:
            self.said += self.acknowledger.feed(data)
        looked_at = self._tail + data
        self.marks += looked_at.count(MARK)
        self._tail = looked_at[-(len(MARK) - 1) :]
        if self.steps:
            self.heard += data
            self._advance()

    def _advance(self) -> None:
        if self.heard.count(self.steps[0].until) >= self.steps[0].times:
            self.steps.popleft()
            if self.steps:
                self.begin()

    def flush(self) -> bool:
        """Send what the kernel takes. Returns whether that was all. Raises OSError."""
        if self.said:
            try:
                self.said = self.said[self.sock.send(self.said) :]
            except BlockingIOError:
                return False
        return not self.said


def cut(sock: socket.socket) -> None:
    """End a connection as a lost network would for the server: reset, with nothing said."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@define(eq=False)
class Company:
    """Talks that go on together. Everything blocks, within the stated times."""

    _poll: select.epoll = field(factory=select.epoll)
    _by_fd: dict[int, Talk] = field(factory=dict[int, Talk], init=False)
    _heard_s: float = field(default=0.0, init=False)
    """When something came last."""

    def run(self, talks: Iterable[Talk], at_once: int, quiet_s_max: float, seconds_max: float = math.inf) -> None:
        """Take each through its steps, `at_once` of them at a time. What comes to the others is heard, too.

        Raises TalkFailed if a server ends one of them, or says nothing at all for `quiet_s_max`, and OutOfPatience if
        some are still under way after `seconds_max`.
        """
        waiting, under_way = deque(talks), 0
        self._heard_s = time.monotonic()
        end_s = self._heard_s + seconds_max
        while waiting or under_way:
            while waiting and under_way < at_once:
                self._enter(waiting.popleft())
                under_way += 1
            now_s = time.monotonic()
            if now_s >= end_s:
                raise OutOfPatience(f"after {seconds_max:g} s, with {len(waiting)} more to come, {self._complaint()}")
            if now_s >= self._heard_s + quiet_s_max:
                raise TalkFailed(self._complaint())
            under_way -= self._turn(min(end_s, self._heard_s + quiet_s_max) - now_s)

    def settle(self, quiet_s: float, seconds_max: float) -> None:
        """Hear until nothing has come for `quiet_s`, or `seconds_max` have passed."""
        end = time.monotonic() + seconds_max
        while time.monotonic() < end:
            events = self._poll.poll(quiet_s, len(self._by_fd) or 1)
            if not events:
                return
            for descriptor, event in events:
                self._serve(self._by_fd[descriptor], event)

    def release(self, talks: Sequence[Talk]) -> None:
        """Listen to these no more. Their sockets stay open."""
        for talk in talks:
            self._poll.unregister(talk.sock.fileno())
            del self._by_fd[talk.sock.fileno()]

    def _enter(self, talk: Talk) -> None:
        if not talk.is_dialled:
            talk.dial()
        talk.begin()
        descriptor = talk.sock.fileno()
        flags = select.EPOLLIN | select.EPOLLOUT
        if descriptor in self._by_fd:
            self._poll.modify(descriptor, flags)
        else:
            self._poll.register(descriptor, flags)
        self._by_fd[descriptor] = talk

    def _turn(self, wait_s: float) -> int:
        ended = 0
        for descriptor, event in self._poll.poll(wait_s, 1024):
            talk = self._by_fd[descriptor]
            was_under_way = bool(talk.steps)
            self._serve(talk, event)
            ended += was_under_way and not talk.steps
        return ended

    def _serve(self, talk: Talk, event: int) -> None:
        if event & ~select.EPOLLOUT:
            data = talk.sock.recv(READ_BYTES)
            if not data:
                raise TalkFailed(f"a connection was closed; before: {talk.heard[-_TEXT_SHOWN:]!r}")
            self._heard_s = time.monotonic()
            talk.hear(data)
        flags = select.EPOLLIN if talk.flush() else select.EPOLLIN | select.EPOLLOUT
        self._poll.modify(talk.sock.fileno(), flags)

    def _complaint(self) -> str:
        stuck = [talk for talk in self._by_fd.values() if talk.steps]
        if not stuck:
            return "nothing is under way"
        first = stuck[0]
        step = first.steps[0]
        return f"{len(stuck)} wait for {step.until!r} x {step.times}; heard: {first.heard[-_TEXT_SHOWN:]!r}"
