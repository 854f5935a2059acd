"""What a decision needs is brought once, and nothing that commits meanwhile is missed or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from chatd.chain import origin, short
from chatd.messages import Committed, CreateGroup, OpenDirect, Post, SetTitle, Subscribe
from chatd.model import RoomId
from chatd.server.config import Config, MemoryConfig
from chatd.server.loader import QUERIES_A_READ, expect
from chatd.storage import queries as ask
from chatd.storage.base import StoreError
from chatd.wire import content
from tests.house import House, open_house
from tests.server.people import add, direct, group, remove, seqs, texts
from tests.server.races import overtaken
from tests.server.stores import GatedStore


def forget(house: House, room: RoomId) -> None:
    """Let a room leave memory, as an eviction does."""
    registry = house.daemon.core.registry
    registry.forget(registry.rooms[room])


async def test_a_post_to_an_active_room_reads_nothing(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.post_on_disk(room, "hi")
        before = house.daemon.core.loader.reads
        await ana.post_on_disk(room, "hi again")
        assert house.daemon.core.loader.reads == before


async def test_look_ups_that_wait_travel_in_one_call(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        people = [await house.enter(name) for name in ("ana", "bo", "cy", "dee")]
        room = await group(house, *people)
        for peer in people:
            await peer.stream.aclose()
        await house.rest()
        forget(house, room)
        back = [await house.enter(peer.user, follow=False) for peer in people]
        store.hold_reads()
        before = house.daemon.core.loader.reads
        requests = [await peer.send(Post(room=room, key=house.key(), content=content.text(peer.user))) for peer in back]
        await house.rest()
        store.release_reads()
        await house.rest()
        assert sorted(peer.reply(request).seq for peer, request in zip(back, requests, strict=True)) == [2, 3, 4, 5]
        assert house.daemon.core.loader.reads - before == 2


async def test_no_call_to_the_store_is_too_large(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        await house.rest()
        loader = house.daemon.core.loader
        before = loader.reads
        async with trio.open_nursery() as nursery:
            for start in range(3):
                asked = [ask.GetUser(f"{start}-{number}") for number in range(QUERIES_A_READ // 2)]
                nursery.start_soon(loader.read, asked)
        assert loader.reads - before == 2


async def test_a_failed_read_is_raised_to_everybody_who_asked(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        store.read_error = StoreError("too slow")
        with pytest.raises(StoreError, match="too slow"):
            await house.daemon.core.loader.read([ask.GetUser("ana")])


async def test_an_answer_waits_until_its_commit_is_applied(mock_clock: MockClock) -> None:
    async with open_house() as house:
        core = house.daemon.core
        core.loader.store = GatedStore()
        core.loader.store.inner.g = 5
        answered: list[object] = []

        async def read() -> None:
            answered.append(await core.loader.read([ask.GetUser("ana")]))

        house.nursery.start_soon(read)
        await house.rest()
        assert answered == []
        core.fanout.applied.move(5)
        await house.rest()
        assert answered == [[None]]


async def test_posts_committed_while_a_room_loads_are_neither_missed_nor_doubled(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana", follow=False), await house.enter("bo", follow=False)
        room = await direct(house, ana, bo)
        await house.rest()
        reply = await overtaken(
            house,
            store,
            (ana, Post(room=room, key=house.key(), content=content.text("in flight"))),
            (bo, Post(room=room, key=house.key(), content=content.text("loads"), retry=True)),
        )
        assert reply.seq == 3
        await bo.subscribe(room)
        assert texts(bo, room) == ["in flight", "loads"]


async def test_an_entry_of_a_self_room_that_commits_while_it_loads_is_not_missed(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana", follow=False)
        store.hold_appends()
        await ana.send(CreateGroup(key=house.key(), title="friends", members=("bo",)))
        await house.rest()
        bo = await house.enter("bo", follow=False)
        store.hold_reads()
        request = await bo.send(Subscribe(epoch=bo.epoch, rooms=(bo.room, 0, short(origin(bo.room)))))
        await house.rest()
        store.release_appends()
        await house.rest()
        store.release_reads()
        await house.rest()
        assert bo.reply(request).rooms[0].attached
        assert seqs(bo, bo.room) == [1]
        await ana.ask(CreateGroup(key=house.key(), title="more", members=("bo",)))
        assert seqs(bo, bo.room) == [1, 2]


async def test_a_key_that_lands_while_it_is_looked_up_is_found(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, tv = await house.enter("ana"), await house.enter("ana", "tv")
        room = await group(house, ana, tv)
        store.hold_appends()
        title = SetTitle(room=room, key=house.key(), title="once")
        await ana.send(title)
        await house.rest()
        store.hold_reads()
        repeated = await tv.send(evolve(title, retry=True))
        await house.rest()
        store.release_appends()
        await house.rest()
        store.release_reads()
        await house.rest()
        assert (tv.reply(repeated).seq, tv.reply(repeated).duplicate) == (2, True)
        assert seqs(ana, room) == [2]


async def test_a_direct_room_opened_by_both_at_once_is_one_room_with_one_answer(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        store.hold_appends()
        first = await ana.send(OpenDirect(key=house.key(), user="bo"))
        await house.rest()
        second = await bo.send(OpenDirect(key=house.key(), user="ana"))
        await house.rest()
        store.release_appends()
        await house.rest()
        answer, other = ana.reply(first), bo.reply(second)
        assert (other.room, other.seq, other.time) == (answer.room, 1, answer.time)
        assert (answer.duplicate, other.duplicate) == (False, True)


async def test_a_direct_room_that_commits_while_it_is_looked_up_answers_with_its_time(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        store.hold_appends()
        first = await ana.send(OpenDirect(key=house.key(), user="bo"))
        await house.rest()
        store.hold_reads()
        second = await bo.send(OpenDirect(key=house.key(), user="ana"))
        await house.rest()
        store.release_appends()
        await house.rest()
        store.release_reads()
        await house.rest()
        answer, other = ana.reply(first), bo.reply(second)
        assert isinstance(other, Committed)
        assert (other.room, other.seq, other.time, other.duplicate) == (answer.room, 1, answer.time, True)


async def test_a_membership_in_flight_is_waited_for_before_it_is_changed_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        store.hold_appends()
        first = await ana.send(remove(house, room, "bo"))
        await house.rest()
        second = await ana.send(add(house, room, "bo"))
        await house.rest()
        assert len(dict.fromkeys(map(id, house.daemon.core.registry.in_flight.values()))) == 1
        store.release_appends()
        await house.rest()
        assert (ana.reply(first).seq, ana.reply(second).seq) == (2, 3)
        [view] = (await store.read([ask.GetMembership(room, "bo")])).values
        assert isinstance(view, ask.MemberView)
        assert (view.membership.floor, view.membership.until) == (3, None)


async def test_two_who_change_one_membership_take_their_turns(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, tv, bo = await house.enter("ana"), await house.enter("ana", "tv"), await house.enter("bo")
        room = await group(house, ana, bo)
        store.hold_appends()
        await ana.send(Post(room=room, key=house.key(), content=content.text("first")))
        await house.rest()
        store.hold_reads()
        one, two = await ana.send(remove(house, room, "bo")), await tv.send(remove(house, room, "bo"))
        await house.rest()
        store.release_reads()
        await house.rest()
        store.release_appends()
        await house.rest()
        replies = [ana.reply(one), tv.reply(two)]
        assert sorted(type(reply).__name__ for reply in replies) == ["Committed", "Refused"]
        assert [reply.code for reply in replies if not isinstance(reply, Committed)] == ["unchanged"]


async def test_rooms_leave_memory_and_come_back_as_they_were(mock_clock: MockClock) -> None:
    config = Config(data=Path("unused"), dev=True, memory=MemoryConfig(rooms_max=16))
    async with open_house(config) as house:
        ana = await house.enter("ana", follow=False)
        rooms = [await group(house, ana) for _ in range(40)]
        assert len(house.daemon.core.registry.rooms) <= 17
        for room in rooms:
            assert (await ana.post_on_disk(room, "still here")).seq == 2


def test_what_the_store_answers_is_of_the_kind_that_was_asked_for() -> None:
    assert expect(3, int) == 3
    with pytest.raises(StoreError, match="int expected of the store, str given"):
        expect("three", int)
