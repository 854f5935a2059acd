"""An endpoint of an app: a small HTTP server on loopback in the test's own run, which answers as it is told."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import h11
import trio
from attrs import Factory, define, field, frozen

from chatd.server.hooks.addresses import Network
from chatd.server.hooks.calls import Call, Target

SECRET = b"a secret of 32 bytes: of a test."


@frozen
class Seen:
    """One request, as it came."""

    headers: dict[str, str]
    body: bytes
    path: str
    connection: int


@frozen
class Reply:
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    closes: bool = False
    """Whether the connection ends behind it."""


HANG = Reply(0)
"""Never answers."""
HANG_UP = Reply(1)
"""Ends the connection instead of an answer."""


def fine(_: Seen) -> Reply | bytes:
    return Reply()


@define(eq=False)
class Endpoint:
    answer: Callable[[Seen], Reply | bytes] = fine
    """What to say to a request; bytes are sent as they are, and then nothing more."""
    ends_after_bytes: bool = False
    """Whether the connection ends behind those."""
    seen: list[Seen] = Factory(list)
    port: int = 0
    connections: int = 0
    streams: list[trio.abc.Stream] = Factory(list)
    """Those of the connections."""
    _came: trio.Event = Factory(trio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def target(self, **changes: Any) -> Target:
        fields: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "path": "/hook",
            "secure": False,
            "secrets": (SECRET,),
            "allowed": loopback(),
        }
        return Target(**(fields | changes))

    async def came(self, count: int) -> None:
        """Return once so many requests have come, in all."""
        while len(self.seen) < count:
            await self._came.wait()

    async def serve(self, stream: trio.abc.Stream) -> None:
        self.connections += 1
        self.streams.append(stream)
        wire, number = h11.Connection(h11.SERVER), self.connections
        try:
            while await self._talk(stream, wire, number):
                wire.start_next_cycle()
        except (trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError):
            pass

    async def _talk(self, stream: trio.abc.Stream, wire: h11.Connection, number: int) -> bool:
        """Take one request and answer it; return whether another may follow."""
        request, body = None, b""
        while not isinstance(event := wire.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                wire.receive_data(bytes(await stream.receive_some(65_536)))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                return False
        assert request is not None
        headers = {name.decode(): value.decode() for name, value in request.headers}
        self.seen.append(Seen(headers, body, request.target.decode(), number))
        self._came.set()
        self._came = trio.Event()
        return await self._say(stream, wire, self.answer(self.seen[-1]))

    async def _say(self, stream: trio.abc.Stream, wire: h11.Connection, reply: Reply | bytes) -> bool:
        if reply is HANG:
            await trio.sleep_forever()
        if isinstance(reply, bytes):
            await stream.send_all(reply)
            if not self.ends_after_bytes:
                await trio.sleep_forever()
        if reply is HANG_UP or isinstance(reply, bytes):
            return False
        headers = [*reply.headers, ("content-length", str(len(reply.body)))]
        response = h11.Response(status_code=reply.status, headers=headers)
        parts = [wire.send(response), wire.send(h11.Data(reply.body)), wire.send(h11.EndOfMessage())]
        await stream.send_all(b"".join([part for part in parts if part]))
        return not reply.closes and wire.our_state is h11.DONE and wire.their_state is h11.DONE


def loopback() -> tuple[Network, ...]:
    return (ipaddress.ip_network("127.0.0.0/8"),)


@asynccontextmanager
async def open_endpoint(
    answer: Callable[[Seen], Reply | bytes] = fine, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Endpoint]:
    """Run an endpoint on a free port of loopback until the block ends."""
    endpoint = Endpoint(answer)

    async def serve(stream: trio.SocketStream) -> None:
        secured = stream if tls is None else trio.SSLStream(stream, tls, server_side=True, https_compatible=True)
        async with stream:
            await endpoint.serve(secured)

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    endpoint.port = listeners[0].socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        yield endpoint
        nursery.cancel_scope.cancel()


def call(number: int = 1, attempt: int = 1, body: bytes = b"{}") -> Call:
    return Call(name=f"msg_{number}", attempt=attempt, body=body, now_ms=1_800_000_000_999)


@define(eq=False)
class Names(trio.abc.HostnameResolver):
    """Leads every name to the next of `addresses`, and to the last of them for ever: to several where there is a comma,
    and nowhere, ever, where it is empty."""

    addresses: list[str]
    asked: list[str] = field(factory=list[str])

    async def getaddrinfo(
        self,
        host: bytes | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        self.asked.append((host or b"").decode())
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        if not address:
            await trio.sleep_forever()
        found = address.split(",")
        return [(trio.socket.AF_INET, trio.socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    async def getnameinfo(self, sockaddr: Any, flags: int) -> tuple[str, str]:
        raise AssertionError("nobody asks what an address is called")
