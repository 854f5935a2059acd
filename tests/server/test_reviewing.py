"""The queue of held posts over a whole daemon: who reads it, page by page, and who is told of it."""

from __future__ import annotations

from attrs import evolve
from trio.testing import MockClock

from chatd.messages import Committed, HeldPosts, InReview, Leave, Review
from chatd.model import Role
from chatd.server.reviewing import TOLD_S
from chatd.storage.held import GetQueue
from tests.house import open_house
from tests.server.reviews import holding, page
from tests.server.stores import GatedStore


async def test_moderators_see_all_that_waits_and_others_their_own(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, mo, bo, room = await holding(house)
        cy = await house.enter("cy")
        for number in range(3):
            held = await bo.post(room, f"spam {number}")
            assert isinstance(held, Committed)
            assert (held.held, held.room) == (True, bo.room)
        assert [post.number for post in (await page(mo, room)).posts] == [1, 2, 3]
        assert [post.user for post in (await page(bo, room)).posts] == ["bo"] * 3
        assert (await page(ana, room, after=1, limit=1)).more
        last = await page(ana, room, after=2, limit=1)
        assert ([post.number for post in last.posts], last.more) == ([3], False)
        assert (await cy.ask(HeldPosts(room=room))).code == "unknown_room"


async def test_those_with_a_role_are_told_and_others_are_not(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, mo, bo, room = await holding(house)
        await bo.post(room, "spam")
        await bo.post(room, "more spam")
        await house.sleep(TOLD_S * 2)
        await mo.ask(Review(room=room, key=house.key(), number=1, user="bo", approve=True))
        await house.sleep(TOLD_S * 2)
        told = {
            peer.user: [each.message.held for each in peer.received if isinstance(each.message, InReview)]
            for peer in (ana, mo, bo)
        }
        assert told == {"ana": [2, 1], "mo": [2, 1], "bo": []}


async def test_a_repeat_finds_the_held_post_when_the_room_has_left_memory(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, mo, bo, room = await holding(house)
        key = house.key()
        first = await bo.post(room, "spam", key)
        for peer in (ana, mo, bo):
            await peer.stream.aclose()
        await house.rest()
        registry = house.daemon.core.registry
        registry.forget(registry.rooms[room])
        bo = await house.enter("bo", follow=False)
        again = await bo.post(room, "spam", key)
        assert isinstance(again, Committed)
        assert (again.room, again.seq, again.held, again.duplicate) == (first.room, first.seq, True, True)


async def test_who_loses_their_rank_during_a_read_sees_their_own_alone(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        _, mo, bo, room = await holding(house)
        await bo.post(room, "spam")
        store.hold_reads(GetQueue)
        asked = await mo.send(HeldPosts(room=room))
        await house.rest()
        there = house.daemon.core.registry.rooms[room]
        there.apply_member(evolve(there.slots["mo"].membership, role=Role.MEMBER))
        store.release_reads()
        await house.rest()
        assert mo.reply(asked).posts == ()


async def test_a_former_member_reads_no_queue(mock_clock: MockClock) -> None:
    async with open_house() as house:
        _, mo, bo, room = await holding(house)
        await bo.post(room, "spam")
        await mo.ask(Leave(room=room, key=house.key()))
        assert (await mo.ask(HeldPosts(room=room))).code == "not_member"


async def test_an_operator_reads_the_whole_queue(mock_clock: MockClock) -> None:
    async with open_house() as house:
        _, _, bo, room = await holding(house)
        await bo.post(room, "spam")
        assert [post.user for post in (await page(await house.operator(), room)).posts] == ["bo"]
