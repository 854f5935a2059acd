"""One connection while the clock runs: non-blocking, counted by marker, decoded only where the plan says so."""

from __future__ import annotations

import socket
import ssl
import time

from attrs import define, field

from benchmarks.frames import COMMITTED, ENTERED, PAUSED, REFUSED, Cutter, Order, body_of, request_of, tag_of
from benchmarks.latency import Counts
from benchmarks.stamps import Keys, PostTemplate, Stamp, Tally
from chatd.messages import Done, Ping
from chatd.wire import codec

BUFFER_BYTES = 256 * 1024
FIRST_REQUEST = 1 << 16
"""From here on msgpack writes a request id in five bytes, so a frame encoded once fits every post."""
PING = codec.encode(Ping(), 1)
PONG_BYTES = len(codec.encode(Done(), 1))
NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a socket raises that has nothing to give or takes nothing now. The last two are OSErrors of TLS alone."""
_NS_PER_MS = 1_000_000


def add_latency(counts: Counts, since_ns: int, now_ns: int) -> None:
    micros = (now_ns - since_ns) // 1000
    counts[micros] = counts.get(micros, 0) + 1


@define(eq=False)
class Link:
    """A receiver that only counts."""

    sock: socket.socket
    room: int
    tally: Tally = field(factory=Tally, init=False)
    pings: int = field(default=0, init=False)
    waiting: bytes = field(default=b"", init=False)
    """What the kernel did not take yet."""
    waits_to_write: bool = field(default=False, init=False)
    """Whether the driver is told when the kernel takes more."""

    def receive(self, buffer: bytearray, view: memoryview) -> bool:
        """Take what the socket has: with TLS, one record. Returns False once the daemon has closed it.

        Raises one of `NOT_NOW` when nothing has come, and another OSError when the connection is broken.
        """
        start = self.tally.place(buffer)
        size = self.sock.recv_into(view[start:])
        self.tally.add(buffer, start, start + size)
        self.look(view[start : start + size])
        return size > 0

    def look(self, data: memoryview) -> None:
        """A link that only counts looks no further."""

    def flush(self) -> None:
        """Send as much as the kernel takes and keep the rest. Raises OSError when the connection is broken."""
        if not self.waiting:
            return
        try:
            sent = self.sock.send(self.waiting)
        except NOT_NOW:
            return
        self.waiting = self.waiting[sent:]

    def ping(self) -> None:
        """Show the daemon, with the next `flush`, that this end lives."""
        self.pings += 1
        self.waiting += PING

    @property
    def pushed_bytes(self) -> int:
        """Bytes received but for the answers to pings: equal for all who only listen to one room."""
        return self.tally.size - self.pings * PONG_BYTES


@define(eq=False)
class Notes:
    """What the decoding links of one driver have seen."""

    acked: int = 0
    accepted: dict[int, int] = field(factory=dict[int, int])
    ack_us: Counts = field(factory=Counts)
    delivery_us: Counts = field(factory=Counts)
    refused: dict[str, int] = field(factory=dict[str, int])
    answered: int = 0
    """Final replies since the driver last looked."""
    paused: int = 0


@define(eq=False)
class Watcher(Link):
    """A link that cuts frames: to follow the order of its room, or because it sends."""

    notes: Notes
    order: Order | None
    """None of one that sends but is not sampled."""
    _cutter: Cutter = field(factory=Cutter, init=False)

    def look(self, data: memoryview) -> None:
        now_ns = time.monotonic_ns()
        for payload in self._cutter.feed(bytes(data)):
            self._see(tag_of(payload), payload, now_ns)

    def _see(self, tag: int, payload: bytes, now_ns: int) -> None:
        if tag == ENTERED:
            self._delivered(payload, now_ns)
        elif tag == PAUSED:
            self.notes.paused += 1

    def _delivered(self, payload: bytes, now_ns: int) -> None:
        stamp = self.order.see(body_of(payload)) if self.order is not None else None
        if stamp is not None:
            add_latency(self.notes.delivery_us, stamp.due_ns, now_ns)


@define(eq=False)
class Sender(Watcher):
    """A link that posts. A refused post is not sent again: it counts as refused and is expected nowhere."""

    index: int
    template: PostTemplate
    keys: Keys
    in_flight_max: int
    flights: dict[int, int] = field(factory=dict[int, int], init=False)
    """When each unanswered post was meant to be sent, by request id."""
    _number: int = field(default=0, init=False)
    _not_before_ns: int = field(default=0, init=False)
    _batch: list[bytes] = field(factory=list[bytes], init=False)

    def can_post(self, now_ns: int) -> bool:
        return len(self.flights) < self.in_flight_max and now_ns >= self._not_before_ns and not self.waiting

    def post(self, due_ns: int, now_ns: int) -> None:
        """Put one post into the batch that `flush` sends."""
        request = FIRST_REQUEST + self._number
        stamp = Stamp(due_ns, self.index, self._number)
        self._batch.append(self.template.fill(request, self.keys.make(now_ns), stamp))
        self.flights[request] = due_ns
        self._number += 1

    def flush(self) -> None:
        """Send what waits and then the batch, in one call. Raises as `Link.flush`."""
        self.waiting += b"".join(self._batch)
        self._batch.clear()
        Link.flush(self)

    def _see(self, tag: int, payload: bytes, now_ns: int) -> None:
        if tag == COMMITTED:
            self._acked(request_of(payload), now_ns)
        elif tag == REFUSED:
            self._refused(request_of(payload), payload, now_ns)
        else:
            Watcher._see(self, tag, payload, now_ns)

    def _acked(self, request: int, now_ns: int) -> None:
        due_ns = self.flights.pop(request, None)
        if due_ns is not None:
            add_latency(self.notes.ack_us, due_ns, now_ns)
            self.notes.acked += 1
            self.notes.answered += 1
            self.notes.accepted[self.room] = self.notes.accepted.get(self.room, 0) + 1

    def _refused(self, request: int, payload: bytes, now_ns: int) -> None:
        if self.flights.pop(request, None) is not None:
            body = body_of(payload)
            self.notes.answered += 1
            self.notes.refused[body["code"]] = self.notes.refused.get(body["code"], 0) + 1
            self._not_before_ns = now_ns + (body.get("after_ms") or 0) * _NS_PER_MS
