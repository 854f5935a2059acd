"""What the app's rules put in the place of what was said may stand there, or is no answer (protocol 5.64)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve
from trio.testing import MockClock

from chatd.messages import Committed, Entered, Origin, Post
from chatd.server.hooks.before_post import Allow, Asked, Replace, Verdict
from chatd.wire import content, quoting
from chatd.wire.bodies import Poll
from tests.house import open_house
from tests.server.hooks.rules import plan
from tests.server.people import group

POLL = content.of(Poll(question="tea?", options=("yes", "no"), fallback="tea?"))
TALE = quoting.quote_of(content.text("what ana never said"), "ana", 1)


def _puts(said: bytes, puts: bytes) -> Callable[[Asked], Verdict]:
    """Return a rule that puts one content in the place of another."""
    return lambda asked: Replace(puts) if asked.content == said else Allow()


async def test_no_rule_makes_up_a_forward(mock_clock: MockClock) -> None:
    async with open_house(plan=plan(_puts(content.text("tea"), quoting.forward(TALE)))) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        assert (await ana.post(room, "tea")).code == "not_judged"
        assert bo.events(Entered) == []


async def test_a_rule_makes_a_poll_of_a_post(mock_clock: MockClock) -> None:
    async with open_house(plan=plan(_puts(content.text("tea"), POLL))) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        assert isinstance(await ana.post(room, "tea"), Committed)
        assert [each.body for each in bo.events(Entered)] == [POLL]


@pytest.mark.parametrize("is_true", [True, False])
async def test_a_forward_stays_that_of_what_it_quotes(mock_clock: MockClock, is_true: bool) -> None:
    """What its sender adds may be another; what is quoted, and of whom, may not."""

    def rule(asked: Asked) -> Verdict:
        return Allow() if asked.type != "forward" else Replace(quoting.forward(quote if is_true else lie, "***"))

    async with open_house(plan=plan(rule)) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        first = await ana.post(room, "tea")
        quote = quoting.quote_of(content.text("tea"), "ana", first.time)
        lie = evolve(quote, author="bo")
        forward = Post(
            room=room,
            key=house.key(),
            content=quoting.forward(quote, "a bad word"),
            origin=Origin(room=room, seq=first.seq),
        )
        reply = await bo.ask(forward)
        assert isinstance(reply, Committed) if is_true else reply.code == "not_judged"
        told = [content.typed(content.parse(each.body)) for each in ana.events(Entered)[1:] if each.body]
        assert [getattr(each, "text", None) for each in told] == (["***"] if is_true else [])
