"""No session takes more than its turn (invariants L2, L3)."""

from __future__ import annotations

from pathlib import Path

import trio
from attrs import Factory, define, evolve
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.messages import Committed, CreateGroup, Done, Ping, Refused
from chatd.server.config import Config, OutboxConfig, RateConfig
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


async def test_what_follows_a_command_refused_for_its_rate_is_refused_too(mock_clock: MockClock) -> None:
    """Else it would pass the one that is sent again (protocol 4.8)."""
    config = evolve(CONFIG, rates=RateConfig(commands_per_s=10, burst_commands=2))
    async with open_house(config) as house:
        ana = await house.enter("ana", follow=False)
        await house.sleep(1)
        creations = [CreateGroup(key=house.key(), title="tea") for _ in range(5)]
        await ana.stream.send_all(b"".join(ana.wire.send(each, number) for number, each in enumerate(creations, 10)))
        await house.rest()
        replies = {each.request: type(each.message) for each in ana.received if each.request}
        assert [replies[number] for number in range(10, 15)] == [Committed] * 2 + [Refused] * 3


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


async def test_who_asks_much_in_one_read_and_does_not_read_the_answers_is_not_answered_further(
    mock_clock: MockClock,
) -> None:
    """Answers wait in memory too, so what was read already is left where it is (invariant M2)."""
    config = evolve(CONFIG, outbox=OutboxConfig(bytes_max=128 * 1024, low_water_bytes=1024))
    async with open_house(config) as house:
        ana = await house.enter("ana", follow=False, slowly=True)
        ana.stop_reading()
        before = house.daemon.core.metrics.commands
        await ana.stream.send_all(b"".join(ana.wire.send(Ping(), number) for number in range(10, 10 + PINGS)))
        await house.rest()
        assert house.daemon.core.metrics.commands - before < PINGS / 2
        ana.read_again()
        await house.rest()
        assert [each.message for each in ana.received] == [Done()] * PINGS
