from __future__ import annotations

import pytest

from benchmarks.footprint import Footprint
from benchmarks.memory import leaks as module
from benchmarks.memory.counted import Inside
from benchmarks.memory.drops import KINDS
from benchmarks.memory.leaks import Growth, growths, leaks, many_cycles


def inside(objects: dict[str, int], *, blocks: int = 9000, descriptors: int = 20, threads: int = 4) -> Inside:
    return Inside(objects, blocks, Footprint(1, 1, descriptors, threads))


def series(*counts: int) -> list[Inside]:
    return [inside({"app.Session": count, "app.Daemon": 1}) for count in counts]


def test_the_type_that_grew_most_comes_first() -> None:
    assert growths(series(5, 9)) == [Growth("app.Session", (5, 9)), Growth("app.Daemon", (1, 1))]


def test_a_type_that_appears_later_had_none_before() -> None:
    assert growths([inside({}), inside({"new": 2})]) == [Growth("new", (0, 2))]


def test_what_grows_with_every_look_is_a_leak() -> None:
    assert leaks(series(1, 40, 80, 130), 1000) == [Growth("app.Session", (1, 40, 80, 130))]


@pytest.mark.parametrize("counts", [(1, 400, 80, 130), (1, 20, 30, 40), (900, 900, 900, 900)])
def test_what_goes_up_and_down_or_hardly_grows_is_none(counts: tuple[int, ...]) -> None:
    assert leaks(series(*counts), 1000) == []


def test_over_many_cycles_a_few_objects_more_are_none() -> None:
    assert leaks(series(1, 40, 80, 130), 100_000) == []
    assert len(leaks(series(1, 100, 200, 300), 100_000)) == 1


def test_one_descriptor_more_in_the_end_is_a_leak() -> None:
    looks = [inside({}, descriptors=20), inside({}, descriptors=25), inside({}, descriptors=21)]
    assert leaks(looks, 1000) == [Growth("descriptors", (20, 25, 21))]


@pytest.mark.parametrize(("threads", "found"), [(6, 0), (7, 1)])
def test_worker_threads_to_spare_are_no_leak_but_more_are(threads: int, found: int) -> None:
    assert len(leaks([inside({}, threads=4), inside({}, threads=threads)], 1000)) == found


def test_bytes_that_stay_show_as_blocks() -> None:
    looks = [inside({}, blocks=9000), inside({}, blocks=11_000), inside({}, blocks=13_000)]
    assert leaks(looks, 10_000) == [Growth("blocks of memory", (9000, 11_000, 13_000))]


@pytest.mark.slow
def test_the_daemon_is_looked_at_after_connections_of_every_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WARM_UP", 20)
    monkeypatch.setattr(module, "ROOMS", 20)
    monkeypatch.setattr("benchmarks.memory.drops.ROOMS", 20)
    monkeypatch.setattr("benchmarks.memory.visit.SETTLE_S", 0.0)
    seen = many_cycles(100)
    assert seen.ended == dict.fromkeys(KINDS, 12)
    assert len(seen.looks) == module.LOOKS
    assert seen.looks[-1].objects["chatd.server.daemon.Daemon"] == 1
    assert seen.looks[-1].objects.get("chatd.server.session.Session", 0) == 0
