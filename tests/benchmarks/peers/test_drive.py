from __future__ import annotations

import multiprocessing
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from benchmarks.peers.drive import drive
from benchmarks.peers.works import Done, Failed, Job, Kind, LoadSeen, Ready, StormSeen, Unfinished, Work
from tests.benchmarks.peers.hub import Hub, ShoutSpeech, running_hub

pytestmark = pytest.mark.slow

WORK = Work(name="w", kind=Kind.LOAD, rooms=1, members=3, window=4, seconds=0.2, drain_s_max=5.0, missed=3)


class Pipe:
    def __init__(self) -> None:
        self.ours, self.theirs = multiprocessing.Pipe()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.ours.close()
    made.theirs.close()


def play(job: Job, pipe: Pipe, phases: int) -> Any:
    """Drive in a process of its own, with a go for each phase. Returns the last word."""
    process = multiprocessing.get_context("spawn").Process(target=drive, args=(job, pipe.theirs))
    process.start()
    for _ in range(phases):
        assert pipe.ours.recv() == Ready()
        pipe.ours.send(time.monotonic_ns())
    word = pipe.ours.recv()
    process.join()
    process.close()
    return word


def test_a_load_tells_what_was_posted_and_heard(hub: Hub, pipe: Pipe) -> None:
    seen = play(Job(work=WORK, speech=ShoutSpeech(), port=hub.port), pipe, 3)
    assert isinstance(seen, LoadSeen)
    assert [one.count for one in seen.heard] == [seen.posted[0]] * 3
    assert [one.is_sender for one in seen.heard] == [True, False, False]
    assert seen.posted[0] >= seen.answered > 4
    assert (seen.complaints, seen.broken, seen.closed) == (0, 0, 0)


def test_a_load_that_is_still_under_way_after_its_drain_is_not_finished(hub: Hub, pipe: Pipe) -> None:
    work = evolve(WORK, drain_s_max=0.1)
    assert play(Job(work=work, speech=ShoutSpeech(b"never"), port=hub.port), pipe, 3) == Unfinished(
        "still delivering 0.1 s after the last post"
    )


@pytest.mark.parametrize("kind", [Kind.STORM, Kind.COLD])
def test_a_storm_tells_how_long_it_took_and_that_all_came_once(hub: Hub, pipe: Pipe, kind: Kind) -> None:
    seen = play(Job(work=evolve(WORK, kind=kind), speech=ShoutSpeech(), port=hub.port), pipe, 1)
    assert isinstance(seen, StormSeen)
    assert (seen.lost, seen.doubled) == (0, 0)
    assert seen.seconds > 0


def test_idle_connections_come_in_two_phases(hub: Hub, pipe: Pipe) -> None:
    assert play(Job(work=evolve(WORK, kind=Kind.IDLE), speech=ShoutSpeech(), port=hub.port), pipe, 2) == Done()


def test_a_server_that_is_not_there_is_told_of(pipe: Pipe) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        word = play(Job(work=WORK, speech=ShoutSpeech(), port=taken.getsockname()[1]), pipe, 0)
    assert isinstance(word, Failed)
    assert word.text.startswith("ConnectionRefusedError")
