"""One driver process: it plays its share of a plan's members over raw sockets and epoll, and tells what it saw."""

from __future__ import annotations

import gc
import select
import time
from collections import deque
from multiprocessing.connection import Connection
from typing import Any

from attrs import define, field

from benchmarks import crew
from benchmarks.frames import Order
from benchmarks.links import BUFFER_BYTES, NOT_NOW, Link, Notes, Sender, Watcher
from benchmarks.pacing import NS_PER_S, Pacer, Schedule, Window
from benchmarks.plan import Failed, Plan, Progress, Ready, Received, Result
from benchmarks.session import SetupFailed
from benchmarks.stamps import Keys, PostTemplate
from chatd.model import RoomKind
from chatd.wire.errors import ProtocolError

PING_EVERY_S = 100
"""Well within `session.HEARTBEAT_S`. One link in so many is pinged each second."""
QUIET_NS = 500_000_000
"""A drain is over when every post is answered and nothing has come for this long."""
_RETRY_NS = 1_000_000
"""How soon a post is tried again which no sender could take."""


@define(eq=False)
class Driver:
    """One process's connections and what they saw. Single-threaded; nothing here waits but `run`."""

    links: list[Link]
    notes: Notes
    pacer: Pacer
    poll: select.epoll
    """Made before the sockets, because select.select takes no descriptor over 1023."""
    pipe: Connection[Any, Any]
    _by_fd: dict[int, Link] = field(factory=dict[int, Link], init=False)
    _senders: deque[Sender] = field(factory=deque[Sender], init=False)
    _due: deque[int] = field(factory=deque[int], init=False)
    _buffer: bytearray = field(factory=lambda: bytearray(BUFFER_BYTES), init=False)
    _view: memoryview = field(init=False)
    _seconds: int = field(default=0, init=False)
    _closed: int = field(default=0, init=False)
    _heard_ns: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._view = memoryview(self._buffer)
        for link in self.links:
            link.sock.setblocking(False)
            self._by_fd[link.sock.fileno()] = link
            self.poll.register(link.sock.fileno(), select.EPOLLIN)
            if isinstance(link, Sender):
                self._senders.append(link)

    def run(self, start_ns: int, duration_s: float, drain_s_max: float) -> Result:
        """Send and receive for `duration_s` from `start_ns` on, then receive until it is quiet, within bounds."""
        time.sleep(max(0, start_ns - time.monotonic_ns()) / NS_PER_S)
        cpu_s = time.process_time()
        stop_ns = start_ns + int(duration_s * NS_PER_S)
        while (now_ns := time.monotonic_ns()) < stop_ns:
            self._turn(now_ns, start_ns, stop_ns)
        cpu = (time.process_time() - cpu_s) / duration_s
        # Due within the duration, though nobody came to send it.
        self._due.extend(self.pacer.take(stop_ns - 1))
        acked, delivered = self.notes.acked, self._delivered()
        self._drain(stop_ns + int(drain_s_max * NS_PER_S))
        return self._result(acked, delivered, cpu)

    def _turn(self, now_ns: int, start_ns: int, stop_ns: int) -> None:
        tick_ns = start_ns + (self._seconds + 1) * NS_PER_S
        if now_ns >= tick_ns:
            self._tick()
        self._send(now_ns)
        wake_ns = min(stop_ns, tick_ns)
        if self._due:
            wake_ns = min(wake_ns, now_ns + _RETRY_NS)
        due_ns = self.pacer.next_ns()
        self._receive(wake_ns if due_ns is None else min(wake_ns, due_ns), precisely=due_ns is not None)

    def _drain(self, end_ns: int) -> None:
        self._heard_ns = time.monotonic_ns()
        while (now_ns := time.monotonic_ns()) < end_ns:
            if not self._unanswered() and now_ns - self._heard_ns >= QUIET_NS:
                return
            self._receive(min(end_ns, now_ns + QUIET_NS), precisely=False)

    def _tick(self) -> None:
        self._seconds += 1
        self.pipe.send(Progress(self.notes.acked, self._delivered()))
        for link in self.links[self._seconds % PING_EVERY_S :: PING_EVERY_S]:
            link.ping()
            self._flush(link)

    def _send(self, now_ns: int) -> None:
        self.pacer.answered(self.notes.answered)
        self.notes.answered = 0
        self._due.extend(self.pacer.take(now_ns))
        posting: dict[int, Sender] = {}
        passed = 0
        # Round and round, so that all have their turn, until every sender in a row had to pass.
        while self._due and passed < len(self._senders):
            sender = self._senders[0]
            self._senders.rotate(-1)
            if sender.can_post(now_ns):
                sender.post(self._due.popleft(), now_ns)
                posting[sender.index] = sender
                passed = 0
            else:
                passed += 1
        for sender in posting.values():
            self._flush(sender)

    def _receive(self, wake_ns: int, *, precisely: bool) -> None:
        wait_s = max(0, wake_ns - time.monotonic_ns()) / NS_PER_S
        if precisely:
            # epoll waits in whole milliseconds, select in microseconds.
            select.select([self.poll], [], [], wait_s)
            wait_s = 0
        for descriptor, event in self.poll.poll(wait_s):
            link = self._by_fd[descriptor]
            if event & select.EPOLLOUT:
                self._flush(link)
            if event & ~select.EPOLLOUT:
                self._hear(link)

    def _hear(self, link: Link) -> None:
        self._heard_ns = time.monotonic_ns()
        try:
            is_open = link.receive(self._buffer, self._view)
        except NOT_NOW:
            return
        except OSError:
            is_open = False
        if not is_open:
            self._close(link)

    def _flush(self, link: Link) -> None:
        try:
            link.flush()
        except OSError:
            self._close(link)
            return
        if link.waits_to_write != bool(link.waiting):
            link.waits_to_write = bool(link.waiting)
            self.poll.modify(link.sock.fileno(), select.EPOLLIN | (select.EPOLLOUT if link.waiting else 0))

    def _close(self, link: Link) -> None:
        """Forget a connection that the daemon has ended. What it misses shows as lost."""
        if link.sock.fileno() >= 0:
            self.poll.unregister(link.sock.fileno())
            link.sock.close()
            self._closed += 1
            if isinstance(link, Sender):
                self._senders.remove(link)

    def _delivered(self) -> int:
        return sum(link.tally.count for link in self.links)

    def _unanswered(self) -> int:
        return sum(len(link.flights) for link in self.links if isinstance(link, Sender))

    def _result(self, acked: int, delivered: int, cpu: float) -> Result:
        watchers = [link for link in self.links if isinstance(link, Watcher)]
        return Result(
            acked=acked,
            delivered=delivered,
            accepted=self.notes.accepted,
            received=[
                Received(link.room, link.tally.count, link.pushed_bytes, isinstance(link, Sender))
                for link in self.links
            ],
            ack_us=self.notes.ack_us,
            delivery_us=self.notes.delivery_us,
            out_of_order=sum(link.order.broken for link in watchers if link.order is not None),
            refused=self.notes.refused,
            unanswered=self._unanswered(),
            unsent=len(self._due) if isinstance(self.pacer, Schedule) else 0,
            paused=self.notes.paused,
            closed=self._closed,
            cpu=cpu,
        )


