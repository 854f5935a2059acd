"""Users' attributes and relations, over every backend."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.model import (
    NO_TIES,
    Attributes,
    ContactList,
    Profile,
    Relation,
    RelationKind,
    RoomKind,
    Ties,
)
from chatd.storage.base import Store
from chatd.storage.people import CountBlocks, FindHandle, GetAttributes, GetContacts, GetProfile, GetTies
from chatd.storage.queries import GetMembership
from tests.storage.scenes import ROOM, ask, member, record, records

FOLLOWS = Relation(user="ana", kind=RelationKind.FOLLOW, other="bo", since=5)
BLOCKS = evolve(FOLLOWS, kind=RelationKind.BLOCK, since=7)


async def listed(store: Store, user: str, which: ContactList, *, after: str = "", limit: int = 9) -> Any:
    return await ask(store, GetContacts(user=user, which=which, after=after, limit=limit))


async def test_of_a_user_there_is_what_was_said_of_them_last(store: Store) -> None:
    assert await ask(store, GetAttributes("ana")) is None
    last = Attributes(user="ana", values=(("region", "eu"), ("level", 3), ("fan", True), ("band", "ü")))
    await store.append(records(Attributes(user="ana", values=(("old", 1),)), last))
    assert await ask(store, GetAttributes("ana")) == last


async def test_a_number_and_a_yes_stay_apart(store: Store) -> None:
    await store.append(records(Attributes(user="ana", values=(("a", 1), ("b", True)))))
    said: Any = await ask(store, GetAttributes("ana"))
    assert [type(each) for _, each in said.values] == [int, bool]


async def test_ties_are_seen_from_both_sides(store: Store) -> None:
    assert await ask(store, GetTies("ana", "bo")) == NO_TIES
    await store.append(records(FOLLOWS, BLOCKS))
    assert await ask(store, GetTies("ana", "bo")) == Ties(follows=5, blocks=7)
    assert await ask(store, GetTies("bo", "ana")) == Ties(followed=5, blocked=7)


async def test_a_relation_is_put_whole_and_ends_at_a_since_of_0(store: Store) -> None:
    await store.append(records(FOLLOWS, evolve(FOLLOWS, since=6), BLOCKS, evolve(BLOCKS, since=0)))
    assert await ask(store, GetTies("ana", "bo")) == Ties(follows=6)
    assert await ask(store, CountBlocks(user="ana")) == 0


async def test_blocks_are_counted_for_who_made_them(store: Store) -> None:
    others = [evolve(BLOCKS, other=other) for other in ("bo", "cy", "di")]
    await store.append(records(*others, evolve(BLOCKS, other="cy", since=0), FOLLOWS))
    assert (await ask(store, CountBlocks(user="ana")), await ask(store, CountBlocks(user="bo"))) == (2, 0)


async def test_each_list_has_its_own(store: Store) -> None:
    pairs = [("ana", "bo"), ("bo", "ana"), ("ana", "cy"), ("di", "ana"), ("bo", "di")]
    await store.append(records(*(evolve(FOLLOWS, user=user, other=other) for user, other in pairs), BLOCKS))
    found = {which: await listed(store, "ana", which) for which in ContactList}
    assert found == {
        ContactList.FOLLOWS: ("bo", "cy"),
        ContactList.FOLLOWERS: ("bo", "di"),
        ContactList.MUTUALS: ("bo",),
        ContactList.BLOCKS: ("bo",),
    }


@pytest.mark.parametrize("which", ContactList)
async def test_a_list_comes_in_pages_in_the_order_of_the_bytes(store: Store, which: ContactList) -> None:
    names = ("Bo", "bo", "ćy", "猫")
    kind = RelationKind.BLOCK if which is ContactList.BLOCKS else RelationKind.FOLLOW
    there = [Relation(user="ana", kind=kind, other=name, since=1) for name in reversed(names)]
    back = [Relation(user=name, kind=kind, other="ana", since=1) for name in names]
    await store.append(records(*there, *back))
    assert await listed(store, "ana", which, limit=3) == names[:3]
    assert await listed(store, "ana", which, after="bo") == names[2:]
    assert await listed(store, "bo", which) == ("ana",)


@pytest.mark.parametrize("which", ContactList)
async def test_what_is_over_is_in_no_list(store: Store, which: ContactList) -> None:
    kinds = [evolve(each, since=0) for each in (FOLLOWS, BLOCKS)]
    back = [evolve(each, user="bo", other="ana") for each in kinds]
    await store.append(records(*kinds, *back))
    assert await listed(store, "ana", which) == ()


async def test_a_member_of_a_direct_room_comes_with_whether_they_block_the_other(store: Store) -> None:
    direct = record(kind=RoomKind.DIRECT, pair=("ana", "bo"))
    await store.append(records(direct, member("ana"), member("bo"), BLOCKS))
    blocks = [(await ask(store, GetMembership(ROOM, user))).blocks for user in ("ana", "bo")]
    assert blocks == [True, False]
    await store.append(records(evolve(BLOCKS, since=0), evolve(BLOCKS, user="bo", other="ana")))
    blocks = [(await ask(store, GetMembership(ROOM, user))).blocks for user in ("ana", "bo")]
    assert blocks == [False, True]


async def test_in_a_group_no_block_comes_with_a_member(store: Store) -> None:
    await store.append(records(record(), member("ana"), member("bo"), BLOCKS))
    view: Any = await ask(store, GetMembership(ROOM, "ana"))
    assert view.blocks is False


# -- profiles ----------------------------------------------------------------------------------------------------------

ANA = Profile(user="ana", name="Ana", handle="modern", skeleton="rnodern", avatar="x", version=1)


async def test_a_profile_is_put_whole(store: Store) -> None:
    assert await ask(store, GetProfile("ana")) is None
    after = evolve(ANA, name="", handle="", skeleton="", version=2)
    await store.append(records(ANA, evolve(ANA, user="bo", skeleton="bo")))
    assert await ask(store, GetProfile("ana")) == ANA
    await store.append(records(after))
    assert await ask(store, GetProfile("ana")) == after


async def test_a_handle_is_found_by_its_skeleton_while_somebody_has_it(store: Store) -> None:
    await store.append(records(ANA, Profile(user="bo", version=1)))
    assert await ask(store, FindHandle("rnodern")) == ANA
    assert await ask(store, FindHandle("modern")) is None
    assert await ask(store, FindHandle("")) is None
    await store.append(records(evolve(ANA, handle="", skeleton="")))
    assert await ask(store, FindHandle("rnodern")) is None
