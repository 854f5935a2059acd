from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock, assert_no_checkpoints

from chatd.server.arrivals import (
    ARRIVALS_PER_S,
    ARRIVALS_PER_TURN,
    BESIDE_OTHERS_PER_S,
    BESIDE_OTHERS_PER_TURN,
    SHAKEN,
    Arrivals,
)

PLACE_S = 1 / BESIDE_OTHERS_PER_S
"""The first one does not wait for a place."""


def beside_others() -> Arrivals:
    return Arrivals(lambda: True)


async def let_in(arrivals: Arrivals, count: int, cost: int = 1) -> float:
    """Let in so many or one more, and return how long it took."""
    began_s, taken = trio.current_time(), 0
    while taken < count:
        taken += await arrivals.due(cost)
    return trio.current_time() - began_s


async def test_while_nobody_is_at_work_one_comes_in_each_turn_however_short(mock_clock: MockClock) -> None:
    arrivals = Arrivals()
    assert [await arrivals.due() for _ in range(5)] == [1] * 5


@pytest.mark.parametrize(
    ("turn_s", "count"), [(5.5 / ARRIVALS_PER_S, 5), (1.0, ARRIVALS_PER_TURN)], ids=["long", "after a rest"]
)
async def test_a_long_turn_is_made_good_within_a_bound(mock_clock: MockClock, turn_s: float, count: int) -> None:
    arrivals = Arrivals()
    await arrivals.due()
    mock_clock.jump(turn_s)
    assert await arrivals.due() == count


async def test_beside_others_a_storm_is_let_in_evenly(autojump_clock: MockClock) -> None:
    assert await let_in(beside_others(), BESIDE_OTHERS_PER_S) == pytest.approx(1.0 - PLACE_S, abs=0.001)


async def test_who_shakes_hands_counts_for_several(autojump_clock: MockClock) -> None:
    taken_s = await let_in(beside_others(), BESIDE_OTHERS_PER_S, SHAKEN)
    assert taken_s == pytest.approx(SHAKEN * (1.0 - PLACE_S), abs=0.001)


async def test_listeners_that_share_a_pace_let_in_no_more_together(autojump_clock: MockClock) -> None:
    arrivals = beside_others()
    began_s = trio.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(let_in, arrivals, BESIDE_OTHERS_PER_S)
    assert trio.current_time() - began_s == pytest.approx(2.0 - PLACE_S, abs=0.001)


async def test_beside_others_a_newcomer_after_a_rest_does_not_wait(mock_clock: MockClock) -> None:
    arrivals = beside_others()
    await arrivals.due()
    mock_clock.jump(10)
    assert await arrivals.due() == BESIDE_OTHERS_PER_TURN


async def test_beside_others_what_a_late_turn_missed_is_made_good_and_no_more(mock_clock: MockClock) -> None:
    arrivals = beside_others()
    assert await arrivals.due() == 1
    mock_clock.jump(2.5 / BESIDE_OTHERS_PER_S)
    assert await arrivals.due() == 2
    with trio.move_on_after(0) as too_early:
        await arrivals.due()
    assert too_early.cancelled_caught


async def test_beside_others_long_turns_let_in_few_each(mock_clock: MockClock) -> None:
    arrivals = beside_others()
    for _ in range(3):
        mock_clock.jump(8 / BESIDE_OTHERS_PER_S)
        with assert_no_checkpoints():
            assert await arrivals.due() == BESIDE_OTHERS_PER_TURN


async def test_the_pace_changes_as_soon_as_others_are_at_work(mock_clock: MockClock) -> None:
    at_work: list[bool] = []
    arrivals = Arrivals(lambda: bool(at_work))
    await arrivals.due()
    mock_clock.jump(1)
    assert await arrivals.due() == ARRIVALS_PER_TURN
    at_work.append(True)
    assert await arrivals.due() == BESIDE_OTHERS_PER_TURN
