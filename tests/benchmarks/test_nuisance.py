from __future__ import annotations

import multiprocessing
import secrets
import socket
import threading

import pytest

from benchmarks.daemon import Daemon
from benchmarks.nuisance import (
    BLOCK_FRAMES,
    Flood,
    Neighbour,
    Nuisance,
    NuisanceFailed,
    Order,
    Told,
    flood_of,
    neighbour,
)
from benchmarks.session import Session
from chatd.chain import group_id
from chatd.messages import Committed, CreateGroup, Done, Ping, Refused
from chatd.wire import codec


def order(url: str, kind: Nuisance) -> Order:
    """Make a room of one, for the neighbour to be let into."""
    owner, key = f"owner-{kind.name.lower()}", secrets.token_bytes(16)
    session = Session.begin(url, owner)
    session.ask(CreateGroup(key=key, title="shared"), Committed)
    session.sock.close()
    room = group_id(owner, key)
    return Order(url=url, kind=kind, user=f"nuisance-{room.hex()}", owner=owner, room=room, key=secrets.token_bytes(16))


class Peer(threading.Thread):
    """Answers the first pings as it is told, and closes."""

    def __init__(self, sock: socket.socket, answers: bytes) -> None:
        super().__init__()
        self.sock, self.answers = sock, answers

    def run(self) -> None:
        self.sock.recv(65536)
        self.sock.sendall(self.answers)
        self.sock.shutdown(socket.SHUT_WR)
        while self.sock.recv(65536):
            pass


def flooded(answers: bytes) -> Told:
    ours, theirs = socket.socketpair()
    peer = Peer(theirs, answers)
    peer.start()
    with ours, theirs:
        told = Flood(ours, lambda number, _: codec.encode(Ping(), 65536 + number)).run(lambda: False)
        ours.close()
        peer.join()
    return told


@pytest.mark.slow
def test_answers_and_refusals_are_counted_apart() -> None:
    busy = codec.encode(Refused(code="busy", verdict="after_ms", after_ms=5), 65536)
    told = flooded(codec.encode(Done(), 65537) + busy + busy)
    assert (told.answered, told.refused, told.closed) == (1, {"busy": 2}, True)


@pytest.mark.slow
def test_what_the_kernel_took_counts_as_sent() -> None:
    assert flooded(b"").sent >= BLOCK_FRAMES


def test_a_flood_that_is_over_before_it_begins_sends_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert Flood(ours, lambda *_: b"").run(lambda: True).sent == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", Nuisance)
def test_a_nuisance_is_let_in_and_ends_when_it_is_told(kind: Nuisance, daemon: Daemon) -> None:
    with neighbour(order(daemon.url, kind)) as beside:
        beside.await_ready()
        beside.begin(0)
        told = beside.end()
    assert not told.closed
    assert told.seconds > 0


@pytest.mark.slow
def test_a_reader_that_stops_has_asked_for_much(daemon: Daemon) -> None:
    with neighbour(order(daemon.url, Nuisance.STOPPED_READER)) as beside:
        beside.await_ready()
        beside.begin(0)
        assert beside.end().sent > 100


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "reply"), [(Nuisance.FLOOD_APART, Committed), (Nuisance.PINGS, Done), (Nuisance.REFUSED, Refused)]
)
def test_each_frame_of_a_flood_has_the_reply_that_its_kind_says(kind: Nuisance, reply: type, daemon: Daemon) -> None:
    asked = order(daemon.url, kind)
    session = Session.begin(daemon.url, asked.user)
    frames = flood_of(asked, session).fill
    for number in range(3):
        session.sock.sendall(frames(number, 1_000_000 * number))
        assert isinstance(session.wait_for(reply), reply)
    session.sock.close()


def test_a_nuisance_that_ended_is_a_failure() -> None:
    ours, theirs = multiprocessing.Pipe()
    theirs.close()
    with ours, pytest.raises(NuisanceFailed, match="ended"):
        Neighbour(ours).await_ready()
