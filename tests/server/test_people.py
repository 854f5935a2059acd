"""Whom a user knows and has blocked, as a whole daemon tells it. The rest: tests/dialogues/blocks.txt, contacts.txt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from trio.testing import MockClock

from chatd.limits import DEFAULTS
from chatd.messages import (
    AskAttributes,
    AttributesOf,
    Block,
    Committed,
    Contacts,
    ContactsPage,
    CreateGroup,
    CreateUser,
    MarkRead,
    OpenDirect,
    Post,
    ProfileOf,
    Profiles,
    Receipts,
    SetAttributes,
    SetProfile,
    Typing,
)
from chatd.model import Answer, ContactList, Item, Profile
from chatd.server.config import Config
from chatd.storage.base import StoreFull
from chatd.storage.people import FindHandle, GetTies
from chatd.wire import content
from tests.house import House, open_house
from tests.server.people import direct
from tests.server.stores import GatedStore


def block(house: House, user: str, *, on: bool = True) -> Block:
    return Block(key=house.key(), user=user, on=on)


async def test_a_list_comes_in_pages_no_longer_than_the_server_allows(mock_clock: MockClock) -> None:
    config = Config(data=Path("unused"), dev=True, limits=evolve(DEFAULTS, page_members_max=2))
    async with open_house(config) as house:
        ana = await house.enter("ana")
        for name in ("dee", "bo", "cy"):
            await ana.ask(block(house, name))
        which = ContactList.BLOCKS
        first = await ana.ask(Contacts(which=which, limit=1000))
        assert first == ContactsPage(which=which, users=("bo", "cy"), more=True)
        second = await ana.ask(Contacts(which=which, after="cy"))
        assert second == ContactsPage(which=which, users=("dee",), more=False)


async def test_who_has_blocked_somebody_is_in_no_list_of_theirs(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await ana.ask(block(house, "bo"))
        pages = [await bo.ask(Contacts(which=which)) for which in ContactList]
        assert [page.users for page in pages] == [()] * len(ContactList)
        assert bo.events() == []


async def test_a_block_that_commits_while_a_group_is_being_made_counts(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await direct(house, ana, bo)
        store.hold_appends()
        blocking = await ana.send(block(house, "bo"))
        await house.rest()
        store.hold_reads(GetTies)
        creating = await bo.send(CreateGroup(key=house.key(), title="tea", members=("ana",)))
        await house.rest()
        store.release_appends()
        await house.rest()
        assert isinstance(ana.reply(blocking), Committed)
        store.release_reads()
        await house.rest()
        assert bo.reply(creating).answers == {"ana": Answer.REFUSED}


async def test_who_is_blocked_is_told_nothing_of_the_reading_and_typing_of_who_blocks(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await bo.post(room, "hello")
        await ana.ask(block(house, "bo"))
        bo.received.clear()
        await ana.ask(MarkRead(room=room, seq=2))
        await ana.ask(Typing(room=room))
        await house.sleep(2)
        assert bo.events() == []
        await ana.ask(block(house, "bo", on=False))
        await ana.ask(MarkRead(room=room, seq=2))
        await house.sleep(2)
        assert bo.events(Receipts) == [Receipts(room=room, read={"ana": 2})]


async def replies(*, blocked: bool) -> list[Any]:
    """Return all that bo is told, of a block or of none, when he does what he can to learn of one."""
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        if blocked:
            await ana.ask(block(house, "bo"))
        else:
            house.key()
        room = (await bo.ask(OpenDirect(key=house.key(), user="ana"))).room
        for text in ("one", "two"):
            await bo.post(room, text)
        await bo.ask(MarkRead(room=room, seq=3))
        await bo.ask(Typing(room=room))
        await bo.ask(Contacts(which=ContactList.FOLLOWERS))
        await house.sleep(3)
        return [each.message for each in bo.received]


async def test_all_that_who_is_blocked_is_told_is_the_same_to_the_byte(mock_clock: MockClock) -> None:
    with_block, without = await replies(blocked=True), await replies(blocked=False)
    assert [type(each) for each in with_block] == [type(each) for each in without]
    assert [strip(each) for each in with_block] == [strip(each) for each in without]


def strip(message: Any) -> Any:
    """Return a message without what chance has put there."""
    fields = {"salt": b"", "h8": b""}
    return evolve(message, **fields) if hasattr(message, "salt") else message


@pytest.mark.parametrize("stored", [False, True], ids=["lost", "stored"])
async def test_after_a_full_disk_a_block_counts_as_the_store_has_it(mock_clock: MockClock, stored: bool) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.fail_next(StoreFull("no space left"), stored=stored)
        await ana.send(block(house, "bo"))
        await house.rest()
        assert ana.ended
        assert house.daemon.core.registry.rooms[room].slots["ana"].blocks is stored


async def test_after_a_full_disk_a_room_comes_back_with_its_block(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.ask(block(house, "bo"))
        store.fail_next(StoreFull("no space left"))
        await bo.send(Post(room=room, key=house.key(), content=content.text("hello")))
        await house.rest()
        assert house.daemon.core.registry.rooms[room].slots["ana"].blocks


async def test_operators_read_what_was_said_of_a_user(mock_clock: MockClock) -> None:
    async with open_house() as house:
        op = await house.connect(operators=True)
        await op.hello("", scheme="operator")
        await op.ask(CreateUser(key=house.key(), user="ana"))
        assert await op.ask(AskAttributes(user="ana")) == AttributesOf(user="ana", attributes={})
        await op.ask(SetAttributes(key=house.key(), user="ana", attributes={"level": 3, "fan": True}))
        assert await op.ask(AskAttributes(user="ana")) == AttributesOf(user="ana", attributes={"level": 3, "fan": True})
        assert (await op.ask(AskAttributes(user="bo"))).code == "unknown_user"


async def test_a_second_device_waits_for_the_block_that_the_first_has_in_flight(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, laptop = await house.enter("ana"), await house.enter("ana", "laptop")
        await house.enter("bo")
        store.hold_appends()
        first = await ana.send(block(house, "bo"))
        await house.rest()
        second = await laptop.send(block(house, "bo"))
        await house.rest()
        store.release_appends()
        await house.rest()
        assert ana.reply(first).seq == 1
        assert laptop.reply(second).code == "unchanged"


# -- profiles ----------------------------------------------------------------------------------------------------------


def setting(house: House, **facts: Any) -> SetProfile:
    return SetProfile(key=house.key(), **facts)


async def test_profiles_come_in_the_order_asked_without_those_who_have_none(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await ana.ask(setting(house, name="Ana", handle="ana_li", avatar="x"))
        await bo.ask(setting(house, name="Bo"))
        page = await bo.ask(Profiles(users=("bo", "nobody", "ana", "bo")))
        assert page.profiles == (
            ProfileOf(user="bo", name="Bo", version=1),
            ProfileOf(user="ana", name="Ana", handle="ana_li", avatar="x", version=1),
        )


async def test_a_handle_finds_who_has_it_and_not_who_has_one_that_looks_like_it(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        await ana.ask(setting(house, handle="modern"))
        asked = [await ana.ask(Profiles(handle=each)) for each in ("MODERN", "modem", "nobody", "a b")]
        assert [[each.user for each in page.profiles] for page in asked] == [["ana"], [], [], []]


async def test_of_two_who_want_one_handle_at_once_one_gets_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        store.hold_appends()
        first = await ana.send(setting(house, handle="modern"))
        await house.rest()
        store.hold_reads(FindHandle)
        second = await bo.send(setting(house, handle="modem"))
        await house.rest()
        store.release_appends()
        await house.rest()
        store.release_reads()
        await house.rest()
        assert isinstance(ana.reply(first), Committed)
        assert bo.reply(second).code == "taken"


async def test_a_handle_whose_commit_failed_is_nobodys(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        store.fail_next(StoreFull("no space left"))
        await ana.send(setting(house, handle="modern"))
        await house.rest()
        await house.sleep(2)
        assert isinstance(await bo.ask(setting(house, handle="modern")), Committed)


async def test_a_page_of_the_largest_profiles_fits_a_frame(mock_clock: MockClock) -> None:
    users = [f"{number:02}".ljust(64, "u") for number in range(100)]
    profiles = [
        Profile(user=user, name="n" * 128, handle="h" * 64, skeleton=user, avatar="a" * 256, version=2**53 - 1)
        for user in users
    ]
    store = GatedStore()
    await store.append([Item(records=tuple(profiles))])
    async with open_house(store=store) as house:
        page = await (await house.enter("bo")).ask(Profiles(users=tuple(users)))
        assert len(page.profiles) == 100
