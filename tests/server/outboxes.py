"""What the tests of the outbox share: a nursery that waits, a stream that does, and a count of stalls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from attrs import define, field

from chatd.server.config import OutboxConfig

CONFIG = OutboxConfig(bytes_max=256 * 1024, low_water_bytes=16 * 1024, stall_s_max=30)
Writer = Callable[[], Awaitable[None]]


@define(eq=False)
class Spawned:
    """Stands for the session's nursery: keeps the writer tasks until the test runs them."""

    writers: list[Writer] = field(factory=list)

    def __call__(self, writer: Writer) -> None:
        self.writers.append(writer)

    async def run_all(self) -> None:
        while self.writers:
            await self.writers.pop(0)()


@define(eq=False)
class Stalls:
    count: int = 0

    def __call__(self) -> None:
        self.count += 1


@define(eq=False)
class Sink(trio.abc.SendStream):
    """Takes what it is given, and keeps the very objects. While `taking` is not set, it takes nothing."""

    sent: list[bytes | bytearray | memoryview] = field(factory=list)
    taking: trio.Event = field(factory=trio.Event)
    sending: trio.Event = field(factory=trio.Event)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        self.sending.set()
        await self.taking.wait()
        self.sent.append(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self.taking.wait()

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()

    @property
    def data(self) -> bytes:
        return b"".join(self.sent)
