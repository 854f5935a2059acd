"""Closed users are taken out of their rooms, one after another, over every failure and restart (protocol 13.6)."""

from __future__ import annotations

from structlog.testing import capture_logs
from trio.testing import MockClock

from chatd.codes import CloseCode
from chatd.messages import CloseUser, Closing, Committed, Leave, SetRole
from chatd.model import Membership, MemberState, Role, RoomId
from chatd.server import closing
from chatd.server.loader import expect_all
from chatd.storage.accounts import GetLeaving, GetStandings
from chatd.storage.base import StoreError, StoreFull
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import GetMembers
from tests.house import EPOCH, House, open_house
from tests.server.people import add, direct, group, remove
from tests.server.reviews import holding, page
from tests.server.stores import GatedStore

STANDINGS = GetStandings(user="bo", after=b"", limit=9)


async def members(house: House, room: RoomId) -> dict[str, tuple[MemberState, Role]]:
    [rows] = (await house.store.read([GetMembers(room=room, after="", limit=99)])).values
    assert isinstance(rows, tuple)
    return {row.user: (row.state, row.role) for row in rows if isinstance(row, Membership)}


async def leaving(house: House) -> object:
    return (await house.store.read([GetLeaving(limit=9)])).values[0]


async def test_a_closed_user_is_taken_out_of_every_room_but_direct_ones(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        pair, rooms = await direct(house, ana, bo), [await group(house, ana, bo) for _ in range(3)]
        operator = await house.operator()
        assert isinstance(await operator.ask(CloseUser(key=house.key(), user="bo")), Committed)
        for room in rooms:
            assert await members(house, room) == {"ana": (MemberState.MEMBER, Role.OWNER)}
        assert list(await members(house, pair)) == ["ana", "bo"]
        assert await leaving(house) == ()
        assert isinstance(await ana.post(pair, "are you there?"), Committed)


async def test_what_waits_of_a_closed_user_is_rejected(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, _, bo, room = await holding(house)
        for number in range(3):
            await bo.post(room, f"spam {number}")
        await bo.ask(Leave(room=room, key=house.key()))
        operator = await house.operator()
        await operator.ask(CloseUser(key=house.key(), user="bo"))
        await house.rest()
        assert (await page(ana, room)).posts == ()
        assert await leaving(house) == ()


async def test_all_sessions_of_a_closed_user_end(mock_clock: MockClock) -> None:
    async with open_house() as house:
        phone, desk = await house.enter("bo"), await house.enter("bo", "desk")
        await group(house, phone)
        operator = await house.operator()
        await operator.ask(CloseUser(key=house.key(), user="bo"))
        for peer in (phone, desk):
            assert [event.code for event in peer.events(Closing)] == [CloseCode.REVOKED]


async def test_the_last_owner_is_followed_by_the_highest_who_is_there(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo, cy = [await house.enter(name) for name in ("ana", "bo", "cy")]
        room, alone = await group(house, ana, bo, cy), await group(house, ana)
        await ana.ask(SetRole(room=room, key=house.key(), user="cy", role=Role.ADMIN))
        operator = await house.operator()
        await operator.ask(CloseUser(key=house.key(), user="ana"))
        assert await members(house, room) == {
            "bo": (MemberState.MEMBER, Role.MEMBER),
            "cy": (MemberState.MEMBER, Role.OWNER),
        }
        assert await members(house, alone) == {}


async def test_more_rooms_than_a_page_are_left_too(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        rooms = [await group(house, ana, bo) for _ in range(closing.STANDINGS_A_READ + 1)]
        operator = await house.operator()
        await operator.ask(CloseUser(key=house.key(), user="bo"))
        assert [list(await members(house, room)) for room in rooms] == [["ana"]] * len(rooms)


async def test_what_was_begun_is_finished_after_a_restart(mock_clock: MockClock) -> None:
    store = GatedStore(MemoryStore(EPOCH))
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        operator = await house.operator()
        store.hold_reads(GetLeaving)
        await operator.ask(CloseUser(key=house.key(), user="bo"))
        assert list(await members(house, room)) == ["ana", "bo"]
    store.release_reads()
    async with open_house(store=store.inner) as house:
        await house.rest()
        assert list(await members(house, room)) == ["ana"]
        assert await leaving(house) == ()


async def test_a_failed_commit_is_tried_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        operator = await house.operator()
        store.hold_reads(GetLeaving)
        await operator.ask(CloseUser(key=house.key(), user="bo"))
        store.fail_next(StoreFull("no space left"))
        store.release_reads()
        await house.sleep(2 * closing.RETRY_S + 2)
        assert list(await members(house, room)) == ["ana"]
        assert await leaving(house) == ()


async def test_who_was_joining_while_they_were_closed_is_taken_out_too(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await bo.ask(Leave(room=room, key=house.key()))
        operator = await house.operator()
        store.hold_appends()
        await operator.send(CloseUser(key=house.key(), user="bo"))
        await house.rest()
        await ana.send(add(house, room, "bo"))
        await house.rest()
        store.release_appends()
        store.hold_appends()  # the next commit, with which ana adds them, takes longer than what closing reads
        await house.rest()
        store.release_appends()
        await house.sleep(2)
        assert list(await members(house, room)) == ["ana"]


async def test_a_closed_user_is_closed_after_a_failed_commit_that_reached_the_disk(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        operator = await house.operator()
        store.fail_next(StoreFull("no answer"), stored=True)
        await operator.send(CloseUser(key=house.key(), user="bo"))
        await house.sleep(2 * closing.RETRY_S + 2)
        assert [event.code for event in bo.events(Closing)] == [CloseCode.REVOKED]
        assert list(await members(house, room)) == ["ana"]


async def test_who_was_removed_by_others_meanwhile_is_told_of(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        [stale] = expect_all((await house.store.read([STANDINGS])).values[0], Membership)
        await ana.ask(remove(house, room, "bo"))
        with capture_logs() as logs:
            await house.daemon.closing._leave(stale)
        assert [each["code"] for each in logs] == ["unchanged"]


async def test_a_store_that_does_not_answer_is_asked_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        operator = await house.operator()
        store.hold_appends()
        await operator.send(CloseUser(key=house.key(), user="bo"))
        await house.rest()
        store.read_error = StoreError("too slow")
        store.release_appends()
        await house.sleep(1)
        store.read_error = None
        await house.sleep(2 * closing.RETRY_S)
        assert list(await members(house, room)) == ["ana"]
