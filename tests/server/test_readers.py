"""Who has read an entry is told as things stand when the answer is sent. The rest: tests/dialogues/who_read.txt."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.messages import MarkRead, Readers, WhoRead
from tests.house import open_house
from tests.server.people import add, group, remove
from tests.server.races import overtaken
from tests.server.stores import GatedStore


async def test_a_mark_that_is_not_on_disk_yet_counts_as_far_as_it_was_told(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post(room, "one")
        await bo.ask(MarkRead(room=room, seq=1))
        await house.sleep(2)
        await bo.ask(MarkRead(room=room, seq=2, private=True))
        assert await ana.ask(WhoRead(room=room, seq=2)) == Readers(room=room, users=())
        await bo.ask(MarkRead(room=room, seq=2))
        assert await ana.ask(WhoRead(room=room, seq=2)) == Readers(room=room, users=("bo",))


async def test_readers_come_in_the_order_of_their_bytes_without_who_asks(mock_clock: MockClock) -> None:
    async with open_house() as house:
        peers = [await house.enter(name) for name in ("ana", "ćy", "Bo")]
        room = await group(house, *peers)
        for peer in peers:
            await peer.ask(MarkRead(room=room, seq=1))
        assert (await peers[0].ask(WhoRead(room=room, seq=1))).users == ("Bo", "ćy")


async def test_who_leaves_while_the_store_is_read_is_not_among_the_readers(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await bo.ask(MarkRead(room=room, seq=1))
        reply = await overtaken(house, store, (ana, remove(house, room, "bo")), (ana, WhoRead(room=room, seq=1)))
        assert reply.users == ()


async def test_a_room_that_grows_too_large_meanwhile_has_no_readers(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        reply = await overtaken(
            house,
            store,
            (ana, add(house, room, *[f"user{number}" for number in range(100)])),
            (ana, WhoRead(room=room, seq=1)),
        )
        assert reply.code == "limit_reached"
