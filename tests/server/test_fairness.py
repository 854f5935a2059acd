"""No session takes more than its turn (invariants L2, L3)."""

from __future__ import annotations

from pathlib import Path

import trio
from attrs import Factory, define, evolve
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.messages import Done, Ping, Refused
from chatd.server.config import Config, RateConfig
from chatd.server.metrics import Metrics
from chatd.server.turns import COMMANDS_A_TURN
from tests.house import open_house

PINGS = 500
CONFIG = Config(data=Path("unused"), dev=True)


@define(eq=False)
class Turns(trio.abc.Instrument):
    """Counts the commands that each step of each task carries out."""

    metrics: Metrics
    taken: list[int] = Factory(list)
    _before: int = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._before = self.metrics.commands

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        if self.metrics.commands > self._before:
            self.taken.append(self.metrics.commands - self._before)


async def test_a_flood_in_one_read_is_carried_out_in_many_turns(mock_clock: MockClock) -> None:
    async with open_house() as house:
        flooder = await house.enter("ana", follow=False)
        turns = Turns(house.daemon.core.metrics)
        trio.lowlevel.add_instrument(turns)
        flood = b"".join(flooder.wire.send(Ping(), number) for number in range(10, 10 + PINGS))
        await flooder.stream.send_all(flood)
        await house.rest()
        trio.lowlevel.remove_instrument(turns)
        assert sum(turns.taken) == PINGS
        assert max(turns.taken) <= COMMANDS_A_TURN
        assert [each.message for each in flooder.received] == [Done()] * PINGS


async def test_who_sends_too_much_is_told_once_and_not_read_from_until_it_may_come_again(mock_clock: MockClock) -> None:
    config = evolve(CONFIG, rates=RateConfig(commands_per_s=10, burst_commands=5))
    async with open_house(config) as house:
        flooder, other = await house.enter("ana", follow=False), await house.enter("bo", follow=False)
        await house.sleep(1)
        await flooder.stream.send_all(b"".join(flooder.wire.send(Ping(), number) for number in range(10, 30)))
        await house.rest()
        replies = [type(each.message) for each in flooder.received]
        assert replies == [Done] * 5 + [Refused]
        assert flooder.received[-1].message.after_ms == 101
        assert await other.ask(Ping()) == Done()
        await house.sleep(0.102)
        assert [type(each.message) for each in flooder.received] == [*replies, Done, Refused]


async def test_a_flood_in_many_small_reads_has_its_turns_too(mock_clock: MockClock) -> None:
    async with open_house() as house:
        flooder = await house.enter("ana", follow=False)
        before = house.daemon.core.metrics.commands
        for number in range(10, 10 + 2 * COMMANDS_A_TURN):
            await flooder.stream.send_all(flooder.wire.send(Ping(), number))
            await wait_all_tasks_blocked()
        assert house.daemon.core.metrics.commands - before <= COMMANDS_A_TURN
        await house.rest()
        assert len(flooder.received) == 2 * COMMANDS_A_TURN
