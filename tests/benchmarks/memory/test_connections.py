from __future__ import annotations

import pytest

from benchmarks.daemon import own_daemon, port_of
from benchmarks.memory import connections
from benchmarks.memory.connections import Lost, burst, idle
from benchmarks.memory.visit import Visitors
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.speech import Seat
from benchmarks.peers.works import Kind, Work

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ROUNDS", 2)
    monkeypatch.setattr(connections, "BURST_ROUNDS", 2)
    monkeypatch.setattr(connections, "WARM", 2)
    monkeypatch.setattr(connections, "POSTS", 3)
    monkeypatch.setattr(connections, "_QUIET_S", 0.1)
    monkeypatch.setattr("benchmarks.memory.visit.SETTLE_S", 0.0)


def test_connections_are_there_and_then_gone_in_every_round() -> None:
    stages = idle(5)
    held = [stage.footprint.descriptors for stage in stages]
    start = held[0]
    assert [stage.name for stage in stages] == ["start", "connected", "gone"] * 2
    assert held == [start, start + 5, start] * 2


def test_a_burst_reaches_all_who_listen() -> None:
    stages = burst(4)
    assert [stage.name for stage in stages] == ["start", "listening", "after the burst", "gone"] * 2
    assert stages[2].footprint.descriptors == stages[0].footprint.descriptors + 4


def test_who_hears_more_or_less_than_was_posted_is_noticed() -> None:
    work = Work(name="burst", kind=Kind.LOAD, rooms=1, members=3)
    with own_daemon() as daemon:
        port = port_of(daemon.url)
        visitors = Visitors(port, chatd_rooms(port, work))
        visitors.enter(work.seats(0, 1))
        visitors.join()
        visitors.talks[Seat(0, 2)].marks = 1
        with pytest.raises(Lost, match=r"1 of 3 connections were not given 3 posts: \[4\]"):
            connections._post(visitors, work)
        visitors.leave()
