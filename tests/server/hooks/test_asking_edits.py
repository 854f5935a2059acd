"""Edits are asked about like posts, and what is put in the place of one must be able to stand there."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from chatd.messages import Edit, Entered
from chatd.model import RoomId
from chatd.server.hooks.before_post import Allow, Asked, Replace, Verdict
from chatd.wire import content
from chatd.wire.bodies import Forward, Poll
from tests.house import House, Peer, open_house
from tests.server.hooks.rules import by_word, plan
from tests.server.people import group, texts


async def _meet(house: House) -> tuple[Peer, Peer, RoomId]:
    ana, bo = await house.enter("ana"), await house.enter("bo")
    return ana, bo, await group(house, ana, bo)


async def test_an_edit_is_replaced_too(mock_clock: MockClock) -> None:
    async with open_house(plan=plan(by_word)) as house:
        ana, bo, room = await _meet(house)
        seq = (await ana.post(room, "tea")).seq
        await ana.ask(Edit(room=room, key=house.key(), seq=seq, content=content.text("replace me")))
        assert [content.parse(each.body).text for each in bo.events(Entered)] == ["tea", "***"]


@pytest.mark.parametrize(
    "instead",
    [
        Poll(fallback="?", question="?", options=("a", "b")),
        Forward(author="bo", time=1, hops=1, fallback="tea", content=content.text("tea")),
    ],
    ids=["a poll", "a forward"],
)
async def test_no_rule_makes_a_poll_or_a_forward_of_an_edit(mock_clock: MockClock, instead: Poll | Forward) -> None:
    """Nor may a client (5.31): there would be nothing to vote in, and nothing that was handed on."""

    def answer(asked: Asked) -> Verdict:
        return Allow() if asked.command == "post" else Replace(content.of(instead))

    async with open_house(plan=plan(answer)) as house:
        ana, bo, room = await _meet(house)
        seq = (await ana.post(room, "tea")).seq
        reply = await ana.ask(Edit(room=room, key=house.key(), seq=seq, content=content.text("coffee")))
        assert reply.code == "not_judged"
        assert texts(bo, room) == ["tea"]
