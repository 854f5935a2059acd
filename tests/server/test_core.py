"""What every session of a daemon shares is one object of each kind."""

from __future__ import annotations

from typing import Any

from trio.testing import MockClock

from tests.house import START_MS, open_house
from tests.server.people import session_of


async def test_all_sessions_share_one_core(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        assert session_of(house, ana).core is session_of(house, bo).core is house.daemon.core


async def test_the_parts_of_a_core_share_one_registry(mock_clock: MockClock) -> None:
    async with open_house() as house:
        core = house.daemon.core
        parts: list[Any] = [core.router, core.loader, core.journal, core.fanout, core.pages, core.signals]
        assert all(part.registry is core.registry for part in parts)


async def test_the_clock_of_a_core_is_the_one_it_was_given(mock_clock: MockClock) -> None:
    async with open_house() as house:
        assert house.daemon.core.now() == START_MS
        await house.sleep(1.5)
        assert house.daemon.core.now() == START_MS + 1_500
