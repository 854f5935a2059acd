"""The list of a user's conversations (`GetRooms`, `CountRooms`), over every backend."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatd import chain
from chatd.model import Head, Membership, MemberState, ReadMark, RoomId, RoomKind
from chatd.storage.base import Store
from chatd.storage.personal import CountRooms, GetRooms, RoomRow
from tests.storage.scenes import OTHER, ROOM, ask, key, member, post, posts, record, records, stored


async def rooms(
    store: Store, user: str = "bo", before: tuple[int, RoomId] | None = None, limit: int = 99
) -> Sequence[RoomRow]:
    found = await ask(store, GetRooms(user=user, before=before, limit=limit))
    assert isinstance(found, tuple)
    return found


async def one_room(store: Store, membership: Membership, read: int | None = None) -> RoomRow:
    """Write a room of five entries of which the third does not count, and return the row of its member."""
    marks = [] if read is None else [ReadMark(ROOM, membership.user, read)]
    await store.append(records(record(), membership, *marks))
    await store.append([post(number, counts=number != 3) for number in range(1, 6)])
    return (await rooms(store, membership.user))[0]


async def test_who_is_in_no_room_has_an_empty_page(store: Store) -> None:
    assert await rooms(store) == ()
    assert await ask(store, CountRooms(user="bo")) == 0


async def test_a_row_holds_all_that_a_list_shows(store: Store) -> None:
    await store.append(records(record(), member("bo"), ReadMark(ROOM, "bo", 1)))
    last = stored(await store.append(posts(3)))[-1]
    head = Head(3, last.time, 3, last.hash)
    row = RoomRow(record=record(), membership=member("bo"), read=1, head=head, last=last, unread=2)
    assert await rooms(store) == (row,)


async def test_a_row_holds_no_entry_from_before_the_floor(store: Store) -> None:
    row = await one_room(store, member("bo", floor=6))
    assert (row.last, row.head.seq, row.unread) == (None, 5, 0)


async def test_rooms_come_newest_first_and_by_their_id_where_times_are_equal(store: Store) -> None:
    times = [30, 10, 30, 20]
    await store.append(records(*[record(key(number)) for number in range(4)]))
    await store.append(records(*[member("bo", key(number)) for number in range(4)]))
    await store.append([post(1, key(number), time=time) for number, time in enumerate(times)])
    assert [row.record.room for row in await rooms(store)] == [key(2), key(0), key(3), key(1)]


async def test_rooms_are_paged_below_the_last_row(store: Store) -> None:
    await store.append(records(*[record(key(number)) for number in range(4)]))
    await store.append(records(*[member("bo", key(number)) for number in range(4)]))
    await store.append([post(1, key(number), time=7) for number in range(3)])
    seen: list[RoomId] = []
    before = None
    while found := await rooms(store, before=before, limit=1):
        seen.append(found[0].record.room)
        before = (found[0].head.time, found[0].record.room)
    assert seen == [key(2), key(1), key(0), key(3)]


async def test_a_room_without_entries_is_listed_last_with_an_empty_head(store: Store) -> None:
    await store.append(records(record(), record(OTHER), member("bo"), member("bo", OTHER)))
    await store.append([post(1, time=1)])
    last = (await rooms(store))[-1]
    assert (last.record.room, last.last, last.unread) == (OTHER, None, 0)
    assert last.head == Head(0, 0, 0, chain.origin(OTHER))


@pytest.mark.parametrize("state", [MemberState.MEMBER, MemberState.RESTRICTED])
async def test_who_is_present_sees_the_last_entry(store: Store, state: MemberState) -> None:
    row = await one_room(store, member("bo", state=state))
    assert row.last is not None
    assert (row.last.seq, row.unread) == (5, 4)


async def test_who_is_invited_sees_the_room_but_neither_entry_nor_count(store: Store) -> None:
    row = await one_room(store, member("bo", state=MemberState.INVITED, until=0))
    assert (row.last, row.unread, row.head.seq) == (None, 0, 5)


@pytest.mark.parametrize("state", [MemberState.LEFT, MemberState.BANNED, MemberState.REQUESTED])
async def test_other_states_are_not_listed(store: Store, state: MemberState) -> None:
    await store.append(records(record(), member("bo", state=state)))
    assert await rooms(store) == ()


async def test_the_self_room_is_neither_listed_nor_counted(store: Store) -> None:
    await store.append(records(record(kind=RoomKind.SELF), member("bo")))
    assert await rooms(store) == ()
    assert await ask(store, CountRooms(user="bo")) == 0


async def test_only_the_users_own_rooms_are_listed(store: Store) -> None:
    await store.append(records(record(), record(OTHER), member("bo"), member("cy", OTHER)))
    assert [row.record.room for row in await rooms(store)] == [ROOM]


@pytest.mark.parametrize(
    ("floor", "read", "unread"),
    [(1, None, 4), (1, 1, 3), (1, 3, 2), (1, 5, 0), (1, 9, 0), (3, None, 2), (3, 1, 2), (4, 4, 1), (6, None, 0)],
)
async def test_unread_counts_the_posts_beyond_what_was_read_or_never_visible(
    store: Store, floor: int, read: int | None, unread: int
) -> None:
    row = await one_room(store, member("bo", floor=floor), read)
    assert (row.unread, row.read) == (unread, read or 0)


async def test_rooms_are_counted_where_the_user_is_present_invited_or_requested(store: Store) -> None:
    await store.append(records(*[record(key(number)) for number in range(len(MemberState))]))
    await store.append(records(*[member("bo", key(number), state) for number, state in enumerate(MemberState)]))
    assert await ask(store, CountRooms(user="bo")) == 4
