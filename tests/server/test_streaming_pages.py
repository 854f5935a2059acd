"""The stream of all that was committed: each entry once, in order, over restarts, a page at a time (protocol 13.17)."""

from __future__ import annotations

from typing import Any

import pytest
from trio.testing import MockClock

from chatd.codes import RefusalCode
from chatd.messages import Delete, Follow, Followed, MarkRead, Ping, SetTitle
from chatd.messages.administering import FOLLOW_EVENTS_MAX
from chatd.model import EntryKind, RoomId, RoomKind
from chatd.server import streaming
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import GetRoom
from tests.house import EPOCH, House, Peer, open_house
from tests.server.people import direct, group
from tests.server.races import overtaken
from tests.server.stores import GatedStore
from tests.storage.scenes import post


def told(page: Any) -> list[tuple[RoomId, int]]:
    assert isinstance(page, Followed)
    assert page.status == "ok"
    return [(event.entry.room, event.entry.seq) for event in page.events]


async def all_of(operator: Peer, after: bytes | None = None, **asked: Any) -> list[tuple[RoomId, int]]:
    """Return what follows a position, page by page."""
    found: list[tuple[RoomId, int]] = []
    more = True
    while more:
        page = await operator.ask(Follow(after=after, **asked))
        found += told(page)
        after, more = page.position, page.more
    return found


async def talk(house: House) -> tuple[Peer, RoomId, RoomId]:
    """Let two talk in two rooms."""
    ana, bo = await house.enter("ana"), await house.enter("bo")
    pair, friends = await direct(house, ana, bo), await group(house, ana, bo)
    for number in range(3):
        await ana.post_on_disk(pair, f"pair {number}")
        await bo.post_on_disk(friends, f"friends {number}")
    return ana, pair, friends


async def committed(house: House) -> list[tuple[RoomId, int]]:
    """Return what the store holds, in its order."""
    assert isinstance(house.store, MemoryStore)
    return list(house.store._tables.entries)


@pytest.mark.parametrize("limit", [1, 2, 7, FOLLOW_EVENTS_MAX])
async def test_every_entry_comes_once_in_the_order_of_commits(mock_clock: MockClock, limit: int) -> None:
    async with open_house() as house:
        await talk(house)
        operator = await house.operator()
        assert await all_of(operator, limit=limit) == await committed(house)


async def test_who_goes_on_from_an_event_gets_what_is_behind_it(mock_clock: MockClock) -> None:
    async with open_house() as house:
        await talk(house)
        operator = await house.operator()
        everything = await operator.ask(Follow(limit=FOLLOW_EVENTS_MAX))
        for place, event in enumerate(everything.events, 1):
            assert await all_of(operator, event.position) == told(everything)[place:]


async def test_a_position_holds_over_a_restart(mock_clock: MockClock) -> None:
    store = MemoryStore(EPOCH)
    async with open_house(store=store) as house:
        await talk(house)
        page = await (await house.operator()).ask(Follow(limit=3))
    async with open_house(store=store) as house:
        operator = await house.operator()
        assert told(page) + await all_of(operator, page.position) == await committed(house)


