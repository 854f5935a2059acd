"""Posts held for review are kept, paged, counted and forgotten, over every backend."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from chatd.model import HeldGone, HeldRecord
from chatd.storage.base import Store
from chatd.storage.held import CountHeld, GetHeld, GetHeldOf, GetHeldSince, GetQueue, HeldPlace
from tests.storage.scenes import OTHER, ROOM, ask, key, records

HELD = HeldRecord(room=ROOM, number=1, user="bo", key=key(1), time=7, content=b"hello")


def a_post(number: int, **changes: Any) -> HeldRecord:
    return evolve(HELD, number=number, key=key(number), **changes)


def queue(**changes: Any) -> GetQueue:
    return evolve(GetQueue(room=ROOM, user=None, after=0, limit=9, bytes_max=100_000), **changes)


async def numbers(store: Store, **changes: Any) -> list[int]:
    return [each.number for each in await ask(store, queue(**changes))]


async def test_a_held_post_is_kept_as_it_was_put(store: Store) -> None:
    plain, answer = a_post(1), a_post(2, reply=5, ttl_s=9, content=bytes(30_000))
    await store.append(records(plain, answer))
    assert [await ask(store, GetHeld(ROOM, number)) for number in (1, 2, 3)] == [plain, answer, None]
    assert await ask(store, queue()) == (plain, answer)


async def test_what_was_reviewed_is_not_there_any_more(store: Store) -> None:
    await store.append(records(a_post(1), a_post(2), a_post(1, room=OTHER)))
    await store.append(records(HeldGone(room=ROOM, number=1)))
    assert [await ask(store, GetHeld(*place)) for place in ((ROOM, 1), (OTHER, 1))] == [None, a_post(1, room=OTHER)]
    assert await numbers(store) == [2]
    assert await ask(store, CountHeld(ROOM, "bo")) == 1
    await store.append(records(HeldGone(room=ROOM, number=1)))
    assert await numbers(store) == [2]


async def test_all_that_waits_in_a_room_goes_at_once_with_what_the_same_batch_put_there(store: Store) -> None:
    await store.append(records(a_post(1), a_post(2), a_post(1, room=OTHER)))
    await store.append(records(a_post(3), HeldGone(room=ROOM, number=None)))
    assert (await numbers(store), await numbers(store, room=OTHER)) == ([], [1])


async def test_pages_go_by_numbers_and_authors(store: Store) -> None:
    await store.append(records(*[a_post(number, user="bo" if number % 2 else "cy") for number in range(1, 8)]))
    assert await numbers(store, limit=3) == [1, 2, 3]
    assert await numbers(store, after=3, limit=3) == [4, 5, 6]
    assert await numbers(store, user="cy") == [2, 4, 6]
    assert await numbers(store, user="cy", after=2, limit=1) == [4]
    assert await numbers(store, room=OTHER) == []
    assert [await ask(store, CountHeld(ROOM, user)) for user in ("bo", "cy", "di")] == [4, 3, 0]


async def test_a_page_is_bounded_in_bytes_and_holds_one_at_least(store: Store) -> None:
    await store.append(records(*[a_post(number, content=bytes(10_000)) for number in range(1, 5)]))
    assert await numbers(store, bytes_max=21_000) == [1, 2]
    assert await numbers(store, bytes_max=1) == [1]
    assert await numbers(store, bytes_max=1, user="bo") == [1]


async def test_those_that_wait_longest_are_found_in_all_rooms(store: Store) -> None:
    times = {1: 30, 2: 10, 3: 20, 4: 40}
    await store.append(records(*[a_post(number, time=time) for number, time in times.items()]))
    await store.append(records(a_post(1, room=OTHER, user="cy", time=10)))
    late = [HeldPlace(*place) for place in sorted([(OTHER, 1, "cy"), (ROOM, 2, "bo")])]
    assert await ask(store, GetHeldSince(before=20, limit=9)) == tuple(late)
    assert await ask(store, GetHeldSince(before=41, limit=3)) == (*late, HeldPlace(ROOM, 3, "bo"))
    assert await ask(store, GetHeldSince(before=10, limit=9)) == ()


async def test_what_waits_of_an_author_is_found_in_all_rooms(store: Store) -> None:
    await store.append(records(a_post(1), a_post(2, user="cy"), a_post(3), a_post(1, room=OTHER)))
    found = [HeldPlace(*place) for place in sorted([(OTHER, 1, "bo"), (ROOM, 1, "bo"), (ROOM, 3, "bo")])]
    assert await ask(store, GetHeldOf(user="bo", limit=9)) == tuple(found)
    assert await ask(store, GetHeldOf(user="bo", limit=2)) == tuple(found[:2])
    assert await ask(store, GetHeldOf(user="di", limit=9)) == ()
