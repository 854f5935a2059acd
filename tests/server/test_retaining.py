"""Live rooms let go of what is too old, and of all where they are kept for nobody: in steps, whatever is between."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from structlog.testing import capture_logs
from trio.testing import MockClock

from chatd.limits import DEFAULTS, RETENTION_LATE_S_MAX
from chatd.messages import Committed, CreateGroup, Edit, End, Entered, Follow, Followed, Gap, Pin, Post
from chatd.model import EntryKind, Item, RoomId, RoomKind
from chatd.rights import Archive
from chatd.rooms import retaining as steps
from chatd.rooms.commands import streaming
from chatd.server import retaining
from chatd.server.config import Config
from chatd.storage.base import Store, StoreError, StoreFull
from chatd.storage.following import GetAged
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import GetRoom
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.stores import GatedStore

A_MINUTE = Config(data=Path("unused"), dev=True, limits=evolve(DEFAULTS, live_s_max=60))


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (steps, streaming, retaining):
        monkeypatch.setattr(module, "EXPIRED_AT_MOST", 4)


async def stream(house: House, host: Peer, posts: int = 0) -> RoomId:
    """Return a live room in which so much was posted."""
    reply = await host.ask(CreateGroup(key=house.key(), title="show", kind=RoomKind.LIVE))
    room: RoomId = reply.room
    for _ in range(posts):
        await host.send(Post(room=room, key=house.key(), content=content.text("hi")))
    await house.rest()
    return room


def said(store: Store, room: RoomId) -> list[int]:
    """Return the seqs of the posts of a room that are not erased."""
    memory = store.inner if isinstance(store, GatedStore) else store
    assert isinstance(memory, MemoryStore)
    entries = [entry for entry in memory._tables.entries.values() if entry.room == room]
    return [entry.seq for entry in entries if entry.kind is EntryKind.POST and entry.body is not None]


def was_erasing(batch: tuple[Item, ...]) -> bool:
    return any(not item.entries and item.records for item in batch)


async def test_what_is_too_old_goes_soon_and_nothing_sooner(mock_clock: MockClock) -> None:
    async with open_house(A_MINUTE) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana, 6)
        await house.sleep(30)
        await hana.post_on_disk(room, "later")
        await house.sleep(30)
        assert len(said(house.store, room)) == 7
        await house.sleep(RETENTION_LATE_S_MAX)
        assert said(house.store, room) == [8]
        await house.sleep(30)
        assert said(house.store, room) == []


async def test_a_pinned_post_outlives_its_age(mock_clock: MockClock) -> None:
    async with open_house(A_MINUTE) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana, 2)
        await hana.ask(Pin(room=room, key=house.key(), seq=2))
        await house.sleep(60 + RETENTION_LATE_S_MAX)
        assert said(house.store, room) == [2]


async def test_an_archive_keeps_what_was_there_at_the_end(mock_clock: MockClock) -> None:
    async with open_house(A_MINUTE) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana, 2)
        await hana.ask(End(room=room, key=house.key()))
        await house.sleep(200)
        assert said(house.store, room) == [2, 3]


async def test_without_an_age_nothing_is_asked_about_streams_that_go_on(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana, 2)
        await house.sleep(2)
        reads = house.daemon.core.loader.reads
        await house.sleep(60)
        assert said(house.store, room) == [2, 3]
        assert house.daemon.core.loader.reads == reads


async def test_what_is_kept_for_nobody_goes_in_steps_and_others_commit_between(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        hana, vera = await house.enter("hana"), await house.enter("vera")
        await stream(house, vera, 5)
        room, other = await stream(house, hana, 10), await stream(house, vera)
        store.batches.clear()
        store.hold_appends()
        ended = await hana.send(End(room=room, key=house.key(), archive=Archive.NONE))
        await vera.send(Post(room=other, key=house.key(), content=content.text("meanwhile")))
        await house.rest()
        store.release_appends()
        await house.rest()
        assert isinstance(hana.reply(ended), Committed)
        assert said(store, room) == []
        assert sum(was_erasing(tuple(batch)) for batch in store.batches) == 3
        assert len(said(store, other)) == 1


async def test_nothing_is_given_from_the_end_on_and_the_next_daemon_erases_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana, 10)
        house.daemon.core.journal.stopping = True  # the steps are left to the next daemon
        await hana.ask(End(room=room, key=house.key(), archive=Archive.NONE))
        assert len(said(store, room)) == 10
        hana.received.clear()
        await hana.subscribe(room)
        assert [(each.start, each.end, each.reason) for each in hana.events(Gap)] == [(1, 12, "expired")]
        assert hana.events(Entered) == []
    async with open_house(store=store, seed=1) as house:
        await house.sleep(1)
        assert said(store, room) == []


def bodies(page: object, room: RoomId) -> list[bytes | None]:
    """Return what a page of the stream tells of what was posted in a room."""
    assert isinstance(page, Followed)
    entries = [event.entry for event in page.events if event.entry.room == room]
    return [entry.body for entry in entries if entry.kind in (EntryKind.POST, EntryKind.EDIT)]


async def test_what_the_app_follows_is_given_nothing_either_whether_it_is_erased_yet_or_not(
    mock_clock: MockClock,
) -> None:
    """Invariant A9, and 5.98."""
    store = GatedStore()
    async with open_house(store=store) as house:
        hana, operator = await house.enter("hana"), await house.operator()
        room, other = await stream(house, hana, 3), await stream(house, hana, 1)
        await hana.ask(Edit(room=room, key=house.key(), seq=2, content=content.text("ho")))
        assert bodies(await operator.ask(Follow()), room) == [content.text("hi")] * 3 + [content.text("ho")]
        house.daemon.core.journal.stopping = True  # the steps are left to the next daemon
        await hana.ask(End(room=room, key=house.key(), archive=Archive.NONE))
        assert len(said(store, room)) == 3
        page = await operator.ask(Follow())
        assert (bodies(page, room), bodies(page, other)) == ([None] * 4, [content.text("hi")])
    async with open_house(store=store, seed=1) as house:
        operator = await house.operator()
        assert bodies(await operator.ask(Follow()), room) == [None] * 4


async def test_what_was_read_before_the_end_of_the_stream_is_not_told_after_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        hana, operator = await house.enter("hana"), await house.operator()
        room = await stream(house, hana, 3)
        store.hold_appends()
        await hana.send(End(room=room, key=house.key(), archive=Archive.NONE))
        await house.rest()
        store.hold_reads(GetRoom)
        request = await operator.send(Follow())
        await house.rest()
        house.daemon.core.journal.stopping = True
        store.release_appends()
        await house.rest()
        assert len(said(store, room)) == 3
        store.release_reads()
        await house.rest()
        assert bodies(operator.reply(request), room) == [None] * 3


async def test_a_full_disk_interrupts_the_steps_and_no_more(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana, 10)
        store.hold_appends()
        await hana.send(End(room=room, key=house.key(), archive=Archive.NONE))
        await house.rest()
        store.fail_next(StoreFull("no space left"), stored=True)
        with capture_logs():
            store.release_appends()
            await house.sleep(10)
        assert store.reopened == 1
        assert said(store, room) == []


async def test_what_could_not_go_for_want_of_space_goes_soon_after(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(A_MINUTE, store=store) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana, 2)
        await house.sleep(65)
        assert said(store, room) == [2, 3]
        store.hold_reads(GetAged)
        await house.sleep(10)
        house.daemon.core.journal.full = True  # after it was read what is old
        store.release_reads()
        await house.rest()
        assert said(store, room) == [2, 3]
        house.daemon.core.journal.full = False
        await house.sleep(RETENTION_LATE_S_MAX)
        assert said(store, room) == []


async def test_a_store_that_does_not_answer_is_asked_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(A_MINUTE, store=store) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana, 2)
        await house.sleep(2)
        store.read_error = StoreError("busy")
        with capture_logs() as logs:
            await house.sleep(100)
        assert {each["event"] for each in logs} == {"expiry waits"}
        store.read_error = None
        await house.sleep(2)
        assert said(store, room) == []
