"""A stream that begins now: nothing that was there before, and all that comes (protocol 13.17)."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.messages import Follow, Followed, Refused
from chatd.model import EntryKind
from chatd.storage.relays import GetEnd
from tests.house import open_house
from tests.server.stores import GatedStore
from tests.server.test_streaming_pages import all_of, talk, told

POSTS = (EntryKind.POST,)


async def test_who_begins_now_is_told_what_comes_and_nothing_that_was_there(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, pair, _ = await talk(house)
        operator = await house.operator()
        now = await operator.ask(Follow(now=True))
        assert now == Followed(status="ok", position=now.position)
        posted = await ana.post_on_disk(pair, "new")
        assert await all_of(operator, now.position) == [(pair, posted.seq)]


async def test_now_is_behind_everything_that_can_be_gone_through(mock_clock: MockClock) -> None:
    async with open_house() as house:
        await talk(house)
        operator = await house.operator()
        end = (await operator.ask(Follow(limit=200))).position
        assert (await operator.ask(Follow(now=True))).position == end


async def test_where_nothing_was_ever_committed_now_is_the_beginning(mock_clock: MockClock) -> None:
    async with open_house() as house:
        operator = await house.operator()
        now = (await operator.ask(Follow(now=True))).position
        await talk(house)
        assert await all_of(operator, now) == await all_of(operator)


async def test_what_commits_while_now_is_looked_for_is_on_one_side_of_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, pair, _ = await talk(house)
        operator = await house.operator()
        before = await ana.post_on_disk(pair, "before")
        store.hold_reads(of=GetEnd)
        request = await operator.send(Follow(now=True))
        await house.rest()
        meanwhile = await ana.post_on_disk(pair, "meanwhile")
        store.release_reads()
        await house.rest()
        after = await ana.post_on_disk(pair, "after")
        followed = await all_of(operator, operator.reply(request).position, kinds=POSTS)
        assert followed == [(pair, meanwhile.seq), (pair, after.seq)]
        assert (pair, before.seq) not in followed


async def test_now_does_not_wait_for_anything(mock_clock: MockClock) -> None:
    async with open_house() as house:
        await talk(house)
        operator = await house.operator()
        assert told(await operator.ask(Follow(now=True, wait_ms=10_000, kinds=POSTS))) == []


async def test_nobody_but_operators_learns_where_the_stream_ends(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        reply = await ana.ask(Follow(now=True))
        assert isinstance(reply, Refused)
        assert reply.code == "forbidden"
