"""Places are taken in order, bounded over all and for each user, and given back however an ask ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio
from attrs import Factory, define
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.server.hooks.places import ASKS_A_USER, WAITING_A_USER, Places


@define(eq=False)
class Queue:
    """Asks that keep their places until the test ends them."""

    places: Places
    nursery: trio.Nursery
    told: list[tuple[str, bool]] = Factory(list[tuple[str, bool]])
    """Who was told, and whether there was a place."""
    scopes: list[trio.CancelScope] = Factory(list[trio.CancelScope])

    async def come(self, *users: str) -> None:
        for user in users:
            self.nursery.start_soon(self._ask, user)
            await wait_all_tasks_blocked()

    async def _ask(self, user: str) -> None:
        with trio.CancelScope() as scope:
            self.scopes.append(scope)
            async with self.places.of(user) as there:
                self.told.append((user, there))
                if there:
                    await trio.sleep_forever()

    async def end(self, number: int) -> None:
        """End the ask that came as `number`th."""
        self.scopes[number].cancel()
        await wait_all_tasks_blocked()


@asynccontextmanager
async def queue(asks_max: int = 4, waiting_max: int = 100) -> AsyncGenerator[Queue, None]:
    async with trio.open_nursery() as nursery:
        yield Queue(Places(asks_max=asks_max, waiting_max=waiting_max, wait_s_max=0.5), nursery)
        nursery.cancel_scope.cancel()


async def test_who_waits_comes_in_order_when_a_place_is_given_back(mock_clock: MockClock) -> None:
    async with queue(asks_max=1) as there:
        await there.come("ana", "bo", "cy")
        assert there.told == [("ana", True)]
        await there.end(0)
        assert there.told == [("ana", True), ("bo", True)]


async def test_beyond_those_who_may_wait_the_next_is_told_at_once(mock_clock: MockClock) -> None:
    async with queue(asks_max=1, waiting_max=1) as there:
        await there.come("ana", "bo", "cy")
        assert there.told == [("ana", True), ("cy", False)]


async def test_asks_of_one_user_wait_for_each_other_and_for_nobody_else(mock_clock: MockClock) -> None:
    async with queue() as there:
        await there.come("ana", "ana", "ana", "ana", "bo")
        assert there.told == [("ana", True), ("ana", True), ("bo", True)]
        await there.end(0)
        assert there.told[3:] == [("ana", True)]


async def test_so_many_of_one_user_wait_and_the_next_is_told_at_once(mock_clock: MockClock) -> None:
    async with queue() as there:
        await there.come(*["ana"] * (ASKS_A_USER + WAITING_A_USER))
        assert there.told == [("ana", True)] * ASKS_A_USER
        await there.come("ana", "bo")
        assert there.told[ASKS_A_USER:] == [("ana", False), ("bo", True)]


async def test_who_waits_too_long_gets_no_place_and_keeps_none(mock_clock: MockClock) -> None:
    async with queue(asks_max=1) as there:
        await there.come("ana", "bo", "ana")
        mock_clock.jump(0.5)
        await wait_all_tasks_blocked()
        assert sorted(there.told) == [("ana", False), ("ana", True), ("bo", False)]
        await there.end(0)
        await there.come("bo")
        assert there.told[3:] == [("bo", True)]


async def test_who_goes_while_waiting_keeps_no_place_and_nothing_is_left_of_them(mock_clock: MockClock) -> None:
    async with queue(asks_max=1, waiting_max=1) as there:
        await there.come("ana", "bo")
        await there.end(1)
        await there.come("cy")
        await there.end(0)
        assert there.told == [("ana", True), ("cy", True)]
        await there.end(2)
        assert (there.places._asks, there.places._lines) == (0, {})
