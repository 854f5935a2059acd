"""How far commits have been applied, for whoever waits for one."""

from __future__ import annotations

import trio
from trio.testing import MockClock, assert_no_checkpoints, wait_all_tasks_blocked

from chatd.server.watermark import Watermark


async def test_what_is_applied_already_is_not_waited_for() -> None:
    mark = Watermark(3)
    with assert_no_checkpoints():
        await mark.reached(3)


async def test_who_waits_is_woken_when_the_commit_is_applied(mock_clock: MockClock) -> None:
    mark = Watermark(3)
    woken: list[int] = []

    async def wait(g: int) -> None:
        await mark.reached(g)
        woken.append(g)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait, 4)
        nursery.start_soon(wait, 6)
        await wait_all_tasks_blocked()
        mark.move(5)
        await wait_all_tasks_blocked()
        assert woken == [4]
        mark.move(6)
    assert woken == [4, 6]


async def test_moved_waits_for_the_next_move(mock_clock: MockClock) -> None:
    mark = Watermark()
    mark.move(1)
    with trio.move_on_after(0) as scope:
        await mark.moved()
    assert scope.cancelled_caught
    async with trio.open_nursery() as nursery:
        nursery.start_soon(mark.moved)
        await wait_all_tasks_blocked()
        mark.move(1)
