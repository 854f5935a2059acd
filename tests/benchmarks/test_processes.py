from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest

from benchmarks.plan import Failed, Progress, Ready
from benchmarks.processes import Drivers, LoadFailed, drivers_of
from tests.benchmarks.test_plan import make_plan
from tests.benchmarks.test_summary import make_result


class Pipes:
    def __init__(self) -> None:
        pairs = [multiprocessing.Pipe() for _ in range(2)]
        self.ours: list[Connection[Any, Any]] = [pair[0] for pair in pairs]
        self.theirs: list[Connection[Any, Any]] = [pair[1] for pair in pairs]
        self.drivers = Drivers(self.ours)


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    made = Pipes()
    yield made
    for each in [*made.ours, *made.theirs]:
        each.close()


def _soon() -> int:
    return time.monotonic_ns() + 10**12


def test_a_phase_is_over_when_every_driver_is_ready(pipes: Pipes) -> None:
    for pipe in pipes.theirs:
        pipe.send(Ready())
    pipes.drivers.await_ready()
    pipes.drivers.go_on(7)
    assert [pipe.recv() for pipe in pipes.theirs] == [7, 7]


def test_results_come_in_the_order_of_the_drivers(pipes: Pipes) -> None:
    for pipe, acked in zip(reversed(pipes.theirs), (2, 1), strict=True):
        pipe.send(make_result(acked=acked))
    assert [result.acked for result in pipes.drivers.results(60)] == [1, 2]


def test_the_progress_of_all_drivers_is_shown_as_one(pipes: Pipes, capsys: pytest.CaptureFixture[str]) -> None:
    for pipe in pipes.theirs:
        pipe.send(Progress(1000, 5000))
        pipe.send(make_result())
    pipes.drivers.watch(_soon())
    assert capsys.readouterr().err == "2,000 posts acknowledged, 10,000 delivered\n"


def test_a_driver_that_gives_up_ends_the_run(pipes: Pipes) -> None:
    pipes.theirs[1].send(Failed("no daemon there"))
    with pytest.raises(LoadFailed, match="no daemon there"):
        pipes.drivers.watch(_soon())


def test_a_driver_that_dies_ends_the_run(pipes: Pipes) -> None:
    pipes.theirs[1].close()
    with pytest.raises(LoadFailed, match="without a word"):
        pipes.drivers.watch(_soon())


def test_a_driver_without_a_result_ends_the_run(pipes: Pipes) -> None:
    with pytest.raises(LoadFailed, match="no result"):
        pipes.drivers.results(0)


def test_a_driver_out_of_step_ends_the_run(pipes: Pipes) -> None:
    pipes.theirs[0].send(Progress(1, 1))
    with pytest.raises(LoadFailed, match="during the setup"):
        pipes.drivers.await_ready()


@pytest.mark.slow
def test_a_driver_process_tells_that_no_daemon_is_there() -> None:
    with (
        drivers_of(make_plan(url="unix:///nowhere/at/all")) as drivers,
        pytest.raises(LoadFailed, match="No such file"),
    ):
        drivers.await_ready()
