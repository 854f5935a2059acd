"""The bytes that wait for one session. The only file that writes to a peer.

While nothing waits, a push to a plain socket is one system call and no task. Only what the kernel does not take is
queued, and then a writer task runs until all of it is gone. TLS and memory streams always go by that task.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from itertools import islice
from socket import socket

import trio
from attrs import define, field

from chatd.server.config import OutboxConfig

RESERVE_BYTES = 4 * 1024
"""What `push_reserved` may add to a full outbox: space for paused, going_away and closing."""
SIGNALS_MAX = 64
CHUNK_BYTES_MAX = 64 * 1024
"""Handed to a stream at once, and so the least progress that a stalled TLS peer must make."""
PARTS_MAX = 256
"""Well under IOV_MAX, 1024: more parts in one call would be refused whole."""

Part = bytes | memoryview
Spawn = Callable[[Callable[[], Awaitable[None]]], object]


def _send_nowait(plain: socket, parts: Sequence[Part]) -> int:
    """Return how many bytes the kernel took. Raises OSError when the connection is broken."""
    try:
        return plain.send(parts[0]) if len(parts) == 1 else plain.sendmsg(parts[:PARTS_MAX])
    except BlockingIOError:
        return 0


@define(eq=False)
class Outbox:
    """A queue of frames, bounded in bytes; they leave in the order of the pushes, or the connection is broken.

    `plain` is the non-blocking socket beneath `stream`, or None where bytes must go through the stream. `spawn`
    starts the writer task in the session's nursery; before that nursery ends, the session calls `abort`.
    `on_stalled` is called once, when something waited and the peer took nothing for `stall_s_max`. Once the
    connection is broken or the outbox aborted, every push is dropped in silence and counts as taken.
    """

    _stream: trio.abc.SendStream
    _spawn: Spawn
    _config: OutboxConfig
    _on_stalled: Callable[[], None]
    _plain: socket | None = field(default=None, alias="plain")
    queued_bytes: int = field(default=0, init=False)
    """What the kernel has not taken yet, signals excepted."""
    broken: bool = field(default=False, init=False)
    """Whether what was pushed could not be sent: the connection failed, stalled, or its writer was cancelled."""
    _open: bool = field(default=True, init=False)
    _writing: bool = field(default=False, init=False)
    """Whether a writer task runs. It runs exactly while something is queued or in flight."""
    _scope: trio.CancelScope | None = field(default=None, init=False)
    _queue: deque[Part] | None = field(default=None, init=False)
    _in_flight_bytes: int = field(default=0, init=False)
    """From the front of the queue, what the stream is sending."""
    _reserved_bytes: int = field(default=0, init=False)
    _signals: dict[Hashable, bytes] | None = field(default=None, init=False)
    _moved: trio.Event | None = field(default=None, init=False)

    def push(self, frames: bytes) -> bool:
        """Take a frame, or several joined. Never blocks, never raises.

        Returns False when more than `bytes_max` now waits. They are queued all the same; it is the caller who
        must stop pushing, and who tells the peer through `push_reserved`.
        """
        # Every delivery comes here: a peer that keeps up costs one system call, and no call of ours.
        plain, sent = self._plain, 0
        if plain is not None and not self._writing:
            try:
                sent = plain.send(frames)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._fail()
            if sent == len(frames):
                return True
        self._append(frames)
        if sent:
            self._advance(sent)
        return self.queued_bytes <= self._config.bytes_max or not self._open

    def push_reserved(self, frame: bytes) -> bool:
        """Take `frame` even when the outbox is full. Returns False, and drops it, when the reserve is used up."""
        if self._writing:
            self._reserved_bytes += len(frame)
            if self._reserved_bytes > RESERVE_BYTES:
                return False
        self.push(frame)
        return True

    def push_last(self, frame: bytes) -> None:
        """Take the last frame behind all that waits, but the signals: those are dropped, for nothing may follow it."""
        self._signals = None
        self.push_reserved(frame)

    def push_signal(self, slot: Hashable, frame: bytes) -> None:
        """Take a frame that may be lost: it goes when nothing else waits, unless a newer one takes its slot.

        It is dropped when more than `low_water_bytes` waits, and when too many signals do.
        """
        if self._plain is not None and not self._writing:
            self.push(frame)
        elif self._open and not self.above_low_water:
            signals = self._signals = self._signals or {}
            if slot in signals or len(signals) < SIGNALS_MAX:
                signals[slot] = frame
            self._start_writer()

    @property
    def above_low_water(self) -> bool:
        """Whether so much waits that the session should not be read from."""
        return self.queued_bytes > self._config.low_water_bytes

    async def wait_low_water(self) -> None:
        """Return when no more than `low_water_bytes` waits, or nothing can be sent any more. May return at once."""
        while self.above_low_water:
            await self._wait_moved()

    async def drain(self) -> None:
        """Return when nothing waits, signals included, or nothing can be sent any more. May return at once."""
        while self._writing:
            await self._wait_moved()

    def abort(self, farewell: bytes | None = None) -> None:
        """Drop what is unsent and every later push. Idempotent.

        With a `farewell` the frames of which a part has left are completed, because the peer could not read what
        follows a torn one, and the farewell is sent after them.
        """
        if farewell is None or not self._open:
            self._drop()
            return
        self._keep_begun()
        self.push(farewell)
        self._close()

    def _append(self, frames: bytes) -> None:
        if not self._open:
            return
        if self._queue is None:
            self._queue = deque()
        self._queue.append(frames)
        self.queued_bytes += len(frames)
        if self.above_low_water:
            self._signals = None
        self._start_writer()

    def _advance(self, sent: int) -> None:
        """Strike `sent` bytes from the front of the queue; of a frame that left in part the rest stays."""
        queue = self._queue
        if queue is None:
            return
        self.queued_bytes -= sent
        while queue and sent >= len(queue[0]):
            sent -= len(queue.popleft())
        if sent:
            queue[0] = memoryview(queue[0])[sent:]
        self._wake()

    def _keep_begun(self) -> None:
        self._signals = None
        if not self._queue:
            return
        head = self._queue[0]
        begun_bytes = max(self._in_flight_bytes, len(head) if isinstance(head, memoryview) else 0)
        kept: deque[Part] = deque()
        self.queued_bytes = 0
        for part in self._queue:
            if self.queued_bytes >= begun_bytes:
                break
            kept.append(part)
            self.queued_bytes += len(part)
        self._queue = kept

    def _close(self) -> None:
        self._open = False
        self._plain = None
        self._signals = None

    def _drop(self) -> None:
        self._close()
        self._queue = None
        self.queued_bytes = 0
        if self._scope is not None:
            self._scope.cancel()
        self._wake()

    def _fail(self) -> None:
        self.broken = True
        self._drop()

    def _start_writer(self) -> None:
        if not self._writing:
            self._writing = True
            self._scope = trio.CancelScope()
            self._spawn(self._run)

    async def _run(self) -> None:
        """Send until nothing waits. However it ends, nothing is queued after it."""
        scope = self._scope or trio.CancelScope()
        try:
            with scope:
                await self._write(scope)
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            self._fail()
        finally:
            unsent = bool(self._queue)
            if unsent:
                self._fail()
            self._rest()
        if unsent and scope.cancelled_caught:
            self._on_stalled()

    def _rest(self) -> None:
        self._writing = False
        self._scope = None
        self._queue = None
        self._reserved_bytes = 0
        self._wake()

    async def _write(self, scope: trio.CancelScope) -> None:
        plain = self._plain
        while parts := self._gather():
            scope.deadline = trio.current_time() + self._config.stall_s_max
            if plain is None:
                await self._send_all(parts)
            elif sent := _send_nowait(plain, parts):
                self._advance(sent)
            else:
                await trio.lowlevel.wait_writable(plain)

    async def _send_all(self, parts: Sequence[Part]) -> None:
        chunk = memoryview(parts[0])[:CHUNK_BYTES_MAX] if len(parts) == 1 else b"".join(parts)
        self._in_flight_bytes = len(chunk)
        await self._stream.send_all(chunk)
        self._in_flight_bytes = 0
        self._advance(len(chunk))

    def _gather(self) -> list[Part]:
        """Return what to send next, without taking it: a bounded run of the queue, or the oldest signal."""
        if not self._queue:
            self._take_signal()
        parts: list[Part] = []
        size = 0
        for part in islice(self._queue or (), PARTS_MAX):
            size += len(part)
            if parts and size > CHUNK_BYTES_MAX:
                break
            parts.append(part)
        return parts

    def _take_signal(self) -> None:
        if self._signals:
            frame = self._signals.pop(next(iter(self._signals)))
            self._queue = deque((frame,))
            self.queued_bytes += len(frame)

    def _wake(self) -> None:
        if self._moved is not None:
            self._moved.set()
            self._moved = None

    async def _wait_moved(self) -> None:
        if self._moved is None:
            self._moved = trio.Event()
        await self._moved.wait()
