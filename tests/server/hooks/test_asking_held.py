"""What a session is held off from is answered by that: it is neither asked about nor decided."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from trio.testing import MockClock

from chatd.codes import RefusalCode
from chatd.messages import Edit, Entered, Post
from chatd.model import RoomId
from chatd.rooms.effects import Refusal
from chatd.server.gate import Gate as PlainGate
from chatd.wire import content
from tests.house import House, open_house
from tests.server.hooks.rules import Gate, plan
from tests.server.people import group, session_of, texts


class GateOfAMoment(PlainGate):
    """The real gate, with holds that are over as soon as they were looked at."""

    def _hold_off(self) -> Refusal | None:
        found = super()._hold_off()
        self._held_until_s = trio.current_time()
        return found


def _post(house: House, room: RoomId) -> Post:
    return Post(room=room, key=house.key(), content=content.text("refuse me"))


def _edit(house: House, room: RoomId) -> Edit:
    return Edit(room=room, key=house.key(), seq=2, content=content.text("refuse me"))


@pytest.mark.parametrize("make", [_post, _edit])
async def test_nothing_slips_past_the_rule_when_a_hold_ends_between_two_looks(
    mock_clock: MockClock, make: Callable[[House, RoomId], Post | Edit]
) -> None:
    """Invariant A3."""
    rule = Gate()
    async with open_house(plan=plan(rule)) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        for text in ("tea", "refuse me"):
            rule.answer(text)
        await ana.post(room, "tea")
        session = session_of(house, ana)
        session.gate = GateOfAMoment(journal=house.daemon.core.journal, session=session.id, in_flight_max=8)
        session.gate.hold(Refusal(RefusalCode.BUSY, "come again", 1000))
        command = make(house, room)
        assert (await ana.ask(command)).code == "busy"
        assert (await ana.ask(command)).code == "rejected"
        assert texts(bo, room) == ["tea"]
        assert len(bo.events(Entered)) == 1
