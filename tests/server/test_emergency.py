"""The emergency level of a server is told to who comes, and outlasts the daemon."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from chatd.messages import Done, Refused, ServerLevel, SetLevel, Welcome
from chatd.storage.memory import MemoryStore
from tests.house import EPOCH, House, open_house
from tests.server.people import group


async def operate(house: House, level: int) -> None:
    op = await house.connect(operators=True)
    await op.hello("", scheme="operator")
    assert await op.ask(SetLevel(level=level)) == Done()
    await op.stream.aclose()


@pytest.mark.parametrize("level", [0, 3])
async def test_who_comes_is_told_in_the_welcome(mock_clock: MockClock, level: int) -> None:
    async with open_house() as house:
        await operate(house, level)
        peer = await house.connect()
        welcome = await peer.hello("ana")
        assert isinstance(welcome, Welcome)
        assert welcome.level == level


async def test_who_is_there_is_told_once_it_is_on_disk(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        await operate(house, 2)
        await house.rest()
        for peer in (ana, bo):
            assert [each.message for each in peer.received if isinstance(each.message, ServerLevel)] == [
                ServerLevel(level=2)
            ]


async def test_it_outlasts_the_daemon(mock_clock: MockClock) -> None:
    store = MemoryStore(EPOCH)
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await operate(house, 4)
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        refused = await ana.post(room, "hello?")
        assert isinstance(refused, Refused)
        assert refused.code == "emergency"
