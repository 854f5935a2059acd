"""What the tests of the listener share: a handler that greets, and how to read what it says."""

from __future__ import annotations

import socket

import trio
from attrs import define, field

from chatd.server.config import Config
from chatd.server.listener import Stream

LOOPBACK = Config(listen=("tcp://127.0.0.1:0",))


@define(eq=False)
class Greeter:
    """A handler that greets each connection, and remembers what it was given."""

    plain: list[socket.socket | None] = field(factory=list)
    labels: list[str] = field(factory=list)
    greeted: trio.Event = field(factory=trio.Event)

    async def __call__(self, stream: Stream, plain: socket.socket | None, label: str) -> None:
        self.plain.append(plain)
        self.labels.append(label)
        await stream.send_all(b"hello")
        self.greeted.set()


def port(url: str) -> int:
    return int(url.rpartition(":")[2])


async def read_all(stream: trio.abc.ReceiveStream) -> bytes:
    """Return all that comes until the peer ends it, and close the stream."""
    data = b""
    async with stream:
        while more := await stream.receive_some():
            data += more
    return data
