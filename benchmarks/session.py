"""A session while a load run is set up: one question, one answer, blocking, fully decoded."""

from __future__ import annotations

import socket
import ssl
import time
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit

from attrs import define, field

from chatd.limits import VERSION
from chatd.messages import Command, Greeting, Hello, Refused, Welcome
from chatd.wire.connection import ClientConnection, Received

ANSWER_S_MAX = 30
HEARTBEAT_S = 240
"""The longest that the protocol knows."""
_READ_BYTES = 65536

M = TypeVar("M")


class SetupFailed(RuntimeError):
    """The daemon did not do what a load run needs. `str()` says what was asked and what came."""


def open_socket(url: str, authority: str = "") -> socket.socket:
    """Return a connected, blocking socket; of a tls:// URL, with the handshake done and the certificate verified.

    `authority` is the file of who signs the certificates of tls://. Raises SetupFailed for another kind of URL, and
    OSError, of which ssl.SSLError is one.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return _unix_socket(parts.path)
    if parts.scheme not in {"tcp", "tls"} or parts.hostname is None or parts.port is None:
        raise SetupFailed(f"{url!r} must be tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH")
    tcp = socket.create_connection((parts.hostname, parts.port), timeout=ANSWER_S_MAX)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return tcp if parts.scheme == "tcp" else _trusting(authority).wrap_socket(tcp, server_hostname=parts.hostname)


@cache
def _trusting(authority: str) -> ssl.SSLContext:
    """Return the one context of this process that believes `authority` alone. Nothing below TLS 1.3."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if authority:
        context.load_verify_locations(authority)
    return context


def _unix_socket(path: str) -> socket.socket:
    unix = socket.socket(socket.AF_UNIX)
    unix.settimeout(ANSWER_S_MAX)
    try:
        unix.connect(path)
    except OSError:
        unix.close()
        raise
    return unix


@define(eq=False)
class Session:
    """One session, from its hello on."""

    sock: socket.socket
    greeting: Greeting
    _wire: ClientConnection
    _requests: int = field(default=1, init=False)

    @classmethod
    def begin(cls, url: str, user: str, authority: str = "", *, device: str = "default") -> Session:
        """Connect and say hello as `user` on one of their devices.

        Raises SetupFailed, ProtocolError or OSError, with the socket closed.
        """
        sock = open_socket(url, authority)
        wire = ClientConnection()
        try:
            hello = Hello(
                version=VERSION,
                scheme="dev",
                credential=user,
                device=device,
                heartbeat_s=HEARTBEAT_S,
                agent="benchmarks",
            )
            sock.sendall(wire.send(hello, 1))
            greeting = _expect(_next(sock, wire), Greeting, "the greeting")
            _expect(_next(sock, wire), Welcome, f"hello as {user}")
        except BaseException:
            sock.close()
            raise
        return cls(sock, greeting, wire)

    def ask(self, command: Command, reply: type[M]) -> M:
        """Return the reply to `command`, asked again as often as the daemon says `after_ms`. Raises as `begin`."""
        while True:
            answer = self.answer(command)
            if type(answer) is Refused and answer.after_ms is not None:
                time.sleep(answer.after_ms / 1000)
                continue
            return _expect(answer, reply, type(command).__name__)

    def answer(self, command: Command) -> object:
        """Return the one reply to `command`, whatever it says. Raises as `begin`."""
        self._requests += 1
        self.sock.sendall(self._wire.send(command, self._requests))
        while True:
            received = self._receive()
            if received.request == self._requests:
                return received.message

    def wait_for(self, event: type[M]) -> M:
        """Return the next event of a type; others are passed over. Raises as `begin`."""
        while True:
            message = self._receive().message
            if isinstance(message, event):
                return message

    def _receive(self) -> Received:
        return _next(self.sock, self._wire)


def _next(sock: socket.socket, wire: ClientConnection) -> Received:
    while not isinstance(received := wire.next_event(), Received):
        data = sock.recv(_READ_BYTES)
        if not data:
            raise SetupFailed("the daemon closed a connection")
        wire.receive_data(data)
    return received


def _expect(message: object, expected: type[M], asked: str) -> M:
    if isinstance(message, Received):
        message = message.message
    if not isinstance(message, expected):
        raise SetupFailed(f"{asked}: {expected.__name__} expected, got {message!r}")
    return message
