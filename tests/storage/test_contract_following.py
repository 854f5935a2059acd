"""What is read by who looks at all rooms, or at all those of a user, over every backend."""

from __future__ import annotations

import pytest

from chatd.model import Entry, Erasure, MemberState, RoomId
from chatd.storage import following_rows
from chatd.storage.base import Store
from chatd.storage.following import Commits, GetCommits, GetExpiring, GetRanges
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import (
    OTHER,
    ROOM,
    ask,
    entry,
    erase,
    item,
    member,
    page,
    post,
    posts,
    record,
    records,
    scanned,
    stored,
)

THIRD = b"room-----------3"


async def commits(store: Store, after: int, entries_max: int = 100, bytes_max: int = 10**9) -> Commits:
    found = await ask(store, GetCommits(after=after, entries_max=entries_max, bytes_max=bytes_max))
    assert isinstance(found, Commits)
    return found


async def test_entries_follow_in_the_order_of_their_commits_over_all_rooms(store: Store) -> None:
    first = stored(await store.append([post(1), post(2, OTHER), post(3)]))
    second = stored(await store.append([item(entry(4, OTHER), entry(5))]))
    found = await commits(store, 0)
    assert found.entries == (*first, *second)
    assert not found.more
    assert await commits(store, found.place) == Commits((), found.place, more=False)


async def test_who_goes_on_from_each_place_sees_every_entry_once(store: Store) -> None:
    entries = stored(await store.append([post(1), post(2, OTHER)])) + stored(await store.append(posts(5, THIRD)))
    seen: list[Entry] = []
    place, more = 0, True
    while more:
        found = await commits(store, place, entries_max=2)
        assert 0 < len(found.entries) <= 2
        assert found.place > place
        seen += found.entries
        place, more = found.place, found.more
    assert seen == entries


async def test_a_slice_ends_at_its_most_bytes_and_is_never_empty_for_that(store: Store) -> None:
    await store.append([post(number, body=bytes(100)) for number in range(1, 5)])
    assert len((await commits(store, 0, bytes_max=2 * 356)).entries) == 2
    assert len((await commits(store, 0, bytes_max=2 * 356 - 1)).entries) == 1
    assert len((await commits(store, 0, bytes_max=1)).entries) == 1
    assert len((await commits(store, 0, entries_max=0)).entries) == 1
    assert (await commits(store, 0, bytes_max=4 * 356)).more is False


async def test_an_entry_keeps_its_place_when_it_is_erased(store: Store) -> None:
    await store.append(posts(3))
    before = await commits(store, 1)
    await erase(store, ROOM, 2)
    after = await commits(store, 1)
    assert [(each.seq, each.body) for each in after.entries] == [(2, None), (3, b"text 3")]
    assert after.place == before.place


async def test_a_commit_without_entries_has_no_place(store: Store) -> None:
    await store.append(posts(1))
    place = (await commits(store, 0)).place
    await store.append(records(record()))
    assert await commits(store, place) == Commits((), place, more=False)


async def test_a_new_store_has_nothing_to_follow(store: Store) -> None:
    assert await commits(store, 0) == Commits((), 0, more=False)


async def test_the_ranges_of_a_user_are_those_that_hold_something(store: Store) -> None:
    rooms = [bytes([number]) * 16 for number in range(1, 7)]
    present = member("bo", rooms[3], floor=5)
    restricted = member("bo", rooms[4], MemberState.RESTRICTED, floor=1)
    left = member("bo", rooms[0], MemberState.LEFT, floor=2, until=2)
    banned = member("bo", rooms[1], MemberState.BANNED, floor=2, until=9)
    invited = member("bo", rooms[2], MemberState.INVITED, floor=0, until=0)
    never = member("bo", rooms[5], MemberState.LEFT, floor=1, until=0)
    others = [member("ana", rooms[0]), member("b", rooms[0])]
    memberships = [present, restricted, left, banned, invited, never, *others]
    await store.append(records(*[record(room) for room in rooms], *memberships))
    assert await ask(store, GetRanges(user="bo", limit=9)) == (present, restricted, left, banned)
    assert await ask(store, GetRanges(user="bo", limit=3)) == (present, restricted, left)
    assert await ask(store, GetRanges(user="cy", limit=9)) == ()


async def expiring(store: Store, limit: int = 9) -> list[tuple[RoomId, int, int]]:
    return [(each.room, each.seq, each.expires) for each in await ask(store, GetExpiring(limit))]


async def test_what_expires_is_found_the_earliest_first(store: Store) -> None:
    lives = {2: 500, 3: 100, 4: 500}
    posts_ = [post(number, ttl_ms=ttl_ms) for number, ttl_ms in lives.items()]
    await store.append([post(1), *posts_, post(5, OTHER, ttl_ms=1), post(6, OTHER)])
    assert await expiring(store) == [(OTHER, 1, 1006), (ROOM, 3, 1103), (ROOM, 2, 1502), (ROOM, 4, 1504)]
    assert await expiring(store, 2) == [(OTHER, 1, 1006), (ROOM, 3, 1103)]


async def test_what_expires_lives_from_the_time_that_its_entry_has(store: Store) -> None:
    [_, later] = stored(await store.append([post(9), post(1, ttl_ms=100)]))
    assert (later.time, later.expires) == (1009, 1109)
    assert (await page(store)).entries[1] == later
    assert (await commits(store, 1)).entries == (later,)


async def test_what_is_erased_does_not_expire_any_more(store: Store) -> None:
    await store.append([post(1, ttl_ms=5), post(2, ttl_ms=6)])
    await store.append(records(Erasure(room=ROOM, seq=1, edited=False)))
    assert await expiring(store) == [(ROOM, 2, 1008)]


@pytest.mark.parametrize("statement", ["COMMITS", "RANGES", "EXPIRING", "ERASING", "AGED"])
async def test_no_statement_goes_through_a_whole_table(sqlite: SqliteStore, statement: str) -> None:
    assert await scanned(sqlite, getattr(following_rows, statement)) == []
