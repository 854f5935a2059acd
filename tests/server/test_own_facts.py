"""What users do for themselves alone, between two devices, the store and a disk that is full."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from trio.testing import MockClock

from chatd.chain import self_id
from chatd.limits import DEFAULTS, FRAME_BYTES_MAX
from chatd.messages import (
    Committed,
    Entered,
    Hide,
    History,
    MarkDelivered,
    MarkRead,
    Receipts,
    Refused,
    Rooms,
    SetConversation,
    SetDraft,
    Subscribe,
)
from chatd.model import ReadMark, RoomId
from chatd.server.config import Config
from chatd.storage.base import StoreFull
from chatd.storage.personal import CountPinned, GetHidden, GetRooms
from chatd.storage.queries import GetMembership
from chatd.wire import codec
from tests.house import House, Peer, open_house
from tests.server.people import direct, group
from tests.server.stores import GatedStore

FULL = StoreFull("no space left")
SMALL = Config(data=Path("unused"), dev=True, limits=evolve(DEFAULTS, conversations_pinned_max=1))


def hide(house: House, room: RoomId, seq: int) -> Hide:
    return Hide(room=room, key=house.key(), seq=seq)


def pin(house: House, room: RoomId) -> SetConversation:
    return SetConversation(room=room, key=house.key(), pinned=True)


async def kept(house: House, room: RoomId, user: str = "ana") -> object:
    [view] = (await house.store.read([GetMembership(room, user)])).values
    return view.conversation  # type: ignore[attr-defined]


# -- two devices at once -----------------------------------------------------------------------------------------------


async def test_a_second_device_waits_for_what_the_first_has_in_flight(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(SMALL, store=store) as house:
        ana, laptop = await house.enter("ana"), await house.enter("ana", "laptop")
        rooms = [await group(house, ana) for _ in range(2)]
        store.hold_appends()
        first = await ana.send(pin(house, rooms[0]))
        second = await laptop.send(pin(house, rooms[1]))
        await house.rest()
        store.release_appends()
        await house.rest()
        assert isinstance(ana.reply(first), Committed)
        assert laptop.reply(second).code == "limit_reached"


@pytest.mark.parametrize(("kind", "code"), [(CountPinned, "limit_reached"), (GetHidden, "unchanged")])
async def test_what_was_read_of_the_own_facts_is_read_again_when_they_have_changed(
    mock_clock: MockClock, kind: type[CountPinned] | type[GetHidden], code: str
) -> None:
    store = GatedStore()
    async with open_house(SMALL, store=store) as house:
        ana, laptop = await house.enter("ana"), await house.enter("ana", "laptop")
        rooms = [await group(house, ana) for _ in range(2)]
        pins = kind is CountPinned
        await laptop.ask(MarkRead(room=rooms[0], seq=0))
        store.hold_reads()
        earlier = await laptop.send(pin(house, rooms[1]) if pins else hide(house, rooms[0], 1))
        await house.rest()
        later = await ana.send(pin(house, rooms[0]) if pins else hide(house, rooms[0], 1))
        await house.rest()
        first = store._reading
        store.hold_reads(kind)
        first.set()
        await house.rest()
        assert isinstance(laptop.reply(earlier), Committed)
        store.release_reads()
        await house.rest()
        assert ana.reply(later).code == code


# -- a full disk -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stored", [False, True], ids=["lost", "stored"])
async def test_after_a_full_disk_memory_has_the_conversation_as_the_store_has_it(
    mock_clock: MockClock, stored: bool
) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        command = SetConversation(room=room, key=house.key(), archived=True)
        store.fail_next(FULL, stored=stored)
        await ana.send(command)
        await house.rest()
        assert ana.ended
        assert not bo.ended
        assert house.daemon.core.registry.rooms[room].slots["ana"].conversation == await kept(house, room)
        await house.sleep(2)
        ana = await house.enter("ana")
        again = await ana.ask(evolve(command, retry=True))
        assert (again.seq, again.duplicate) == (2, stored)
        assert isinstance(await ana.ask(SetDraft(room=room, key=house.key(), content=b"on")), Committed)


# -- what others do not see --------------------------------------------------------------------------------------------


async def test_nothing_of_it_reaches_anybody_else(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await bo.post(room, "one")
        bo.received.clear()
        for command in (
            hide(house, room, 2),
            pin(house, room),
            SetDraft(room=room, key=house.key(), content=b"draft"),
            MarkRead(room=room, seq=2, private=True),
        ):
            await ana.ask(command)
        await house.sleep(2)
        assert bo.events() == []
        assert (await bo.ask(Subscribe(epoch=bo.epoch, rooms=(self_id("ana"), 0, bytes(8))))).rooms[0].kind is None
        [summary] = (await bo.ask(Rooms())).rooms
        assert (summary.pinned, summary.draft, summary.last.seq) == (0, 0, 2)
        assert (await bo.ask(History(room=room))).hidden == ()


async def test_in_a_large_room_nobody_is_told_what_was_delivered(mock_clock: MockClock) -> None:
    config = Config(data=Path("unused"), dev=True, limits=evolve(DEFAULTS, receipts_members_max=1))
    async with open_house(config) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.ask(MarkDelivered(room=room, seq=1))
        await ana.ask(MarkRead(room=room, seq=1, private=True))
        await house.sleep(1)
        assert bo.events(Receipts) == []
        assert ana.events(Receipts) == [Receipts(room=room, read={"ana": 1})]


async def test_what_was_read_and_what_was_delivered_travel_apart(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.ask(MarkDelivered(room=room, seq=1))
        await ana.ask(MarkRead(room=room, seq=1))
        await house.sleep(1)
        assert bo.events(Receipts) == [
            Receipts(room=room, read={"ana": 1}),
            Receipts(room=room, read={}, delivered={"ana": 1}),
        ]


async def test_a_private_mark_is_on_disk_within_a_second_as_what_it_is(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.ask(MarkRead(room=room, seq=1, private=True))
        await house.sleep(1)
        assert [record for item in store.batches[-1] for record in item.records] == [ReadMark(room, "ana", 1, 0)]


# -- pages and catching up ---------------------------------------------------------------------------------------------


async def subscribed(ana: Peer, room: RoomId) -> tuple[list[int], list[int]]:
    """Subscribe from the start again and again; return the entries that came, and those named as hidden."""
    came: list[int] = []
    named: list[int] = []
    h8 = None
    while True:
        before = len(ana.received)
        sync = (await ana.subscribe(room, came[-1] if came else 0, h8)).rooms[0]
        frames = ana.received[before:]
        assert sum(len(codec.encode(each.message, each.request)) for each in frames) <= FRAME_BYTES_MAX
        entries = [each.message for each in frames if isinstance(each.message, Entered)]
        came += [entry.seq for entry in entries]
        named += sync.hidden
        h8 = entries[-1].h8
        if not sync.more:
            return came, named


async def test_each_subscribe_names_what_is_hidden_of_what_it_brings_and_fits_its_frame(
    mock_clock: MockClock,
) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        for number in range(2, 42):
            await ana.post(room, "x" * (1 if number % 2 else 6_000))
            await ana.ask(hide(house, room, number))
        came, named = await subscribed(ana, room)
        assert came == list(range(1, 42))
        assert named == list(range(2, 42))


async def test_a_page_around_a_seq_names_what_is_hidden_on_both_sides(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        for _ in range(6):
            await ana.post(room, "x")
        for seq in (1, 3, 5, 7):
            await ana.ask(hide(house, room, seq))
        assert (await ana.ask(History(room=room, around=4, limit=4))).hidden == (3, 5)
        assert (await ana.ask(History(room=room, before=3, limit=1))).hidden == ()


async def test_a_list_knows_of_marks_in_memory_whether_a_room_is_marked_as_unread(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.ask(SetConversation(room=room, key=house.key(), unread=True))
        assert [each.marked_unread for each in (await ana.ask(Rooms())).rooms] == [True]
        await ana.ask(MarkRead(room=room, seq=1))
        [row] = (await store.read([GetRooms(user="ana", before=None, limit=9)])).values
        assert row[0].read == 0  # type: ignore[index]
        assert [each.marked_unread for each in (await ana.ask(Rooms())).rooms] == [False]


async def test_drafts_of_others_do_not_hold_up_a_list_of_rooms(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await bo.ask(SetDraft(room=room, key=house.key(), content=b"one"))
        store.hold_reads(GetRooms)
        request = await ana.send(Rooms())
        await house.rest()
        reads = house.daemon.core.loader.reads
        store.release_reads()
        assert not isinstance(await bo.ask(SetDraft(room=room, key=house.key(), content=b"two")), Refused)
        assert len(ana.reply(request).rooms) == 1
        assert house.daemon.core.loader.reads - reads <= 2
