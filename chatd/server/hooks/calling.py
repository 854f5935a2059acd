"""One HTTP call: signed, to exactly the address that was checked, bounded in time and bytes. No redirect is followed.

The connection goes to an address and not to a name, so nothing is resolved a second time; TLS verifies the name all the
same. HTTP itself is h11's work.
"""

from __future__ import annotations

import ssl
from contextlib import suppress

import h11
import trio
from attrs import Factory, define, field

from chatd import __version__
from chatd.server.hooks import signing
from chatd.server.hooks.addresses import AddressRefused, resolve
from chatd.server.hooks.calls import Answer, Call, CallFailed, Target

RECEIVE_BYTES = 16 * 1024
IDLE_MAX = 64
"""Connections kept for the next calls; who has kept one too long finds it closed, and makes another."""
INTERIM_MAX = 16
"""Answers of status 100 to 199 that may come before the one that counts."""


class _HungUp(Exception):
    """The connection ended before a byte of the answer."""


@define(eq=False)
class _Line:
    """One connection, and how far its talk has come."""

    stream: trio.abc.Stream
    wire: h11.Connection = Factory(lambda: h11.Connection(h11.CLIENT))
    used: bool = False

    def is_over(self) -> bool:
        """Return whether an exchange is over without anything behind the answer, not even the end of the stream."""
        wire = self.wire
        return wire.our_state is wire.their_state is h11.DONE and wire.trailing_data == (b"", False)


def _reason(error: BaseException) -> str:
    cause = error.__cause__
    return f"{error}: {cause}" if cause is not None and str(cause) else str(error) or type(error).__name__


