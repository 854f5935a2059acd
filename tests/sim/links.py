"""A network that is not kind: connections that delay, cut up, stall, go dark and break, under a clock of our own.

A connection is two pipes. What is under way arrives in order and whole, or the connection breaks: that is what TCP
promises. In the dark nothing arrives, neither bytes nor the news of an end; then it goes on, or one side gives up.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable

import anyio
import trio
from anyio.abc import ByteStream
from attrs import Factory, define, field

CAPACITY_BYTES = 64 * 1024
"""What a connection takes before its sender has to wait: the buffers of two kernels."""

Tapped = Callable[[bytes], None]


@define(eq=False)
class Weather:
    """What the network does to the connections of one phone. Call `changed` behind every change."""

    chance: random.Random
    delay_s_max: float = 0.02
    piece_bytes: int = 0
    """No more than this arrives at once; 0 for as much as there is."""
    dark: bool = False
    """Nothing arrives and nobody is told."""
    unread: bool = False
    """The phone takes nothing from its sockets."""
    pipes: list[Pipe] = Factory(list["Pipe"])
    better: trio.lowlevel.ParkingLot = Factory(trio.lowlevel.ParkingLot)
    """Where those wait who wait for other weather."""

    def changed(self) -> None:
        self.better.unpark_all()
        for pipe in self.pipes:
            pipe.moved.unpark_all()

    def delay_s(self) -> float:
        return self.chance.random() * self.delay_s_max

    def clear(self) -> None:
        self.delay_s_max, self.piece_bytes, self.dark, self.unread = 0.02, 0, False, False
        self.changed()


@define(eq=False)
class Pipe:
    """One direction of a connection."""

    weather: Weather
    ended: bool = False
    """The sender has closed: behind what is under way comes the end."""
    broken: bool = False
    moved: trio.lowlevel.ParkingLot = Factory(trio.lowlevel.ParkingLot)
    _chunks: deque[tuple[float, bytes]] = Factory(deque[tuple[float, bytes]])
    _bytes: int = 0

    async def send(self, data: bytes) -> None:
        """Return when `data` is on its way. Raises trio.BrokenResourceError once the connection is broken."""
        await trio.lowlevel.checkpoint()
        while self._bytes >= CAPACITY_BYTES and not self.broken:
            await self.moved.park()
        if self.broken or self.ended:
            raise trio.BrokenResourceError("the connection is broken")
        due = trio.current_time() + self.weather.delay_s()
        if self._chunks:
            due = max(due, self._chunks[-1][0])
        self._chunks.append((due, data))
        self._bytes += len(data)
        self.moved.unpark_all()

    async def receive(self, bytes_max: int) -> bytes:
        """Return what has arrived, b"" at the end. Raises trio.BrokenResourceError. Cancelled, it took nothing."""
        await trio.lowlevel.checkpoint()
        while True:
            if not self.weather.dark:
                if self._chunks and self._chunks[0][0] <= trio.current_time():
                    return self._take(bytes_max)
                if not self._chunks and self.broken:
                    raise trio.BrokenResourceError("the connection is broken")
                if not self._chunks and self.ended:
                    return b""
            with trio.move_on_at(self._wake_s()):
                await self.moved.park()

    @property
    def is_over(self) -> bool:
        """Whether nothing goes through it any more, and nothing is under way."""
        return self.broken and not self._chunks

    def _wake_s(self) -> float:
        return self._chunks[0][0] if self._chunks and not self.weather.dark else math.inf

    def _take(self, bytes_max: int) -> bytes:
        due, data = self._chunks.popleft()
        most = min(bytes_max, self.weather.piece_bytes or bytes_max)
        if len(data) > most:
            self._chunks.appendleft((due, data[most:]))
            data = data[:most]
        self._bytes -= len(data)
        self.moved.unpark_all()
        return data

    def end(self) -> None:
        self.ended = True
        self.moved.unpark_all()

    def cut(self, *, keep: bool = False) -> None:
        """Break it. With `keep`, what is under way still arrives before the reader learns of it."""
        self.broken = True
        if not keep:
            self._chunks.clear()
            self._bytes = 0
        self.moved.unpark_all()


@define(eq=False)
class ServerEnd(trio.abc.Stream):
    """The daemon's end of a connection."""

    up: Pipe
    down: Pipe

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self.down.send(bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return await self.up.receive(max_bytes or CAPACITY_BYTES)

    async def aclose(self) -> None:
        self.down.end()
        self.up.cut()
        await trio.lowlevel.checkpoint()


@define(eq=False)
class ClientEnd(ByteStream):
    """The phone's end. What passes it, both ways, is told first to whoever listens in."""

    up: Pipe
    down: Pipe
    sent: Tapped
    came: Tapped
    closed: bool = field(default=False, init=False)

    async def send(self, item: bytes) -> None:
        self.sent(item)
        try:
            await self.up.send(item)
        except trio.BrokenResourceError as error:
            raise anyio.BrokenResourceError from error

    async def receive(self, max_bytes: int = CAPACITY_BYTES) -> bytes:
        while self.down.weather.unread and not self.closed:
            await self.down.weather.better.park()
        if self.closed:
            raise anyio.ClosedResourceError
        try:
            data = await self.down.receive(max_bytes)
        except trio.BrokenResourceError as error:
            raise anyio.BrokenResourceError from error
        if not data:
            raise anyio.EndOfStream
        self.came(data)
        return data

    async def send_eof(self) -> None:
        self.up.end()
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        self.closed = True
        self.down.weather.better.unpark_all()
        self.up.end()
        self.down.cut()
        await trio.lowlevel.checkpoint()


@define(eq=False)
class Connection:
    """Both ends of one connection, and what an accident does to it."""

    up: Pipe
    down: Pipe

    @classmethod
    def through(cls, weather: Weather) -> Connection:
        up, down = Pipe(weather), Pipe(weather)
        weather.pipes = [*[pipe for pipe in weather.pipes if not pipe.is_over], up, down]
        return cls(up, down)

    def cut(self, *, keep: bool = False) -> None:
        """Break both directions. With `keep`, what the server has sent still arrives."""
        self.up.cut()
        self.down.cut(keep=keep)

    @property
    def is_over(self) -> bool:
        return self.up.is_over and self.down.is_over
