"""From a URL to connections: binds, accepts, shakes hands, and gives each connection to a handler.

Accepting survives the end of file descriptors: a spare one is kept to tell clients no, instead of leaving them to
wait in the backlog, and the loop backs off instead of spinning.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
import trio
from attrs import define, field

from chatd.server.addresses import Address, parse_url
from chatd.server.arrivals import SHAKEN, Arrivals
from chatd.server.config import Config
from chatd.server.errors import ConfigError

BACKLOG = 4096
"""Who wait to be let in; Linux gives no more unless told to. Beyond that it drops what they send, and each tries again
a fifth of a second to seconds later: of 2,000 that came back at once, half the time some did so with 1,024."""
BACK_OFF_S = 0.1
CONTROL_NAME = "control.sock"
"""In the data directory: where operators' commands reach a running daemon."""
CLIENT_MODE = 0o660
OPERATOR_MODE = 0o600
TLS_1_2_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]
Handler = Callable[[Stream, socket.socket | None, str], Awaitable[None]]
"""Takes the stream, the non-blocking socket beneath it where bytes may bypass the stream, and the peer's label."""

_log = structlog.stdlib.get_logger()


class ListenError(Exception):
    """An address that cannot be listened on. `str()` says which and why."""


def _spare_descriptor() -> int | None:
    try:
        return os.open(os.devnull, os.O_RDONLY)
    except OSError:
        return None


@define(eq=False)
class Listener:
    """A listening socket. `url` holds the port that was really bound."""

    url: str
    _socket: socket.socket
    _config: Config
    _tls: ssl.SSLContext | None = field(default=None, alias="tls")
    _path: str | None = field(default=None, alias="path")
    _arrivals: Arrivals = field(factory=Arrivals, alias="arrivals")
    refused: int = field(default=0, init=False)
    """How many times accepting failed for want of descriptors or memory."""
    _handshakes: list[trio.CancelScope] = field(factory=list[trio.CancelScope], init=False)
    """Those under way: they end with the listener, because nobody has a session yet."""
    _spare: int | None = field(factory=_spare_descriptor, init=False)
    _inode: int | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._socket.setblocking(False)
        if self._path is not None:
            self._inode = os.stat(self._path).st_ino

    async def serve(self, handler: Handler, nursery: trio.Nursery) -> None:
        """Accept until cancelled, then close. Each connection is a task of `nursery`, which outlives the listener.

        The stream is closed when `handler` returns. What `handler` raises is not caught here.
        """
        try:
            while True:
                await trio.lowlevel.wait_readable(self._socket)
                await self._accept(handler, nursery)
        finally:
            self.close()

    def close(self) -> None:
        """Listen no more, and remove the path of a unix socket unless another has taken it. Idempotent."""
        if self._socket.fileno() < 0:
            return
        trio.lowlevel.notify_closing(self._socket)
        self._socket.close()
        for scope in self._handshakes:
            scope.cancel()
        if self._spare is not None:
            os.close(self._spare)
        if self._path is not None:
            with suppress(OSError):
                if os.stat(self._path).st_ino == self._inode:
                    os.unlink(self._path)

    async def _accept(self, handler: Handler, nursery: trio.Nursery) -> None:
        due = await self._arrivals.due(1 if self._tls is None else SHAKEN)
        try:
            for _ in range(due):
                accepted, peer = self._socket.accept()
                nursery.start_soon(self._connected, accepted, peer, handler)
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno in {errno.EBADF, errno.EINVAL, errno.ENOTSOCK}:
                raise
            self._refuse_one(error)
            await trio.sleep(BACK_OFF_S)

    def _refuse_one(self, error: OSError) -> None:
        """Give up the spare descriptor for a moment, to take one waiting connection and close it."""
        self.refused += 1
        _log.warning("cannot_accept", listener=self.url, error=str(error), refused=self.refused)
        if self._spare is not None:
            os.close(self._spare)
            with suppress(OSError):
                self._socket.accept()[0].close()
        self._spare = _spare_descriptor()

    async def _connected(self, accepted: socket.socket, peer: Any, handler: Handler) -> None:
        accepted.setblocking(False)
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(accepted))
        try:
            self._set_timeout(accepted)
            if self._tls is None:
                await handler(stream, accepted, _label(accepted, peer))
            elif (secured := await self._shake_hands(stream, self._tls)) is not None:
                await handler(secured, None, _label(accepted, peer))
        finally:
            await trio.aclose_forcefully(stream)

    def _set_timeout(self, accepted: socket.socket) -> None:
        """Let the kernel give up a peer that vanished, in the time after which a stalled one is cut."""
        if accepted.family != socket.AF_UNIX:
            with suppress(OSError):
                stall_ms = self._config.outbox.stall_s_max * 1000
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, stall_ms)

    async def _shake_hands(
        self, stream: trio.SocketStream, context: ssl.SSLContext
    ) -> trio.SSLStream[trio.SocketStream] | None:
        """Return the secured stream, or None when the peer could not or would not, within `hello_s_max`.

        Who has not shaken hands is not authenticated: no more than `unauthenticated_max` may be about it.
        """
        if len(self._handshakes) >= self._config.sessions.unauthenticated_max:
            return None
        secured = trio.SSLStream(stream, context, server_side=True)
        scope = trio.move_on_after(self._config.limits.hello_s_max)
        self._handshakes.append(scope)
        try:
            with scope, suppress(trio.BrokenResourceError, ssl.SSLError):
                await secured.do_handshake()
                return secured
        finally:
            self._handshakes.remove(scope)
        return None


