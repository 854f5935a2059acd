"""Which cycles a run has: as many as were asked for, and every failpoint soon."""

from __future__ import annotations

from random import Random

import pytest

from tests.crash.deck import LIFE_CYCLES, lives
from tests.crash.failpoints import FAILPOINTS, Phase
from tests.crash.hooks import Orders, Trigger


@pytest.mark.parametrize("cycles", [1, LIFE_CYCLES, LIFE_CYCLES + 1, 200])
def test_the_lives_have_so_many_cycles_in_all(cycles: int) -> None:
    assert sum(map(len, lives(cycles, Random(1)))) == cycles


def test_every_life_begins_at_a_first_start_and_has_no_other() -> None:
    for endings in lives(200, Random(1)):
        assert [ending.is_of(Phase.FIRST_START) for ending in endings] == [True] + [False] * (len(endings) - 1)


def test_two_hundred_cycles_come_by_every_failpoint() -> None:
    names = [ending.name for endings in lives(200, Random(1)) for ending in endings]
    assert [point.name for point in FAILPOINTS if point.name not in names] == []


def test_a_seed_deals_the_same_again() -> None:
    assert list(lives(60, Random(9))) == list(lives(60, Random(9)))


def test_orders_survive_the_way_to_another_process() -> None:
    orders = Orders(point="before a batch", call=3, delay_ms=1.5, full_batch=2, full_though_stored=True, plant="x")
    assert Orders.from_json(orders.to_json()) == orders


def test_a_trigger_is_due_at_its_call_alone() -> None:
    trigger = Trigger(3)
    assert [trigger.is_due() for _ in range(5)] == [False, False, True, False, False]


def test_a_trigger_that_does_not_count_yet_is_not_due() -> None:
    trigger = Trigger(1, counts=False)
    assert not trigger.is_due()
    trigger.counts = True
    assert trigger.is_due()
