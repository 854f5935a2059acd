"""What a group agreed on is kept, and slow mode finds a user's last post, over every backend."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.model import EntryKind, Filter, FilterAction, Links, Membership, MemberState, Role, RoomRecord
from chatd.rights import USUAL, Denial, Feature, Invite, JoinBy, Level, Past, Permission, Settings
from chatd.storage import agreed, tables
from chatd.storage.base import Store
from chatd.storage.personal import GetRooms
from chatd.storage.queries import GetMembers, GetMembership, GetRoom
from tests.storage.scenes import OTHER, ROOM, ask, member, post, record, records

SETTINGS = Settings(
    defaults=(Permission.POST,), slow_mode_s=30, slow_since=900, join_by=JoinBy.REQUEST, off=(Feature.TYPING,),
    history=Past.ALL, member_s=5, account_s=6, level=Level.ADMINS, requires=(("level", (3, True)), ("region", ("é",))),
)  # fmt: skip
INVITES = (
    Invite(hash=bytes(range(32)), creator="ana", expires=None, uses=3),
    Invite(hash=bytes(32), creator="bø", expires=2**53, uses=None),
)
DENIED = (Denial(Permission.POST, 2**53), Denial(Permission.BAN))
FILTER = Filter(words=("spam", "é"), links=Links.LISTED, hosts=("a.b",), exempt=Role.OWNER, action=FilterAction.HOLD)
OUTGROWN = (Feature.RECEIPTS, Feature.TYPING)
AGREED = record(settings=SETTINGS, invites=INVITES, requests=4, outgrown=OUTGROWN, filter=FILTER, held=5, held_ever=9)


async def posted(store: Store, user: str = "ana") -> int:
    view = await ask(store, GetMembership(ROOM, user))
    found: int = view.posted
    return found


async def slow(store: Store, settings: Settings, *times: int, **changes: Any) -> None:
    """Write a room with these settings, its member ana, and a post of hers at each of these times."""
    await store.append(records(record(settings=settings), member("ana"), member("bo")))
    for number, time in enumerate(times, 1):
        await store.append([post(number, time=time, **changes)])


async def test_a_room_keeps_what_was_agreed_on(store: Store) -> None:
    await store.append(records(AGREED, member("bo")))
    assert (await ask(store, GetRoom(ROOM))).record == AGREED
    [row] = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert row.record == AGREED


async def test_what_is_agreed_on_anew_takes_the_place_of_the_old(store: Store) -> None:
    await store.append(records(AGREED, member("bo", denied=DENIED)))
    await store.append(records(record(), member("bo")))
    assert (await ask(store, GetRoom(ROOM))).record == record()
    assert (await ask(store, GetMembership(ROOM, "bo"))).membership == member("bo")


@pytest.mark.parametrize(
    "membership",
    [
        member("bo", denied=DENIED, since=2**53),
        member("bo", state=MemberState.BANNED, banned_until=2**53, until=4, denied=DENIED),
    ],
)
async def test_a_membership_keeps_what_was_taken_and_how_long_a_ban_lasts(store: Store, membership: Membership) -> None:
    await store.append(records(record(), membership))
    assert (await ask(store, GetMembership(ROOM, "bo"))).membership == membership
    assert await ask(store, GetMembers(room=ROOM, after="", limit=9)) == (membership,)


async def test_staff_are_told_apart_from_all_others(store: Store) -> None:
    here = [member("ana", role=Role.OWNER), member("bo"), member("cy", role=Role.MODERATOR), member("dee")]
    gone = member("eve", role=Role.ADMIN, state=MemberState.LEFT, until=3)
    await store.append(records(record(), record(OTHER), *here, gone, member("ana", OTHER, role=Role.ADMIN)))
    staff = GetMembers(room=ROOM, after="", limit=9, staff=True)
    assert await ask(store, staff) == (here[0], here[2])
    assert await ask(store, evolve(staff, after="ana")) == (here[2],)
    assert await ask(store, evolve(staff, limit=1)) == (here[0],)


@pytest.mark.parametrize("settings", [USUAL, evolve(USUAL, slow_since=1)])
async def test_without_slow_mode_nobody_looks_for_posts(store: Store, settings: Settings) -> None:
    await slow(store, settings, 1000)
    assert await posted(store) == 0


async def test_the_last_post_of_a_user_is_found_and_nobody_elses(store: Store) -> None:
    await slow(store, evolve(USUAL, slow_mode_s=10), 1000, 2000, 3000)
    assert (await posted(store), await posted(store, "bo")) == (3000, 0)


async def test_only_posts_count(store: Store) -> None:
    await slow(store, evolve(USUAL, slow_mode_s=10), 1000, 2000, kind=EntryKind.TITLE)
    assert await posted(store) == 0


@pytest.mark.parametrize(("since", "found"), [(1000, 1000), (1001, 0)])
async def test_posts_from_before_it_was_set_do_not_count(store: Store, since: int, found: int) -> None:
    await slow(store, evolve(USUAL, slow_mode_s=10, slow_since=since), 1000)
    assert await posted(store) == found


@pytest.mark.parametrize(("head", "found"), [(10_999, 1000), (11_000, 0)])
async def test_a_post_that_holds_nobody_up_any_more_is_none(store: Store, head: int, found: int) -> None:
    await slow(store, evolve(USUAL, slow_mode_s=10), 1000)
    await store.append([post(9, time=head, sender="bo")])
    assert await posted(store) == found


@pytest.mark.parametrize(("most", "found"), [(2, 1000), (1, 0)])
async def test_no_more_than_so_many_entries_are_gone_through(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int, found: int
) -> None:
    for module in (agreed, tables):
        monkeypatch.setattr(module, "SLOW_ENTRIES_MAX", most)
    await slow(store, evolve(USUAL, slow_mode_s=10), 1000)
    await store.append([post(9, time=1001, sender="bo")])
    assert await posted(store) == found


async def test_an_empty_room_holds_nobody_up(store: Store) -> None:
    await slow(store, evolve(USUAL, slow_mode_s=10))
    assert await posted(store) == 0


def test_a_new_room_and_a_new_membership_have_agreed_on_nothing() -> None:
    fresh: RoomRecord = record()
    assert (fresh.settings, fresh.invites, fresh.requests, fresh.filter) == (USUAL, (), 0, None)
    assert (member("bo").denied, member("bo").banned_until) == ((), None)
