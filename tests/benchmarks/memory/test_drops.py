from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.daemon import own_daemon, port_of
from benchmarks.memory import drops
from benchmarks.memory.drops import KINDS, SIDE_BY_SIDE, Cycles
from benchmarks.peers.chatd_speech import ChatdSpeech
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.speech import Seat
from benchmarks.peers.works import Kind, Work
from benchmarks.session import Session
from chatd.messages import History, HistoryPage

ROOMS = 10


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A daemon of our own: another test may have made rooms by the same keys."""
    with own_daemon() as daemon:
        yield daemon.url


@pytest.fixture
def cycles(url: str, monkeypatch: pytest.MonkeyPatch) -> Cycles:
    monkeypatch.setattr(drops, "ROOMS", ROOMS)
    port = port_of(url)
    work = Work(name="drops", kind=Kind.LOAD, rooms=ROOMS, members=drops.ROOM_MEMBERS)
    speech = chatd_rooms(port, work)
    assert isinstance(speech, ChatdSpeech)
    return Cycles(port, speech)


@pytest.mark.slow
def test_every_kind_of_end_has_its_turn(cycles: Cycles) -> None:
    cycles.run(2 * len(KINDS))
    assert cycles.ended == dict.fromkeys(KINDS, 2)


@pytest.mark.slow
def test_now_and_then_somebody_posts(cycles: Cycles, url: str) -> None:
    cycles.run(1)
    room = cycles.speech.cursors[0]
    reader = Session.begin(url, Seat(0, 0).user, device="reader")
    page = reader.ask(History(room=room.room, limit=1), HistoryPage)
    reader.sock.close()
    assert page.head > room.seq


def test_no_two_connections_at_a_time_are_of_one_user() -> None:
    assert SIDE_BY_SIDE <= drops.ROOMS
