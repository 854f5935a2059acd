from __future__ import annotations

from typing import Any

import pytest

from benchmarks.nuisance import Nuisance, Told
from benchmarks.summary import Figures
from benchmarks.toll import FAULTS, LATENCIES, Turn, rows, text

PINGS = Nuisance.PINGS


def seen(p99_ms: float, **changed: Any) -> Figures:
    clean: Figures = {**dict.fromkeys(FAULTS, 0), "refused": {}}
    return {**clean, **dict.fromkeys(LATENCIES, p99_ms), **changed}


def turn(run: int, nuisance: Nuisance | None, p99_ms: float, **changed: Any) -> Turn:
    told = None if nuisance is None else Told(sent=500, answered=200, refused={"rate_limited": 100}, seconds=2.0)
    return Turn(
        run=run, nuisance=nuisance, others=seen(p99_ms, **changed), shared=seen(2 * p99_ms), told=told, daemon_cpu=0.5
    )


def test_a_ratio_is_that_to_the_turn_alone_before_it_and_the_median_of_all_runs() -> None:
    pairs = [(1.0, 1.5), (2.0, 10.0), (4.0, 4.0)]
    measured = [turn(run, kind, pair[at]) for run, pair in enumerate(pairs) for at, kind in ((0, None), (1, PINGS))]
    [row] = rows(measured)
    assert (row.others["ack_p99_ms"], row.others_ratio["ack_p99_ms"]) == (4.0, 1.5)
    assert row.holds


@pytest.mark.parametrize(("p99_ms", "holds"), [(2.0, True), (2.1, False)])
def test_twice_the_p99_is_the_bar(p99_ms: float, holds: bool) -> None:
    [row] = rows([turn(1, None, 1.0), turn(1, PINGS, p99_ms)])
    assert row.holds is holds


@pytest.mark.parametrize("fault", [{"lost": 1}, {"closed": 1}, {"unsent": 1}, {"paused": 1}, {"refused": {"busy": 1}}])
def test_no_fault_is_within_the_bar(fault: dict[str, Any]) -> None:
    [row] = rows([turn(1, None, 1.0), turn(1, PINGS, 1.0, **fault)])
    [name] = fault
    assert (row.holds, row.faults) == (False, {f"{name} (others)": 1})


def test_faults_of_all_turns_add_up() -> None:
    [row] = rows([turn(1, None, 1.0, lost=2), turn(1, PINGS, 1.0, lost=3)])
    assert row.faults == {"lost (others)": 5}


def test_the_text_names_what_the_neighbour_did_and_what_it_cost() -> None:
    said = text([turn(1, None, 1.0), turn(1, PINGS, 3.0)])
    assert "flood of pings: MISSED" in said
    assert "3.00 / 3.00 ms (3.00 x / 3.00 x)" in said
    assert "sent 250, answered 100, refused {'rate_limited': 50}" in said
