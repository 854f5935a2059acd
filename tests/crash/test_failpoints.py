"""The failpoints name what is there, and a daemon dies at each and loses nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.crash.deck import at
from tests.crash.failpoints import FAILPOINTS, Failpoint, Moment, Phase, locate
from tests.crash.life import live

CERTAIN = [
    point.name
    for point in FAILPOINTS
    if point.moment is not Moment.DURING and (point.phase, point.moment) != (Phase.FIRST_START, Moment.AFTER)
]
"""Those that are always struck. Some milliseconds after a call all may be over: that kill may come too late, and comes
from outside then. And where it came when a new store had just been made, none is made again."""


@pytest.mark.parametrize("point", FAILPOINTS, ids=lambda point: point.name)
def test_a_failpoint_is_in_the_daemon(point: Failpoint) -> None:
    owner, name = locate(point.place)
    assert callable(getattr(owner, name))
    for place, value in point.settings:
        owner, name = locate(place)
        assert getattr(owner, name) > value


def test_no_two_failpoints_have_one_name() -> None:
    assert len({point.name for point in FAILPOINTS}) == len(FAILPOINTS)


@pytest.mark.slow
async def test_killed_at_every_failpoint_it_loses_nothing(tmp_path: Path) -> None:
    chance = Random(7)
    account = await live(tmp_path, [at(point, chance) for point in FAILPOINTS], chance)
    assert account.violations == []
    assert account.cycles == len(FAILPOINTS)
    assert [name for name in account.missed if name in CERTAIN] == []
