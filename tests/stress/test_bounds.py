from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from benchmarks.footprint import Footprint
from benchmarks.memory.counted import Inside
from benchmarks.summary import Figures
from benchmarks.toll import FAULTS, LATENCIES, Turn
from chatd.server.config import Config
from tests.stress.bounds import (
    REFUSAL_MS_MAX,
    Held,
    Load,
    Pair,
    Round,
    growth,
    judge_neighbours,
    judge_overload,
    judge_soak,
    limit_kb,
    memory_share,
    percentile,
)

CALM = Round(
    peak_per_s=1000.0,
    goodput_per_s=950.0,
    grown=1.01,
    refused=500,
    accepted_ms=[5.0, 9.0],
    refused_ms=[250.0, 251.0],
    lost_acks=0,
    faults={},
    driver_cpu=0.5,
)


def held(at: float, rss_kb: int, connections: int = 0) -> Held:
    return Held(at=at, rss_kb=rss_kb, connections=connections)


def test_an_overload_within_its_bounds_violates_nothing() -> None:
    found, broken = judge_overload([CALM])
    assert broken == []
    assert (found["goodput_ratio"], found["refused"], found["probe_refused_p99_ms"]) == (0.95, 500, 251.0)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"goodput_per_s": 899.0}, "goodput is 0.90 of the peak"),
        ({"grown": 1.06}, "memory grew to 1.060 times"),
        ({"refused_ms": [REFUSAL_MS_MAX + 1]}, "a refusal took"),
        ({"refused_ms": []}, "no probe was refused"),
        ({"lost_acks": 1}, "1 acknowledged posts are not in their rooms"),
        ({"faults": {"closed": 2}}, "faults: {'closed': 2}"),
    ],
)
def test_each_bound_of_an_overload_is_held_alone(changed: dict[str, Any], says: str) -> None:
    _, broken = judge_overload([evolve(CALM, **changed)])
    assert len(broken) == 1
    assert says in broken[0]


def test_one_bad_round_of_three_is_no_verdict_on_goodput_but_one_lost_ack_is() -> None:
    bad = evolve(CALM, goodput_per_s=100.0, lost_acks=1)
    _, broken = judge_overload([CALM, bad, CALM])
    assert broken == ["overload: 1 acknowledged posts are not in their rooms"]


def seen(p99_ms: float, **changed: Any) -> Figures:
    return {**dict.fromkeys(FAULTS, 0), "refused": {}, **dict.fromkeys(LATENCIES, p99_ms), **changed}


def turn(p99_ms: float, **changed: Any) -> Turn:
    others = seen(p99_ms, **changed)
    return Turn(run=1, nuisance=None, others=others, shared=seen(p99_ms), told=None, daemon_cpu=0.5)


def test_twice_the_p99_is_allowed_and_no_more() -> None:
    pairs = [Pair(name="near", alone=turn(1.0), beside=turn(2.0)), Pair(name="over", alone=turn(1.0), beside=turn(2.1))]
    _, broken = judge_neighbours(pairs)
    assert broken == ["over: others' delivery_p99_ms is 2.1 times", "over: others' ack_p99_ms is 2.1 times"]


def test_a_neighbour_is_judged_by_the_median_of_its_runs() -> None:
    pairs = [Pair(name="flood", alone=turn(1.0), beside=turn(each)) for each in (1.5, 9.0, 1.8)]
    found, broken = judge_neighbours(pairs)
    assert (broken, found["flood"]["ack_p99_ratio"]) == ([], 1.8)  # type: ignore[index]


def test_a_crowd_is_judged_by_what_the_same_crowd_costs_elsewhere() -> None:
    noisy = [Pair(name="crowd", alone=turn(1.0), beside=turn(6.0), elsewhere=turn(3.0))]
    found, broken = judge_neighbours(noisy)
    assert broken == []
    assert found["crowd"] == {
        "delivery_p99_ratio": 6.0,
        "ack_p99_ratio": 6.0,
        "floor_p99_ratio": 3.0,
        "alone_p99_ms": 1.0,
        "faults": {},
    }
    _, broken = judge_neighbours([evolve(noisy[0], elsewhere=turn(2.9))])
    assert broken == ["crowd: others' delivery_p99_ms is 2.07 times", "crowd: others' ack_p99_ms is 2.07 times"]


def test_a_fault_beside_a_neighbour_is_a_violation() -> None:
    _, broken = judge_neighbours([Pair(name="flood", alone=turn(1.0), beside=turn(1.0, lost=3))])
    assert broken == ["flood: {'lost (others)': 3}"]


def test_the_limit_counts_the_most_connections_that_there_were() -> None:
    load, config = Load(rooms=10), Config()
    limit = limit_kb(50_000, 1000, load, config)
    after = [held(0, 50_000, 1000), held(1, int(limit), 0)]
    assert memory_share(50_000, after, load, config) <= 1.0
    assert memory_share(50_000, after[1:], load, config) > 1.0


def test_a_slow_reader_may_cost_its_outbox() -> None:
    config = Config()
    more = limit_kb(0, 0, Load(rooms=0, slow_readers=3), config) - limit_kb(0, 0, Load(rooms=0), config)
    assert more * 1024 == 3 * config.outbox.bytes_max


def test_growth_compares_late_with_early() -> None:
    assert growth([held(at, 100 + 10 * at) for at in range(8)]) == pytest.approx(165 / 125, abs=0.001)
    assert growth([held(at, 100) for at in range(8)]) == 1.0
    assert growth([held(0, 1), held(1, 100)]) == 1.0


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile(range(1, 101), 99) == 99
    assert percentile([], 99) == 0.0


def inside(uss_kb: int, objects: int = 100) -> Inside:
    return Inside({"a.B": objects}, 10_000, Footprint(uss_kb, uss_kb, 10, 3))


def test_a_soak_that_holds_still_violates_nothing() -> None:
    assert judge_soak([inside(50_000), inside(51_000), inside(50_500)], 10_000)[1] == []


def test_a_soak_tells_what_grew() -> None:
    _, broken = judge_soak([inside(50_000), inside(52_000, 1000), inside(53_000, 2000)], 10_000)
    assert broken == ["soak: a.B grew", "soak: memory: 3000 KiB of USS grew"]
