from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.growth.depth import CACHED, PAGE, UNCACHED, PageReader, before_of, point
from benchmarks.growth.ground import Ground, running
from benchmarks.growth.stores import deepen
from benchmarks.peers.speech import Seat
from benchmarks.session import Session, SetupFailed


def test_pages_of_the_middle_are_others_each_time_and_whole() -> None:
    chance = random.Random(1)
    found = [before_of("middle", 1000, chance) for _ in range(100)]
    assert 250 <= min(found) < max(found) <= 750
    assert before_of("middle", 20, chance) == PAGE + 1


def test_the_ends_are_the_first_and_the_last_page() -> None:
    chance = random.Random(1)
    assert (before_of("oldest", 1000, chance), before_of("newest", 1000, chance)) == (PAGE + 1, 1001)


@pytest.mark.slow
def test_a_page_that_is_not_the_one_asked_for_is_no_figure(tmp_path: Path) -> None:
    deepen(tmp_path / "data", 60)
    with running(tmp_path) as daemon:
        session = Session.begin(daemon.url, Seat(0, 0).user)
        with session.sock:
            reader = PageReader(session, 60)
            assert reader.read(61) > 0
            with pytest.raises(SetupFailed, match="before 40: 50 entries expected"):
                reader.read(40)


@pytest.mark.slow
def test_pages_and_posts_are_measured(ground: Ground) -> None:
    found = point(ground, 60)
    assert found["faults"] == 0
    assert found["messages_per_s"] > 0
    assert all(0 < found[f"{place}_p50_ms"] <= found[f"{place}_p99_ms"] for place in (*CACHED, *UNCACHED))
