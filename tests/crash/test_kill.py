"""A daemon killed while clients post: what it acknowledged is there, once, in one order (D1-D5, O1-O9, E1, E2)."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.crash.deck import at_any_moment
from tests.crash.life import ROOMS, live

pytestmark = pytest.mark.slow

CYCLES = 5


async def test_killed_five_times_it_keeps_every_ack_at_its_place_once(tmp_path: Path) -> None:
    account = await live(tmp_path, [at_any_moment()] * CYCLES, Random(22))
    assert account.violations == []
    assert (account.cycles, account.lost, account.duplicated, account.unexpected) == (CYCLES, 0, 0, 0)
    assert account.stored >= account.acked > len(ROOMS)
    assert account.received > account.acked
