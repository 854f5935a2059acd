"""A client on the raw wire that sends far ahead of the acks, so that a kill always finds something in flight."""

from __future__ import annotations

from collections.abc import Callable

import trio
from attrs import Factory, define, field

from chatd.messages import Committed, Hello, Post
from chatd.wire.connection import ClientConnection, Received

AHEAD_MAX = 64
Ack = Callable[[bytes, Committed], None]


@define(eq=False)
class WireClient:
    stream: trio.SocketStream
    wire: ClientConnection = field(factory=ClientConnection)
    waiting: dict[int, bytes] = Factory(dict)
    """The key of each request that has no reply yet."""
    ended: bool = False
    _requests: int = 0
    _moved: trio.Event = field(factory=trio.Event)

    @classmethod
    async def dial(cls, url: str, user: str) -> WireClient:
        host, port = url.removeprefix("tcp://").split(":")
        client = cls(await trio.open_tcp_stream(host, int(port)))
        client._requests += 1
        hello = Hello(version=1, scheme="dev", credential=user, device="raw")
        await client.stream.send_all(client.wire.send(hello, client._requests))
        return client

    async def send(self, post: Post) -> None:
        self._requests += 1
        self.waiting[self._requests] = post.key
        await self.stream.send_all(self.wire.send(post, self._requests))

    async def collect(self, ack: Ack) -> None:
        """Hand on every ack until the stream ends or breaks. What is no ack fails."""
        try:
            while data := await self.stream.receive_some(65536):
                self.wire.receive_data(bytes(data))
                self._take(ack)
        except trio.BrokenResourceError:
            pass
        finally:
            self.ended = True
            self._move()

    def _take(self, ack: Ack) -> None:
        while isinstance(event := self.wire.next_event(), Received):
            if event.request in self.waiting:
                assert isinstance(event.message, Committed), event.message
                ack(self.waiting.pop(event.request), event.message)
        self._move()

    def _move(self) -> None:
        self._moved.set()
        self._moved = trio.Event()

    async def room_for_more(self) -> None:
        """Return when fewer than `AHEAD_MAX` requests wait, or the stream has ended."""
        while len(self.waiting) >= AHEAD_MAX and not self.ended:
            await self._moved.wait()

    async def all_answered(self) -> None:
        while self.waiting:
            assert not self.ended
            await self._moved.wait()

    async def aclose(self) -> None:
        await trio.aclose_forcefully(self.stream)