@define(eq=False)
class HttpCaller:
    """A `Caller`. As many calls as are made at once have a connection each."""

    target: Target
    _tls: ssl.SSLContext | None = field(init=False, default=None)
    _idle: list[_Line] = field(init=False, factory=list[_Line])

    def __attrs_post_init__(self) -> None:
        if self.target.secure:
            self._tls = ssl.create_default_context(cafile=self.target.ca_file)

    async def post(self, call: Call, body_bytes_max: int, *, whole: bool) -> Answer:
        """Make one call and return its answer, whatever its status. Raises CallFailed in the target's time.

        No more than `body_bytes_max` bytes of the answer's body are read: where it must be `whole`, a longer one is a
        failure, else the rest is left. Cancelled, the connection is dropped.
        """
        with trio.move_on_after(self.target.total_s_max):
            try:
                return await self._post(call, body_bytes_max, whole=whole)
            except (OSError, trio.BrokenResourceError, trio.ClosedResourceError, h11.ProtocolError) as error:
                raise CallFailed(_reason(error)) from error
        raise CallFailed(f"no answer within {self.target.total_s_max} s")

    async def aclose(self) -> None:
        """Drop the connections that wait for another call."""
        while self._idle:
            await trio.aclose_forcefully(self._idle.pop().stream)

    async def _post(self, call: Call, body_bytes_max: int, *, whole: bool) -> Answer:
        while True:
            line = await self._kept() or await self._connect()
            fresh, line.used = not line.used, True
            try:
                return await self._exchange(line, call, body_bytes_max, whole=whole)
            except (_HungUp, trio.BrokenResourceError) as error:
                if fresh:
                    raise CallFailed("the endpoint hung up") from error

    async def _kept(self) -> _Line | None:
        """Return a connection of an earlier call, where there is one.

        None that has something to read: nothing was asked there, so it is the end, or what would be taken for the
        answer to the next question, and that answer for the one to the next after it.
        """
        while self._idle:
            line, quiet = self._idle.pop(), False
            try:
                quiet = await _is_quiet(line.stream)
            finally:
                if not quiet:
                    await trio.aclose_forcefully(line.stream)
            if quiet:
                return line
        return None

    async def _exchange(self, line: _Line, call: Call, body_bytes_max: int, *, whole: bool) -> Answer:
        kept = False
        try:
            await line.stream.send_all(self._request(line.wire, call))
            answer = await self._answer(line, body_bytes_max, whole=whole)
            kept = line.is_over() and len(self._idle) < IDLE_MAX
            if kept:
                line.wire.start_next_cycle()
                self._idle.append(line)
            return answer
        finally:
            if not kept:
                await trio.aclose_forcefully(line.stream)

    def _request(self, wire: h11.Connection, call: Call) -> bytes:
        target = self.target
        usual = target.port == (443 if target.secure else 80)
        host = f"[{target.host}]" if ":" in target.host else target.host
        fields = [
            ("host", host if usual else f"{host}:{target.port}"),
            ("user-agent", f"chatd/{__version__}"),
            ("content-type", "application/json"),
            ("content-length", str(len(call.body))),
            *signing.headers(target.secrets, call.name, call.attempt, call.now_ms, call.body),
        ]
        request = h11.Request(method="POST", target=target.path, headers=fields)
        parts = [wire.send(request), wire.send(h11.Data(call.body)), wire.send(h11.EndOfMessage())]
        return b"".join([part for part in parts if part])

    async def _answer(self, line: _Line, body_bytes_max: int, *, whole: bool) -> Answer:
        status, body, interim = 0, bytearray(), 0
        while True:
            event = line.wire.next_event()
            if event is h11.NEED_DATA:
                await self._feed(line)
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > body_bytes_max:
                    if whole:
                        raise CallFailed(f"an answer of more than {body_bytes_max} bytes")
                    return Answer(status, bytes(body[:body_bytes_max]))
            elif isinstance(event, h11.EndOfMessage):
                return Answer(status, bytes(body))
            else:
                interim += 1
                if not isinstance(event, h11.InformationalResponse) or interim > INTERIM_MAX:
                    raise CallFailed("the answer makes no sense")

    async def _feed(self, line: _Line) -> None:
        try:
            with trio.fail_after(self.target.read_s_max):
                data = await line.stream.receive_some(RECEIVE_BYTES)
        except trio.TooSlowError as error:
            raise CallFailed(f"nothing came for {self.target.read_s_max} s") from error
        if not data and line.wire.their_state is h11.SEND_RESPONSE:
            raise _HungUp
        line.wire.receive_data(bytes(data))

    # -- connections -----------------------------------------------------------------------------------------------

    async def _connect(self) -> _Line:
        target = self.target
        try:
            with trio.fail_after(target.connect_s_max):
                found = await resolve(target.host, target.port, target.allowed, loopback_only=not target.secure)
                return _Line(await self._secured(await _open(found, target.port)))
        except trio.TooSlowError as error:
            raise CallFailed(f"no connection within {target.connect_s_max} s") from error
        except (OSError, trio.BrokenResourceError, AddressRefused) as error:
            raise CallFailed(f"no connection: {_reason(error)}") from error

    async def _secured(self, stream: trio.SocketStream) -> trio.abc.Stream:
        if self._tls is None:
            return stream
        secured = trio.SSLStream(stream, self._tls, server_hostname=self.target.host, https_compatible=True)
        try:
            await secured.do_handshake()
        except BaseException:
            await trio.aclose_forcefully(stream)
            raise
        return secured


async def _is_quiet(stream: trio.abc.Stream) -> bool:
    """Return whether nothing has come on a stream that can be read now, not even its end. Waits for nothing.

    The socket is asked what was not received yet. By TLS, more may have been received than was read: the stream
    itself knows that, and never gets as far as its socket before the time of this look is over.
    """
    plain: object = getattr(stream, "transport_stream", stream)
    if isinstance(plain, trio.SocketStream) and plain.socket.is_readable():
        return False
    with trio.CancelScope() as scope:
        scope.deadline = trio.current_time()  # which cancels what has to wait, and nothing before that
        with suppress(trio.BrokenResourceError):
            await stream.receive_some(1)
    return scope.cancelled_caught


async def _open(addresses: list[str], port: int) -> trio.SocketStream:
    """Connect to the first of `addresses` that takes it. They are no names, so nothing is looked up. Raises OSError."""
    *others, last = addresses
    for address in others:
        try:
            return await trio.open_tcp_stream(address, port)
        except OSError:
            continue
    return await trio.open_tcp_stream(last, port)
