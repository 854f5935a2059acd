"""Places at the rule are bounded over all and for each user: a flood neither passes it nor shuts others out."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from chatd.messages import Committed, Post
from chatd.wire import content
from tests.house import open_house
from tests.server.hooks.rules import Gate, never, plan
from tests.server.people import group, texts


async def test_too_many_asks_wait_and_beyond_that_are_refused_for_now(mock_clock: MockClock) -> None:
    rule = Gate()
    async with open_house(plan=plan(rule, asks_max=1, waiting_max=1)) as house:
        ana, bo, cy = [await house.enter(name) for name in ("ana", "bo", "cy")]
        room = await group(house, ana, bo)
        other = await group(house, cy)
        asked = await ana.send(Post(room=room, key=house.key(), content=content.text("one")))
        await house.rest()
        waits = await bo.send(Post(room=room, key=house.key(), content=content.text("two")))
        await house.rest()
        refused = await cy.post(other, "three")
        assert (refused.code, refused.after_ms) == ("busy", 1000)
        assert rule.texts == ["one"]
        for text in ("one", "two"):
            rule.answer(text)
        await house.rest()
        assert [ana.reply(asked).seq, bo.reply(waits).seq] == [2, 3]


async def test_one_user_s_devices_leave_others_a_place_to_be_judged(mock_clock: MockClock) -> None:
    """Invariant L2."""
    rule = Gate()
    async with open_house(plan=plan(rule, asks_max=4, waiting_max=4)) as house:
        devices = [await house.enter("ana", f"d{number}") for number in range(4)]
        bo = await house.enter("bo")
        room = await group(house, devices[0], bo)
        for number, device in enumerate(devices):
            await device.send(Post(room=room, key=house.key(), content=content.text(f"slow {number}")))
        await house.rest()
        assert rule.texts == ["slow 0", "slow 1"]
        rule.answer("tea")
        assert isinstance(await bo.post(room, "tea"), Committed)


@pytest.mark.parametrize("opens", [False, True])
async def test_what_finds_no_place_in_time_is_refused_for_now_though_no_answer_allows(
    mock_clock: MockClock, opens: bool
) -> None:
    async with open_house(plan=plan(never, asks_max=1, ms=500, fails_open=opens)) as house:
        ana, bo, cy = [await house.enter(name) for name in ("ana", "bo", "cy")]
        room = await group(house, ana, bo, cy)
        await ana.send(Post(room=room, key=house.key(), content=content.text("asked")))
        await house.rest()
        mock_clock.jump(0.25)
        requests = [
            await each.send(Post(room=room, key=house.key(), content=content.text(each.user))) for each in (bo, cy)
        ]
        for _ in range(4):
            await house.rest()
            mock_clock.jump(0.25)
        await house.rest()
        assert cy.reply(requests[1]).code == "busy"
        assert texts(cy, room) == (["asked", "bo"] if opens else [])
        metrics = house.daemon.core.metrics
        assert (metrics.hook_asks, metrics.hook_failures, metrics.hook_full) == (2, 2, 1)


async def test_who_waits_for_the_rule_is_not_taken_for_gone(mock_clock: MockClock) -> None:
    """What a client sends meanwhile, pings too, lies unread behind its post."""
    async with open_house(plan=plan(never, ms=10_000, fails_open=True)) as house:
        ana = await house.connect()
        await ana.hello("ana", heartbeat_s=25)
        room = await group(house, ana)
        posts = [Post(room=room, key=house.key(), content=content.text(f"{number}")) for number in range(8)]
        requests = [await ana.send(post) for post in posts]
        for _ in posts:
            await house.rest()
            mock_clock.jump(10)
        await house.rest()
        assert [ana.reply(request).seq for request in requests] == [2, 3, 4, 5, 6, 7, 8, 9]
