"""Pages and lists fit a frame, and show what the asker may see when they are sent."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from chatd.chain import origin
from chatd.messages import History, MarkRead, Members, Post, Rooms
from chatd.model import RoomId
from chatd.storage.base import StoreError
from chatd.storage.queries import GetHash
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.people import direct, group, remove
from tests.server.races import overtaken
from tests.server.stores import GatedStore

LARGE = "x" * 32_740


async def a_room_of_large_posts(house: House, ana: Peer) -> RoomId:
    room = await group(house, ana)
    for _ in range(4):
        await ana.post_on_disk(room, LARGE)
    return room


def found(page: object) -> list[int]:
    return [entry.seq for entry in page.entries]  # type: ignore[attr-defined]


@pytest.mark.parametrize("seq", [1, 2, 3, 4, 5])
async def test_a_page_around_a_seq_fits_a_frame_whatever_the_posts_weigh(mock_clock: MockClock, seq: int) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        room = await a_room_of_large_posts(house, ana)
        page = await ana.ask(History(room=room, around=seq))
        assert seq in found(page)
        assert page.more_before is (found(page)[0] > 1)
        assert page.more_after is (found(page)[-1] < 5)


async def test_pages_of_large_posts_keep_the_end_that_was_asked_for(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        room = await a_room_of_large_posts(house, ana)
        assert found(await ana.ask(History(room=room))) == [5]
        assert found(await ana.ask(History(room=room, before=5))) == [4]
        assert found(await ana.ask(History(room=room, after=1))) == [2]
        assert found(await ana.ask(History(room=room, after=0))) == [1, 2]


async def test_a_page_tells_the_hash_before_its_first_entry(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        for text in ("two", "three", "four"):
            await ana.post(room, text)
        [expected] = (await house.store.read([GetHash(room=room, seq=2)])).values
        assert (await ana.ask(History(room=room, after=2))).hash == expected
        assert (await ana.ask(History(room=room, around=3, limit=2))).hash == expected
        assert (await ana.ask(History(room=room))).hash == origin(room)


async def test_history_is_read_again_when_the_membership_changed_meanwhile(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        store.hold_appends()
        await ana.send(remove(house, room, "bo"))
        await ana.send(Post(room=room, key=house.key(), content=content.text("not for bo")))
        await house.rest()
        store.hold_reads()
        request = await bo.send(History(room=room))
        await house.rest()
        store.release_appends()
        await house.rest()
        store.release_reads()
        await house.rest()
        page = bo.reply(request)
        assert (found(page), page.head, page.more_after) == ([1, 2], 2, False)


async def test_history_never_reaches_beyond_what_is_applied(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_reads()
        request = await bo.send(History(room=room))
        await house.rest()
        await ana.post(room, "meanwhile")
        store.release_reads()
        await house.rest()
        page = bo.reply(request)
        assert (found(page), page.head, page.more_after) == ([1], 2, True)


async def test_who_left_before_members_are_sent_does_not_get_them(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        reply = await overtaken(house, store, (ana, remove(house, room, "bo")), (bo, Members(room=room)))
        assert reply.code == "not_member"


async def test_the_list_of_rooms_goes_on_where_its_page_ended(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        rooms = [await group(house, ana) for _ in range(5)]
        listed: list[RoomId] = []
        page = await ana.ask(Rooms(limit=2))
        listed += [summary.room for summary in page.rooms]
        while page.more:
            page = await ana.ask(Rooms(limit=2, next=page.next))
            listed += [summary.room for summary in page.rooms]
        assert sorted(listed) == sorted(rooms)
        assert page.next is None


async def test_a_list_of_rooms_with_large_posts_fits_its_frames(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        rooms = [await group(house, ana) for _ in range(3)]
        for room in rooms:
            await ana.post(room, LARGE)
        page = await ana.ask(Rooms())
        assert (len(page.rooms), page.more) == (1, True)
        rest = await ana.ask(Rooms(next=page.next))
        assert page.rooms[0].room != rest.rooms[0].room


async def test_any_position_is_a_place_in_the_list(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await direct(house, ana, bo)
        assert (await ana.ask(Rooms(next=b"\x7f" + bytes(23)))).rooms != ()
        assert (await ana.ask(Rooms(next=b"\x80" + bytes(23)))).rooms == ()


async def test_unread_counts_by_marks_that_are_not_on_disk_yet(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room, other = await direct(house, ana, bo), await group(house, ana, bo)
        for text in ("one", "two", "three"):
            await ana.post(room, text)
        await bo.ask(MarkRead(room=room, seq=3))
        summaries = {summary.room: summary for summary in (await bo.ask(Rooms())).rooms}
        assert (summaries[room].read, summaries[room].unread) == (3, 1)
        assert (summaries[other].read, summaries[other].unread) == (0, 0)


async def test_a_page_whose_read_fails_is_refused(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana", follow=False)
        store.read_error = StoreError("too slow")
        assert (await ana.ask(Rooms())).code == "internal"
