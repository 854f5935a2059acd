"""Posts are deleted when their time has come: never early, soon after, whatever happened to the daemon meanwhile."""

from __future__ import annotations

from collections import Counter

import pytest
from structlog.testing import capture_logs
from trio.testing import MockClock

from chatd.limits import EXPIRY_LATE_S_MAX
from chatd.messages import Committed, Delete, Post
from chatd.model import SERVER, Entry, EntryKind, RoomId
from chatd.server.expiring import POSTS_A_TURN
from chatd.storage.base import Store, StoreError, StoreFull
from chatd.storage.following import GetExpiring
from chatd.storage.memory import MemoryStore
from chatd.wire import content
from tests.house import EPOCH, House, Peer, open_house
from tests.server.people import direct
from tests.server.stores import GatedStore

FULL = StoreFull("no space left")


async def post(house: House, peer: Peer, room: RoomId, ttl_s: int | None = 10) -> int:
    """Post what expires; return its seq."""
    command = Post(room=room, key=house.key(), content=content.text("hi"), ttl_s=ttl_s)
    reply = await peer.ask(command)
    assert isinstance(reply, Committed)
    return reply.seq


def deletions(store: Store) -> list[Entry]:
    memory = store.inner if isinstance(store, GatedStore) else store
    assert isinstance(memory, MemoryStore)
    return [entry for entry in memory._tables.entries.values() if entry.kind is EntryKind.DELETE]


def deleted(house: House) -> list[int | None]:
    return [entry.target for entry in deletions(house.store)]


async def test_a_post_is_deleted_when_its_time_has_come_and_not_before(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        soon, _, later = [await post(house, ana, room, ttl_s) for ttl_s in (10, None, 20)]
        await house.sleep(9.999)
        assert deleted(house) == []
        await house.sleep(1)
        assert deleted(house) == [soon]
        await house.sleep(10)
        assert deleted(house) == [soon, later]
        assert [entry.sender for entry in deletions(house.store)] == [SERVER] * 2


async def test_what_comes_due_sooner_than_all_before_is_not_waited_for(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        later, soon = [await post(house, ana, room, ttl_s) for ttl_s in (3600, 3)]
        await house.sleep(4)
        assert deleted(house) == [soon]
        house.now_ms[0] += 3_600_000
        await house.sleep(EXPIRY_LATE_S_MAX)
        assert deleted(house) == [soon, later]


async def test_what_came_due_while_the_daemon_was_off_is_deleted_when_it_runs_again(mock_clock: MockClock) -> None:
    store = MemoryStore(EPOCH)
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        seqs = [await post(house, ana, room, ttl_s) for ttl_s in (10, 5, 100)]
    async with open_house(store=store, seed=1) as house:
        house.now_ms[0] += 50_000
        await house.rest()
        assert deleted(house) == [seqs[1], seqs[0]]
        await house.sleep(50)
        assert deleted(house) == [seqs[1], seqs[0], seqs[2]]


async def test_many_at_a_time_are_deleted_a_bounded_number_in_each_turn(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        seqs = [await post(house, ana, room) for _ in range(2 * POSTS_A_TURN + 1)]
        await house.sleep(10 + EXPIRY_LATE_S_MAX)
        assert deleted(house) == seqs
        assert max(Counter(entry.g for entry in deletions(house.store)).values()) == POSTS_A_TURN


@pytest.mark.parametrize("stored", [False, True], ids=["lost", "stored"])
async def test_after_a_full_disk_each_is_deleted_once(mock_clock: MockClock, stored: bool) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        seq = await post(house, ana, room)
        store.fail_next(FULL, stored=stored)
        with capture_logs():
            await house.sleep(10 + EXPIRY_LATE_S_MAX)
        assert store.reopened == 1
        assert deleted(house) == [seq]


async def test_nothing_is_deleted_while_the_disk_is_full_and_all_soon_after(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        seq = await post(house, ana, room)
        store.free_bytes = 0
        with capture_logs():
            await house.sleep(20)
            assert deleted(house) == []
            store.free_bytes = 1 << 30
            await house.sleep(EXPIRY_LATE_S_MAX)
        assert deleted(house) == [seq]


async def test_a_post_whose_own_commit_filled_the_disk_is_found_all_the_same(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.fail_next(FULL, stored=True)
        with capture_logs():
            await ana.send(Post(room=room, key=house.key(), content=content.text("hi"), ttl_s=5))
            await house.sleep(5 + EXPIRY_LATE_S_MAX)
        assert deleted(house) == [2]


async def test_whom_the_author_is_about_to_delete_is_left_to_them(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        seq = await post(house, ana, room)
        store.hold_appends()
        request = await ana.send(Delete(room=room, key=house.key(), seq=seq))
        await house.sleep(12)
        store.release_appends()
        await house.sleep(2)
        assert isinstance(ana.reply(request), Committed)
        assert [entry.sender for entry in deletions(store)] == ["ana"]


async def test_a_store_that_does_not_answer_is_asked_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        seq = await post(house, ana, room)
        await house.sleep(2)  # whose presence may be known is asked
        store.read_error = StoreError("busy")
        with capture_logs() as logs:
            await house.sleep(10)
        assert {each["event"] for each in logs} == {"expiry waits"}
        store.read_error = None
        await house.sleep(2)
        assert deleted(house) == [seq]


async def test_nothing_is_asked_of_the_store_while_nothing_is_due(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await post(house, ana, room, 3600)
        await house.sleep(2)  # whose presence may be known is asked
        reads = house.daemon.core.loader.reads
        await house.sleep(60)
        assert house.daemon.core.loader.reads == reads
        assert len((await store.read([GetExpiring(9)])).values) == 1


async def test_a_daemon_that_stops_leaves_it_to_the_next(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await post(house, ana, room)
        house.daemon.core.journal.stop()
        await house.sleep(12)
        assert deleted(house) == []
