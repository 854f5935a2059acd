"""The push: joined frames written straight to a TCP socket, whose other end takes them."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

from trio.testing import memory_stream_pair

from benchmarks.micro.clock import Micro
from benchmarks.micro.codec import an_entry
from benchmarks.micro.stage import NotAccepted
from chatd.server.config import Config
from chatd.server.outbox import Outbox
from chatd.wire import codec

BURST = 8
"""Pushes between two times that the other end takes all: what the kernel holds without help."""
JOINED = (1, 32)
"""Entries in what is pushed."""
_RECEIVE_BYTES = 1 << 20


@contextmanager
def connected() -> Generator[tuple[socket.socket, socket.socket]]:
    """Give two ends of a TCP connection on loopback: the first as the daemon has it, non-blocking without delay."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        theirs = socket.create_connection(listening.getsockname())
        ours, _ = listening.accept()
    with ours, theirs:
        ours.setblocking(False)
        ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield ours, theirs


def blob_of(entries: int) -> bytes:
    """Return the frames of so many entries, joined as fanout joins them."""
    return codec.encode_entry(an_entry()) * entries


def open_outbox(plain: socket.socket) -> Outbox:
    """Return an outbox that writes through to `plain`, and raises NotAccepted if the kernel does not take all."""
    return Outbox(memory_stream_pair()[0], _left_over, Config().outbox, _stalled, plain=plain)


def take(theirs: socket.socket, size: int) -> bytes:
    """Return the next `size` bytes."""
    taken = bytearray()
    while len(taken) < size:
        piece = theirs.recv(min(_RECEIVE_BYTES, size - len(taken)))
        if not piece:
            raise NotAccepted("the connection was closed")
        taken += piece
    return bytes(taken)


def measure(entries: int, loops: int) -> float:
    """Push so often, `BURST` at a time. Raises NotAccepted unless every byte arrived."""
    blob = blob_of(entries)
    took_s = 0.0
    with connected() as (ours, theirs):
        outbox = open_outbox(ours)
        for begun in range(0, loops, BURST):
            pushes = range(min(BURST, loops - begun))
            began = time.perf_counter()
            for _ in pushes:
                outbox.push(blob)
            took_s += time.perf_counter() - began
            if take(theirs, len(blob) * len(pushes)) != blob * len(pushes):
                raise NotAccepted("other bytes arrived than were pushed")
    return took_s


def _left_over(_: object) -> None:
    raise NotAccepted("the kernel did not take all of a push")


def _stalled() -> None:
    raise NotAccepted("the other end takes nothing")


MICROS = tuple(Micro(f"outbox.push_{entries}_joined", partial(measure, entries)) for entries in JOINED)