async def test_a_page_comes_as_soon_as_there_is_something(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, pair, _ = await talk(house)
        operator = await house.operator()
        position = (await operator.ask(Follow())).position
        request = await operator.send(Follow(after=position, wait_ms=10_000))
        await house.sleep(3)
        posted = await ana.post_on_disk(pair, "new")
        await house.sleep(1)
        assert told(operator.reply(request)) == [(pair, posted.seq)]


async def test_without_anything_new_the_position_comes_when_the_time_is_over(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, pair, _ = await talk(house)
        operator = await house.operator()
        position = (await operator.ask(Follow())).position
        request = await operator.send(Follow(after=position, wait_ms=3_000))
        await ana.ask(MarkRead(room=pair, seq=1))  # is committed, and is no entry
        await house.sleep(2)
        assert operator.received[-1].request != request
        await house.sleep(2)
        assert operator.reply(request) == Followed(status="ok", position=position)


async def test_what_was_not_asked_for_moves_the_position_on(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, _, friends = await talk(house)
        await ana.ask(SetTitle(room=friends, key=house.key(), title="foes"))
        operator = await house.operator()
        page = await operator.ask(Follow(kinds=(EntryKind.PIN,)))
        assert told(page) == []
        assert await all_of(operator, page.position) == []
        page = await operator.ask(Follow(kinds=(EntryKind.TITLE,), room_kinds=(RoomKind.GROUP,)))
        assert told(page) == [(friends, 5)]


async def test_kinds_of_rooms_are_told_apart(mock_clock: MockClock) -> None:
    async with open_house() as house:
        _, pair, friends = await talk(house)
        operator = await house.operator()
        rooms = {kind: await all_of(operator, room_kinds=(kind,)) for kind in RoomKind}
        assert dict.fromkeys(room for room, _ in rooms[RoomKind.DIRECT]) == {pair: None}
        assert dict.fromkeys(room for room, _ in rooms[RoomKind.GROUP]) == {friends: None}
        assert sum(map(len, rooms.values())) == len(await committed(house))


async def test_what_nobody_asked_for_is_gone_through_a_few_pages_at_a_time(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "SLICES_MAX", 2)
    async with open_house() as house:
        await talk(house)
        operator = await house.operator()
        page = await operator.ask(Follow(kinds=(EntryKind.PIN,), limit=2))
        assert (told(page), page.more) == ([], True)
        assert await all_of(operator, page.position) == (await committed(house))[4:]


async def test_a_page_fits_a_frame_however_large_its_events_are(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        pair = await direct(house, ana, bo)
        for _ in range(6):
            await ana.post_on_disk(pair, "x" * 25_000)
        operator = await house.operator()
        page = await operator.ask(Follow(limit=FOLLOW_EVENTS_MAX))
        assert page.more
        assert told(page) + await all_of(operator, page.position) == await committed(house)


async def test_a_page_of_many_small_events_fits_a_frame_too(mock_clock: MockClock) -> None:
    store = MemoryStore(EPOCH)
    await store.append([post(number) for number in range(1, FOLLOW_EVENTS_MAX + 1)])
    async with open_house(store=store) as house:
        operator = await house.operator()
        page = await operator.ask(Follow(limit=FOLLOW_EVENTS_MAX))
        assert 100 < len(page.events) < FOLLOW_EVENTS_MAX
        assert page.more
        assert told(page) + await all_of(operator, page.position) == await committed(house)


async def test_an_erased_post_comes_as_a_stub(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, pair, _ = await talk(house)
        await ana.ask(Delete(room=pair, key=house.key(), seq=2))
        operator = await house.operator()
        page = await operator.ask(Follow(room_kinds=(RoomKind.DIRECT,), kinds=(EntryKind.POST,)))
        stub = page.events[0].entry
        assert (stub.seq, stub.body, stub.salt) == (2, None, None)
        assert stub.body_hash is not None


@pytest.mark.parametrize("change", ["epoch", "place", "beyond", "hash", "nowhere"])
async def test_a_position_of_another_store_begins_anew(mock_clock: MockClock, change: str) -> None:
    async with open_house() as house:
        await talk(house)
        operator = await house.operator()
        good = (await operator.ask(Follow(limit=3))).position
        epoch, place, h8 = good[:16], good[16:24], good[24:]
        bad = {
            "epoch": bytes(16) + place + h8,
            "place": epoch + (2).to_bytes(8, "big") + h8,
            "beyond": epoch + b"\xff" * 8 + h8,
            "hash": epoch + place + bytes(8),
            "nowhere": epoch + (999).to_bytes(8, "big") + h8,
        }[change]
        page = await operator.ask(Follow(after=bad))
        assert (page.status, page.events) == ("reset", ())
        assert await all_of(operator, page.position) == await committed(house)


async def test_more_followers_than_there_is_room_for_come_again(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "FOLLOWERS_MAX", 1)
    async with open_house() as house:
        first, second = await house.operator(), await house.operator()
        await first.send(Follow(wait_ms=10_000))
        await house.rest()
        refused = await second.ask(Follow())
        assert (refused.code, refused.after_ms) == (RefusalCode.BUSY, streaming.AFTER_MS)
        assert (await second.ask(Ping())) is not None
        await house.sleep(11)
        assert told(await second.ask(Follow())) == []


async def test_who_leaves_while_waiting_makes_room(mock_clock: MockClock) -> None:
    async with open_house() as house:
        operator = await house.operator()
        await operator.send(Follow(wait_ms=10_000))
        await house.rest()
        streams = house.daemon.core.pages.streams
        assert streams._under_way == 1
        await operator.stream.aclose()
        await house.sleep(11)
        assert streams._under_way == 0


async def test_the_kinds_of_few_rooms_are_kept(mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "KINDS_MAX", 2)
    async with open_house() as house:
        await talk(house)
        operator = await house.operator()
        assert await all_of(operator, limit=1) == await committed(house)
        assert len(house.daemon.core.pages.streams._kinds) <= 2


async def test_what_is_erased_while_a_page_is_put_together_is_not_in_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, operator = await house.enter("ana"), await house.operator()
        room = await group(house, ana)
        await ana.post_on_disk(room, "secret")
        reply = await overtaken(
            house, store, (ana, Delete(room=room, key=house.key(), seq=2)), (operator, Follow()), of=GetRoom
        )
        [told_of] = [each.entry for each in reply.events if each.entry.seq == 2 and each.entry.room == room]
        assert told_of.body is None
