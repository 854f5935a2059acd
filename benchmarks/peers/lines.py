"""One connection while the clock runs, for the driver in Python. `loop.c` does the same, and faster."""

from __future__ import annotations

import re
import socket

from attrs import define, field

from benchmarks.latency import Counts
from benchmarks.peers.mqtt import Acknowledger
from benchmarks.peers.speech import TOKEN_BYTES_MAX, Template
from benchmarks.stamps import MARK

BUFFER_BYTES = 256 * 1024
UNSENT_BYTES_MAX = 64 * 1024
"""A sender with more than this before it gets no more to say."""
STAMP = re.compile(re.escape(MARK) + rb"([0-9a-f]{16})([0-9a-f]{6})([0-9a-f]{8})")
_MARK_TAIL = len(MARK) - 1


@define(eq=False)
class Line:
    """A connection that hears a room. It counts posts by their marker, and looks closer only if it has to."""

    sock: socket.socket
    room: int
    sender: int | None = None
    """Its number among all senders, if it is one."""
    looks: bool = False
    """Whether it reads stamps: senders and samples do."""
    template: Template | None = None
    acknowledger: Acknowledger | None = None
    first_sender: int = 0
    """The number of the room's first sender, of `slots`: what is read of others is no stamp of this room."""
    slots: int = 0
    count: int = field(default=0, init=False)
    """Posts heard."""
    size: int = field(default=0, init=False)
    """Bytes heard."""
    sent: int = field(default=0, init=False)
    answered: int = field(default=0, init=False)
    complaints: int = field(default=0, init=False)
    broken: int = field(default=0, init=False)
    """How often a post did not come later than its sender's last one."""
    is_open: bool = field(default=True, init=False)
    unsent: bytes = field(default=b"", init=False)
    waits_to_write: bool = field(default=False, init=False)
    _tail: bytes = field(default=b"", init=False)
    _last: dict[int, int] = field(factory=dict[int, int], init=False)
    _batch: list[bytes] = field(factory=list[bytes], init=False)

    def place(self, buffer: bytearray) -> int:
        """Put what may be the beginning of a token at the start of `buffer`. Receive after it: returns where."""
        buffer[: len(self._tail)] = self._tail
        return len(self._tail)

    def add(self, buffer: bytearray, start: int, end: int) -> None:
        """Count what was received into `buffer[start:end]`, where `start` came from `place`."""
        self.size += end - start
        self.count += buffer.count(MARK, max(0, start - _MARK_TAIL), end)
        kept = TOKEN_BYTES_MAX - 1 if self.looks else _MARK_TAIL
        self._tail = bytes(buffer[max(0, end - kept) : end])
        if self.acknowledger is not None:
            self.unsent += self.acknowledger.feed(bytes(buffer[start:end]))

    def look(self, buffer: bytearray, start: int, end: int, now_ns: int, latencies: Counts) -> int:
        """Read the stamps that are whole since `start`. Returns how many of them are of this sender's own posts."""
        own = 0
        for found in STAMP.finditer(buffer, max(0, start - TOKEN_BYTES_MAX + 1), end):
            sender, number = int(found[2], 16), int(found[3], 16)
            micros = (now_ns - int(found[1], 16)) // 1000
            latencies[micros] = latencies.get(micros, 0) + 1
            if self.first_sender <= sender < self.first_sender + self.slots:
                self.broken += number <= self._last.get(sender, -1)
                self._last[sender] = number
            own += sender == self.sender
        return own

    def post(self, due_ns: int, now_ns: int) -> None:
        """Put the next post into the batch that `take_batch` hands on. Does nothing on a line that is no sender."""
        if self.template is not None and self.sender is not None:
            self._batch.append(self.template.fill(self.sender, self.sent, due_ns, now_ns))
            self.sent += 1

    def flush(self) -> None:
        """Send as much as the kernel takes and keep the rest. Raises OSError when the connection is broken."""
        if self._batch:
            self.unsent += b"".join(self._batch)
            self._batch.clear()
        try:
            self.unsent = self.unsent[self.sock.send(self.unsent) :]
        except BlockingIOError:
            return


def news(buffer: bytearray, token: bytes, start: int, end: int) -> int:
    """Return how many `token`s are whole since `start`."""
    return buffer.count(token, max(0, start - len(token) + 1), end)
