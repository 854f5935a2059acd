"""A chat of the client library in one trio run with a house: real frames over memory streams, and known keys."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import anyio
import trio
from anyio.abc import ByteStream
from attrs import define
from trio.testing import memory_stream_pair

from chatd.model import Key
from chatd_client import Chat, Sources, connect
from chatd_client.address import Dial
from tests.house import House

WALL_MS = 1_800_000_000_000


@contextmanager
def _as_anyio() -> Generator[None, None, None]:
    try:
        yield
    except trio.BrokenResourceError as error:
        raise anyio.BrokenResourceError from error
    except trio.ClosedResourceError as error:
        raise anyio.ClosedResourceError from error


@define(eq=False)
class Wire(ByteStream):
    """A trio stream as AnyIO has them."""

    stream: trio.abc.Stream

    async def send(self, item: bytes) -> None:
        with _as_anyio():
            await self.stream.send_all(item)

    async def receive(self, max_bytes: int = 65_536) -> bytes:
        with _as_anyio():
            data = bytes(await self.stream.receive_some(max_bytes))
        if not data:
            raise anyio.EndOfStream
        return data

    async def send_eof(self) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self.stream.aclose()


@define(eq=False)
class Keys:
    """Keys that count up, so that a test knows which one a call has drawn."""

    drawn: int = 0

    @property
    def last(self) -> Key:
        return _sources(self._same).key()

    def sources(self) -> Sources:
        return _sources(self._next)

    def _next(self, size: int) -> bytes:
        self.drawn += 1
        return self._same(size)

    def _same(self, size: int) -> bytes:
        return self.drawn.to_bytes(size, "big")


def _sources(entropy: Any) -> Sources:
    return Sources(chance=lambda: 0.0, wall_ms=lambda: WALL_MS, entropy=entropy)


def dial_to(house: House) -> Dial:
    """Return what opens a connection to the daemon of `house`."""

    async def dial() -> ByteStream:
        near, far = memory_stream_pair()
        house.serve(far)
        return Wire(near)

    return dial


def chat_of(house: House, user: str, keys: Keys, **options: Any) -> Chat:
    return connect(dial_to(house), user=user, sources=keys.sources(), **options)
