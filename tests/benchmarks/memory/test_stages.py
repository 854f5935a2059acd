from __future__ import annotations

from benchmarks.footprint import Footprint
from benchmarks.memory.stages import Stage, each_kb, kept_kb, table


def stage(number: int, name: str, kb: int) -> Stage:
    return Stage(number, name, Footprint(rss_kb=2 * kb, uss_kb=kb, descriptors=9, threads=3))


STAGES = [
    stage(1, "start", 1000), stage(1, "connected", 1800), stage(1, "gone", 1500),
    stage(2, "start", 1500), stage(2, "connected", 1800), stage(2, "gone", 1600),
]  # fmt: skip


def test_what_one_thing_costs_is_its_share_of_the_first_growth() -> None:
    assert each_kb(STAGES, "start", "connected", 100) == {"rss_kb": 16.0, "uss_kb": 8.0}


def test_what_is_kept_is_counted_from_the_start_of_the_first_round() -> None:
    assert kept_kb(STAGES, "start", "gone") == [500, 600]


def test_every_stage_has_a_line_below_the_head() -> None:
    lines = table(STAGES).splitlines()
    assert len(lines) == 1 + len(STAGES)
    assert lines[2].split() == ["1", "connected", "3,600", "1,800", "9", "3"]
