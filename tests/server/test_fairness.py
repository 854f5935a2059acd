"""No session takes more than its turn (invariants L2, L3)."""

from __future__ import annotations

import trio
from attrs import Factory, define
from trio.testing import MockClock

from chatd.messages import Done, Ping
from chatd.server.metrics import Metrics
from chatd.server.session import COMMANDS_A_TURN
from tests.house import open_house

PINGS = 500


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
