"""The crowds are what they say they are. How much they cost is for `python -m tests.stress` to say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks import neighbours
from benchmarks.daemon import Daemon, own_daemon
from benchmarks.nuisance import Told
from tests.stress import crowds, overload
from tests.stress.bounds import OFFERED
from tests.stress.crowds import half_open, not_whole, reconnecting
from tests.stress.turns import Crowded, turn
from tests.stress.watch import watching

SECONDS = 0.5


def test_who_came_back_and_was_given_too_little_is_counted() -> None:
    assert not_whole(Told(sent=50, answered=47)) == 3
    assert not_whole(Told(sent=50, answered=50)) == 0
    assert not_whole(None) == 0


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with own_daemon() as running:
        yield running


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "ROOMS", 4)
    monkeypatch.setattr(neighbours, "RATE", 80.0)
    monkeypatch.setattr(neighbours, "SETTLE_S", 0.1)
    monkeypatch.setattr(overload, "ROOMS", 4)
    monkeypatch.setattr(overload, "WINDOW", 8)


@pytest.mark.slow
@pytest.mark.usefixtures("little")
def test_half_open_connections_stay_through_a_turn(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "BEFORE_HELLO", 10)
    with watching(daemon.pid) as watch:
        found = turn(daemon, 1, Crowded("half-open", half_open, 30), SECONDS)
    assert found.told is not None
    assert found.told.sent == 30
    assert found.faults == {}
    assert max(held.connections for held in watch.held) >= 30


@pytest.mark.slow
@pytest.mark.usefixtures("little")
def test_a_storm_comes_back_whole(daemon: Daemon) -> None:
    found = turn(daemon, 1, Crowded("storm", reconnecting, crowds.STORM_MEMBERS), SECONDS)
    assert found.told is not None
    assert found.told.sent == found.told.answered == crowds.STORM_MEMBERS
    assert found.faults == {}


@pytest.mark.slow
@pytest.mark.usefixtures("little")
def test_an_overload_loses_no_ack(daemon: Daemon) -> None:
    with watching(daemon.pid) as watch:
        found = overload.one_round(daemon, watch, SECONDS)
    assert (found.lost_acks, found.faults) == (0, {})
    assert found.peak_per_s > 0
    assert found.goodput_per_s < OFFERED * found.peak_per_s
    assert found.accepted_ms
    assert found.refused_ms
