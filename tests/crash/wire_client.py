"""A client on the raw wire: it sends far ahead of its replies, and leaves every habit to who holds it."""

from __future__ import annotations

from types import TracebackType

import trio
from attrs import Factory, define, field

from chatd.messages import Closing, Command, Hello
from chatd.wire.connection import ClientConnection, Received, State

HEARTBEAT_S = 240
_RECEIVE_BYTES = 256 * 1024


@define(eq=False)
class WireClient:
    """One connection. Used in `async with`, which drops it."""

    stream: trio.SocketStream
    wire: ClientConnection = field(factory=ClientConnection)
    waiting: dict[int, Command] = Factory(dict[int, Command])
    """The command of each request that has no reply yet."""
    ended: bool = False
    closing: Closing | None = None
    _requests: int = 0
    _moved: trio.Event = field(factory=trio.Event)

    @classmethod
    async def dial(cls, url: str, user: str, device: str) -> WireClient:
        """Connect and say hello, without waiting for an answer. Raises OSError or trio.BrokenResourceError."""
        host, port = url.removeprefix("tcp://").split(":")
        client = cls(await trio.open_tcp_stream(host, int(port)))
        client._requests += 1
        hello = Hello(version=1, scheme="dev", credential=user, device=device, heartbeat_s=HEARTBEAT_S)
        try:
            await client.stream.send_all(client.wire.send(hello, client._requests))
        except BaseException:
            await trio.aclose_forcefully(client.stream)
            raise
        return client

    async def __aenter__(self) -> WireClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await trio.aclose_forcefully(self.stream)

    async def send(self, command: Command) -> int:
        """Send a command and return its request id. From one task alone. Raises trio.BrokenResourceError.

        So it does once the daemon has said that it closes.
        """
        if self.wire.state is State.CLOSED:
            raise trio.BrokenResourceError
        self._requests += 1
        self.waiting[self._requests] = command
        await self.stream.send_all(self.wire.send(command, self._requests))
        return self._requests

    async def receive(self) -> list[Received]:
        """Return what comes next, at least one message; an empty list when nothing comes any more."""
        while not self.ended:
            try:
                data = await self.stream.receive_some(_RECEIVE_BYTES)
            except trio.BrokenResourceError:
                data = b""
            if received := self._take(bytes(data)):
                return received
        return []

    def _take(self, data: bytes) -> list[Received]:
        received: list[Received] = []
        if data:
            self.wire.receive_data(data)
            while self.wire.state is not State.CLOSED and isinstance(event := self.wire.next_event(), Received):
                received.append(event)
                if isinstance(event.message, Closing):
                    self.closing = event.message
        self.ended = not data or self.wire.state is State.CLOSED
        return received

    def answered(self, request: int) -> Command | None:
        """Return the command that a reply is for, which waits no more; None of what was pushed."""
        return self.waiting.pop(request, None)

    def move(self) -> None:
        """Wake who waits in `moved`: what was received has been dealt with."""
        self._moved.set()
        self._moved = trio.Event()

    async def moved(self) -> None:
        """Return when something has been received and dealt with, or nothing comes any more."""
        await self._moved.wait()
