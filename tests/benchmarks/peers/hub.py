"""A server of the smallest protocol that a driver could be driven against: lines, and everybody hears everybody."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

from attrs import define, field, frozen

from benchmarks.peers.speech import Seat, Step, Template, plain_template, text_of
from benchmarks.stamps import MARK

REFUSED = b"no!\n"


@frozen
class ShoutSpeech:
    """`hello` and `join` are answered, `again N` gives the last lines, anything else goes to all who joined."""

    answer: bytes | None = None
    complaint: bytes | None = REFUSED
    acknowledges: bool = False

    def enter(self, seat: Seat) -> tuple[Step, ...]:
        return (Step(b"hello\n", b"welcome\n"),)

    def join(self, seat: Seat) -> tuple[Step, ...]:
        return (Step(b"join\n", b"joined\n"),)

    def post(self, seat: Seat, size: int) -> Template:
        return plain_template(text_of(size) + b"\n")

    def resume(self, seat: Seat, missed: int) -> tuple[Step, ...]:
        return (*self.enter(seat), Step(b"again %d\n" % missed, MARK, missed))


@define(eq=False)
class Hub:
    """Serves in a thread of its own until `stop`."""

    refuses: bool = False
    """Whether it answers every post with `REFUSED`."""
    _listener: socket.socket = field(factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _selector: selectors.DefaultSelector = field(factory=selectors.DefaultSelector)
    _rests: dict[socket.socket, bytes] = field(factory=dict[socket.socket, bytes])
    _joined: list[socket.socket] = field(factory=list[socket.socket])
    _history: list[bytes] = field(factory=list[bytes])
    _is_over: threading.Event = field(factory=threading.Event)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def serve(self) -> None:
        self._selector.register(self._listener, selectors.EVENT_READ)
        while not self._is_over.is_set():
            for key, _ in self._selector.select(0.05):
                if key.fileobj is self._listener:
                    sock = self._listener.accept()[0]
                    self._rests[sock] = b""
                    self._selector.register(sock, selectors.EVENT_READ)
                elif isinstance(key.fileobj, socket.socket):
                    self._hear(key.fileobj)
        for sock in [*self._rests, self._listener]:
            sock.close()
        self._selector.close()

    def stop(self) -> None:
        self._is_over.set()

    def _hear(self, sock: socket.socket) -> None:
        try:
            data = sock.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            self._forget(sock)
            return
        *lines, self._rests[sock] = (self._rests[sock] + data).split(b"\n")
        for line in lines:
            self._obey(sock, line)

    def _obey(self, sock: socket.socket, line: bytes) -> None:
        if line == b"hello":
            sock.sendall(b"welcome\n")
        elif line == b"join":
            self._joined.append(sock)
            sock.sendall(b"joined\n")
        elif line.startswith(b"again "):
            sock.sendall(b"".join(self._history[-int(line[6:]) :]))
        elif self.refuses:
            sock.sendall(REFUSED)
        else:
            self._history.append(line + b"\n")
            for each in self._joined:
                each.sendall(line + b"\n")

    def _forget(self, sock: socket.socket) -> None:
        self._selector.unregister(sock)
        del self._rests[sock]
        if sock in self._joined:
            self._joined.remove(sock)
        sock.close()


@contextmanager
def running_hub(*, refuses: bool = False) -> Generator[Hub, None, None]:
    hub = Hub(refuses)
    thread = threading.Thread(target=hub.serve)
    thread.start()
    try:
        yield hub
    finally:
        hub.stop()
        thread.join()
