"""Whom a post mentions is judged by what it says once the app's rules have let it through."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from chatd.messages import Committed, Post, Rooms
from chatd.server.hooks.before_post import Allow, Asked, Replace, Verdict
from chatd.wire import content
from chatd.wire.bodies import Text
from tests.house import open_house
from tests.server.hooks.rules import plan
from tests.server.people import group


def calling(*users: str) -> bytes:
    return content.of(Text(text="come here", mentions=users))


@pytest.mark.parametrize(("sent", "put", "mentions"), [("bo", "", 0), ("", "bo", 1), ("bo", "bo", 1)])
async def test_what_was_put_in_its_place_mentions_whom_it_does(
    mock_clock: MockClock, sent: str, put: str, mentions: int
) -> None:
    said, instead = (calling(user) if user else content.text("tea") for user in (sent, put))
    async with open_house(plan=plan(lambda _: Replace(instead))) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        assert isinstance(await ana.ask(Post(room=room, key=house.key(), content=said)), Committed)
        assert [each.mentions for each in (await bo.ask(Rooms())).rooms] == [mentions]


@pytest.mark.parametrize("replaced", [False, True])
async def test_who_is_not_there_is_mentioned_by_neither(mock_clock: MockClock, replaced: bool) -> None:
    def rule(_: Asked) -> Verdict:
        return Replace(calling("zoe")) if replaced else Allow()

    async with open_house(plan=plan(rule)) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        sent = calling("bo") if replaced else calling("zoe")
        assert (await ana.ask(Post(room=room, key=house.key(), content=sent))).code == "bad_mention"
