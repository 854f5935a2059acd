"""The driver's loop: send at a pace, hear everything, count. In Python; `helper.py` has the same in C."""

from __future__ import annotations

import select
import time
from collections import deque

from attrs import define, field, frozen

from benchmarks.latency import Counts
from benchmarks.pacing import NS_PER_S, Pacer
from benchmarks.peers.lines import BUFFER_BYTES, UNSENT_BYTES_MAX, Line, news

QUIET_NS = 1_000_000_000
"""A drain is over when every post is answered and nothing has come for this long."""
SILENCE_NS = 20_000_000_000
"""It is over, too, when nothing has come for this long: what is missing then is lost."""
RETRY_NS = 1_000_000
"""How soon a post is tried again that no sender could take."""


@frozen(kw_only=True)
class Told:
    """What one loop saw. What each line saw stands in the lines."""

    answered: int
    """Posts done within the duration."""
    delivered: int
    """Posts heard within the duration, by all lines together."""
    cpu: float
    """CPU seconds a second, within the duration."""
    latency_us: Counts = field(repr=False)
    is_unfinished: bool = False
    """Whether the time for the drain ended it."""


@define(eq=False)
class Loop:
    """Single-threaded; nothing here waits but `run`. `answer` and `complaint` are those of a Speech."""

    lines: list[Line]
    pacer: Pacer
    answer: bytes | None
    complaint: bytes | None
    poll: select.epoll
    """Made before the sockets, because select.select takes no descriptor over 1023."""
    latency_us: Counts = field(factory=Counts, init=False)
    _senders: deque[Line] = field(init=False)
    _by_fd: dict[int, Line] = field(init=False)
    _due: deque[int] = field(factory=deque[int], init=False)
    _buffer: bytearray = field(factory=lambda: bytearray(BUFFER_BYTES), init=False)
    _view: memoryview = field(init=False)
    _news: int = field(default=0, init=False)
    """Posts done since the pacer was told."""
    _heard_ns: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._view = memoryview(self._buffer)
        self._senders = deque(line for line in self.lines if line.sender is not None)
        self._by_fd = {line.sock.fileno(): line for line in self.lines}
        for descriptor in self._by_fd:
            self.poll.register(descriptor, select.EPOLLIN)

    def run(self, start_ns: int, duration_s: float, drain_s_max: float) -> Told:
        """Send and hear for `duration_s` from `start_ns` on, then hear what is still to come, within bounds."""
        time.sleep(max(0, start_ns - time.monotonic_ns()) / NS_PER_S)
        cpu_s = time.process_time()
        stop_ns = start_ns + int(duration_s * NS_PER_S)
        while (now_ns := time.monotonic_ns()) < stop_ns:
            self._send(now_ns)
            self._hear_until(self._wake_ns(now_ns, stop_ns), precisely=self.pacer.next_ns() is not None)
        answered = sum(line.answered for line in self._senders)
        delivered = sum(line.count for line in self.lines)
        cpu = (time.process_time() - cpu_s) / duration_s
        is_drained = self._drain(stop_ns + int(drain_s_max * NS_PER_S))
        return Told(
            answered=answered, delivered=delivered, cpu=cpu, latency_us=self.latency_us, is_unfinished=not is_drained
        )

    def _wake_ns(self, now_ns: int, stop_ns: int) -> int:
        due_ns = self.pacer.next_ns()
        wake_ns = stop_ns if due_ns is None else min(stop_ns, due_ns)
        return min(wake_ns, now_ns + RETRY_NS) if self._due else wake_ns

    def _send(self, now_ns: int) -> None:
        self.pacer.answered(self._news)
        self._news = 0
        self._due.extend(self.pacer.take(now_ns))
        posting: dict[int, Line] = {}
        passed = 0
        while self._due and passed < len(self._senders):
            line = self._senders[0]
            self._senders.rotate(-1)
            if line.is_open and len(line.unsent) < UNSENT_BYTES_MAX:
                line.post(self._due.popleft(), now_ns)
                posting[id(line)] = line
                passed = 0
            else:
                passed += 1
        for line in posting.values():
            self._flush(line)

    def _hear_until(self, wake_ns: int, *, precisely: bool) -> None:
        wait_s = max(0, wake_ns - time.monotonic_ns()) / NS_PER_S
        if precisely:
            # epoll waits in whole milliseconds, select in microseconds.
            select.select([self.poll], [], [], wait_s)
            wait_s = 0
        for descriptor, event in self.poll.poll(wait_s, len(self.lines)):
            line = self._by_fd[descriptor]
            if event & ~select.EPOLLOUT:
                self._hear(line)
            if line.is_open and (line.unsent or line.waits_to_write):
                self._flush(line)

    def _hear(self, line: Line) -> None:
        start = line.place(self._buffer)
        try:
            size = line.sock.recv_into(self._view[start:])
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self._close(line)
            return
        self._heard_ns = now_ns = time.monotonic_ns()
        line.add(self._buffer, start, start + size)
        if line.looks:
            self._look(line, start, start + size, now_ns)

    def _look(self, line: Line, start: int, end: int, now_ns: int) -> None:
        own = line.look(self._buffer, start, end, now_ns, self.latency_us)
        if line.sender is None:
            return
        if self.answer is not None:
            own = news(self._buffer, self.answer, start, end)
        refused = news(self._buffer, self.complaint, start, end) if self.complaint is not None else 0
        line.answered += own
        line.complaints += refused
        self._news += own + refused

    def _flush(self, line: Line) -> None:
        try:
            line.flush()
        except OSError:
            self._close(line)
            return
        if line.waits_to_write != bool(line.unsent):
            line.waits_to_write = bool(line.unsent)
            self.poll.modify(line.sock.fileno(), select.EPOLLIN | (select.EPOLLOUT if line.unsent else 0))

    def _close(self, line: Line) -> None:
        """Hear a connection no more that the server has ended. What it misses shows as lost."""
        if line.is_open:
            line.is_open = False
            self.poll.unregister(line.sock.fileno())

    def _is_awaited(self) -> bool:
        """Return whether an answer is still to come. A slow server may say nothing for long before it."""
        return any(line.is_open and line.answered + line.complaints < line.sent for line in self._senders)

    def _is_over(self, silent_ns: int) -> bool:
        return silent_ns >= QUIET_NS and (silent_ns >= SILENCE_NS or not self._is_awaited())

    def _drain(self, end_ns: int) -> bool:
        """Hear what is still to come. Returns False if that was not over by `end_ns`."""
        now_ns = self._heard_ns = time.monotonic_ns()
        while not self._is_over(now_ns - self._heard_ns):
            if now_ns >= end_ns:
                return False
            self._hear_until(min(end_ns, now_ns + QUIET_NS), precisely=False)
            now_ns = time.monotonic_ns()
        return True