def _link(plan: Plan, seat: crew.Seat, notes: Notes, keys: Keys) -> Link:
    sock, room, member = seat.session.sock, seat.room, seat.member
    order = Order(seat.head) if plan.is_sampled(room, member) else None
    if member < plan.senders:
        return Sender(
            sock,
            room,
            notes,
            order,
            plan.sender_index(room, member),
            PostTemplate.build(plan.room_id(room), plan.size),
            keys,
            seat.session.greeting.limits.requests_in_flight_max,
        )
    return Link(sock, room) if order is None else Watcher(sock, room, notes, order)


def _pacer(plan: Plan, driver: int, start_ns: int) -> Pacer:
    if plan.rate is None:
        return Window(plan.window_of(driver))
    return Schedule(plan.rate_of(driver), start_ns)


def _in_step(pipe: Connection[Any, Any]) -> int:
    """Say that a phase is done and wait for the word. Returns when the run begins, in the last phase."""
    pipe.send(Ready())
    start_ns: int = pipe.recv()
    return start_ns


def _play(plan: Plan, driver: int, pipe: Connection[Any, Any]) -> Result:
    poll = select.epoll()
    seats = crew.connect(plan, driver)
    _in_step(pipe)
    crew.make_rooms(plan, seats)
    _in_step(pipe)
    crew.subscribe(plan, seats)
    if plan.kind is RoomKind.LIVE:
        _in_step(pipe)
        crew.hear_out(seats)
    notes = Notes()
    keys = Keys(driver.to_bytes(4, "big"))
    links = [_link(plan, seat, notes, keys) for seat in seats]
    # The collector would stop the driver now and then to look at objects that never go.
    gc.collect()
    gc.disable()
    start_ns = _in_step(pipe)
    return Driver(links, notes, _pacer(plan, driver, start_ns), poll, pipe).run(
        start_ns, plan.duration_s, plan.drain_s_max
    )


def drive(plan: Plan, driver: int, pipe: Connection[Any, Any]) -> None:
    """Play one driver of `plan` in this process and tell the parent by `pipe`: the words of `plan.Word`."""
    try:
        result: Result | Failed = _play(plan, driver, pipe)
    except (OSError, ProtocolError, SetupFailed) as error:
        result = Failed(f"{type(error).__name__}: {error}")
    pipe.send(result)