def _label(accepted: socket.socket, peer: Any) -> str:
    if accepted.family == socket.AF_UNIX:
        return "unix"
    host, port = str(peer[0]), int(peer[1])
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def tls_context(config: Config) -> ssl.SSLContext:
    """Return a context for TLS 1.2 with AEAD ciphers and newer. Raises ListenError when cert or key do not serve."""
    if config.cert is None or config.key is None:
        raise ConfigError("tls:// needs cert and key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_ciphers(TLS_1_2_CIPHERS)
    try:
        context.load_cert_chain(config.cert, config.key)
    except (OSError, ssl.SSLError) as error:
        raise ListenError(f"{config.cert}, {config.key}: {error}") from error
    return context


async def open_listeners(config: Config, arrivals: Arrivals | None = None) -> tuple[Listener, ...]:
    """Bind every address of `config.listen`, in order: all, or none, also when cancelled. Raises ListenError.

    Together they let in newcomers at the pace of `arrivals`; without it, at full pace.
    """
    pace = arrivals or Arrivals()
    opened: list[Listener] = []
    try:
        for url in config.listen:
            opened.append(await _open(parse_url(url), config, pace))  # noqa: PERF401  each must be closed if the next fails
    except BaseException:
        for listener in opened:
            listener.close()
        raise
    return tuple(opened)


async def _open(address: Address, config: Config, arrivals: Arrivals) -> Listener:
    if address.scheme == "unix":
        return open_unix(address.path, config, mode=CLIENT_MODE, arrivals=arrivals)
    context = tls_context(config) if address.scheme == "tls" else None
    try:
        bound = await _bind_tcp(address)
    except OSError as error:
        raise ListenError(f"{address}: {error.strerror}") from error
    host, port = bound.getsockname()[:2]
    return Listener(str(Address(address.scheme, host, port)), bound, config, tls=context, arrivals=arrivals)


async def _bind_tcp(address: Address) -> socket.socket:
    found = await trio.socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    family, *_, where = found[0]
    return socket.create_server((str(where[0]), int(where[1])), family=family, backlog=BACKLOG)


def open_unix(path: str, config: Config, *, mode: int, arrivals: Arrivals | None = None) -> Listener:
    """Listen at `path` with exactly these permissions. What a dead daemon left there is removed first.

    Newcomers are let in at the pace of `arrivals`; without it, at full pace.

    Raises ListenError when somebody listens there, or something else than a socket has the path.
    """
    try:
        _remove_stale(path)
        bound = _bind_unix(path, mode)
    except OSError as error:
        raise ListenError(f"unix://{path}: {error.strerror or error}") from error
    return Listener(f"unix://{path}", bound, config, path=path, arrivals=arrivals or Arrivals())


def _bind_unix(path: str, mode: int) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    earlier = os.umask(0o777 & ~mode)
    try:
        bound.bind(path)
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    finally:
        os.umask(earlier)
    return bound


def _remove_stale(path: str) -> None:
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise FileExistsError(errno.EEXIST, "something else than a socket is there")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
