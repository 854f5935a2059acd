from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from benchmarks.logfile import Joined, Log, Said, Step
from benchmarks.script import Progress, Script
from chatd.limits import DEFAULTS


def _script(*steps: Step, kills: int = 0) -> Script:
    lines = sum(isinstance(step, Said) for step in steps)
    return Script(logs=(Log(steps, lines, 0),), pipeline=None, kills=kills, listeners=1)


def test_the_keeper_has_a_name_that_no_nick_has() -> None:
    assert _script(Said("ana", b"x")).keeper == "keeper"
    assert _script(Said("keeper", b"x"), Joined("keeper'")).keeper == "keeper''"


@pytest.mark.parametrize(("kills", "points"), [(0, []), (1, [5]), (4, [2, 4, 6, 8]), (20, None)])
def test_kills_are_spread_evenly_and_come_before_the_end(kills: int, points: list[int] | None) -> None:
    found = _script(*[Said("ana", b"x")] * 10, kills=kills).kill_points()
    assert len(found) == kills
    assert all(point < 10 for point in found)
    assert points is None or found == points


def test_only_a_log_of_many_nicks_asks_for_other_limits() -> None:
    few = [Joined(f"n{number}") for number in range(DEFAULTS.group_members_max - 1)]
    assert _script(Said("n0", b"x"), *few).daemon_flags() == []
    assert _script(Said("one more", b"x"), *few).daemon_flags() == ["--limits.group-members-max", "1025"]


async def test_who_waits_for_a_line_goes_on_when_it_is_done() -> None:
    progress, reached = Progress(3), list[int]()

    async def wait_for(count: int) -> None:
        await progress.reach(count)
        reached.append(count)

    async with trio.open_nursery() as nursery:
        for count in (0, 2, 3):
            nursery.start_soon(wait_for, count)
        for expected in ([0], [0], [0, 2], [0, 2, 3]):
            await wait_all_tasks_blocked()
            assert reached == expected
            progress.tell_line()


async def test_a_line_that_is_done_need_not_be_waited_for() -> None:
    progress = Progress(1)
    progress.tell_line()
    await progress.reach(1)
    assert progress.done == 1
