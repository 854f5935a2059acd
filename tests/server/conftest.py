from __future__ import annotations

import logging
import os
import resource
import socket
import sys
from collections.abc import Iterator

import pytest
import structlog

from chatd.server.outbox import Outbox
from tests.server.outboxes import CONFIG, Sink, Spawned, Stalls


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable of the machine's, and after a command the process as it was before."""
    for name in os.environ:
        if name.startswith("CHATD_"):
            monkeypatch.delenv(name)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    interval, files = sys.getswitchinterval(), resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = before
    sys.setswitchinterval(interval)
    resource.setrlimit(resource.RLIMIT_NOFILE, files)


@pytest.fixture
def spawned() -> Spawned:
    return Spawned()


@pytest.fixture
def stalls() -> Stalls:
    return Stalls()


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def outbox(sink: Sink, spawned: Spawned, stalls: Stalls) -> Outbox:
    """One over a stream, as TLS has it."""
    return Outbox(sink, spawned, CONFIG, stalls)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        yield ours, theirs


@pytest.fixture
def plain(sink: Sink, spawned: Spawned, stalls: Stalls, pair: tuple[socket.socket, socket.socket]) -> Outbox:
    """One over a real socket. Its stream must never be written to."""
    return Outbox(sink, spawned, CONFIG, stalls, plain=pair[0])
