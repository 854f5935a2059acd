"""The task that makes the index follow the store: in order, in slices, at its share, and whatever fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.chain import pack
from chatd.model import Entry, EntryKind
from chatd.server.feeding import (
    REST_S_MAX,
    REST_S_MIN,
    RETRY_S,
    SLICE_ENTRIES,
    Feeding,
    change_of,
    said,
)
from chatd.storage.base import StoreError
from chatd.storage.index import Edited, Erased, IndexChange, IndexFailed, Posted, Progress
from chatd.storage.memory import MemoryStore
from chatd.wire import content
from tests.house import EPOCH
from tests.memory_index import MemoryIndex
from tests.server.feeders import commit, found, made, passed, running, tea
from tests.server.stores import GatedStore
from tests.storage.scenes import OTHER, ROOM, erase, post, posts, records, user


async def test_what_was_there_before_is_taken_in_slice_by_slice(mock_clock: MockClock) -> None:
    store, index = GatedStore(), MemoryIndex()
    await store.append(posts(SLICE_ENTRIES + 2))
    feeding = made(index, store)
    async with running(feeding):
        assert (index.puts, feeding.indexed.g) == ([SLICE_ENTRIES], 0)
        await passed(mock_clock, REST_S_MIN)
        assert (index.puts, feeding.indexed.g) == ([SLICE_ENTRIES, 2], 1)
        assert feeding.metrics.entries_indexed == SLICE_ENTRIES + 2


async def test_only_what_is_applied_is_taken_in(mock_clock: MockClock) -> None:
    """What nobody was shown yet is not to be found (invariant A1)."""
    store, index = GatedStore(), MemoryIndex()
    feeding = made(index, store)
    async with running(feeding):
        await passed(mock_clock, REST_S_MIN)
        await commit(feeding, store, tea(1))
        await commit(feeding, store, tea(2))
        await store.append([tea(3)])
        await passed(mock_clock, REST_S_MAX)
        assert (ROOM, 3) not in found(index)
        feeding.applied.move(store.g)
        await wait_all_tasks_blocked()
        assert found(index) == [(ROOM, 1), (ROOM, 2), (ROOM, 3)]


async def test_posts_that_come_one_by_one_go_in_together(mock_clock: MockClock) -> None:
    store, index = GatedStore(), MemoryIndex()
    feeding = made(index, store)
    async with running(feeding):
        await passed(mock_clock, REST_S_MIN)
        for number in range(1, 5):
            await commit(feeding, store, tea(number))
        assert index.puts == [1]
        await passed(mock_clock, REST_S_MIN)
        assert index.puts == [1, 3]
        assert feeding.indexed.g == store.g == 4


async def test_a_commit_without_entries_is_followed_too(mock_clock: MockClock) -> None:
    store, index = GatedStore(), MemoryIndex()
    feeding = made(index, store)
    async with running(feeding):
        await passed(mock_clock, REST_S_MIN)
        await commit(feeding, store, *records(user("ana")))
        assert (index.puts, feeding.indexed.g) == ([], 1)


async def test_the_next_one_goes_on_where_the_last_put_came_to(mock_clock: MockClock) -> None:
    store, index = GatedStore(), MemoryIndex()
    feeding = made(index, store)
    async with running(feeding):
        await passed(mock_clock, REST_S_MIN)
        await commit(feeding, store, tea(1))
    await store.append([tea(2), tea(3, OTHER)])
    async with running(made(index, store)):
        assert index.puts == [1, 2]
        assert found(index) == [(ROOM, 1), (ROOM, 2), (OTHER, 1)]
    assert index.begun == [False, False]


async def test_an_index_that_followed_another_store_is_begun_anew(mock_clock: MockClock) -> None:
    """A file copied back by hand has the same epoch, and other entries."""
    index = MemoryIndex()
    for body in (b"one", b"another"):
        store = GatedStore(MemoryStore(EPOCH))
        await store.append([post(1, body=content.text(body.decode()))])
        async with running(made(index, store)):
            assert [text.words for text in index.texts.values()] == [[body.decode()]]
    assert index.begun == [False, False, True]


async def test_an_index_that_is_ahead_of_the_store_is_begun_anew(mock_clock: MockClock) -> None:
    store, index = GatedStore(), MemoryIndex()
    await store.append(posts(2))
    async with running(made(index, store)):
        index.progress = Progress(7, bytes(32))
    async with running(made(index, store)):
        assert index.progress.place == 2
    assert index.begun == [False, False, True]


def is_ready(feeding: Feeding) -> bool:
    return feeding.ready


@pytest.mark.parametrize("broken", [False, True])
async def test_after_a_failure_it_is_begun_again_and_where_it_is_broken_anew(
    mock_clock: MockClock, broken: bool
) -> None:
    store, index = GatedStore(), MemoryIndex()
    feeding = made(index, store)
    async with running(feeding):
        await passed(mock_clock, REST_S_MIN)
        index.failures.append(IndexFailed("no", broken=broken))
        await commit(feeding, store, tea(1))
        assert not is_ready(feeding)
        await passed(mock_clock, RETRY_S)
        assert index.begun == [False, broken]
        assert is_ready(feeding)
        assert found(index) == [(ROOM, 1)]


async def test_a_failure_that_a_search_met_ends_what_is_under_way(mock_clock: MockClock) -> None:
    store, index = GatedStore(), MemoryIndex()
    feeding = made(index, store)
    async with running(feeding):
        await passed(mock_clock, REST_S_MIN)
        feeding.fail(IndexFailed("no", broken=True))
        await wait_all_tasks_blocked()
        assert not is_ready(feeding)
        await passed(mock_clock, RETRY_S)
        assert index.begun == [False, True]


async def test_a_store_that_does_not_answer_is_waited_for(mock_clock: MockClock) -> None:
    store, index = GatedStore(), MemoryIndex()
    await store.append([tea(1)])
    store.read_error = StoreError("reopening")
    async with running(made(index, store)):
        assert found(index) == []
        store.read_error = None
        await passed(mock_clock, RETRY_S)
        assert found(index) == [(ROOM, 1)]


class Buggy(MemoryIndex):
    async def put(self, changes: Sequence[IndexChange], progress: Progress | None) -> None:
        if not self.puts:
            self.puts.append(0)
            raise RuntimeError("a bug")
        await super().put(changes, progress)


async def test_a_bug_ends_nothing_and_the_index_is_made_anew(mock_clock: MockClock) -> None:
    store, index = GatedStore(), Buggy()
    await store.append([tea(1)])
    async with running(made(index, store)):
        await passed(mock_clock, RETRY_S)
        assert found(index) == [(ROOM, 1)]
        assert index.begun == [False, True]


async def test_a_full_disk_is_left_alone(mock_clock: MockClock) -> None:
    store, index, full = GatedStore(), MemoryIndex(), [True]
    await store.append([tea(1)])
    async with running(made(index, store, is_full=lambda: full[0])):
        await passed(mock_clock, REST_S_MAX)
        assert found(index) == []
        full[0] = False
        await passed(mock_clock, REST_S_MAX)
        assert found(index) == [(ROOM, 1)]


async def entry_of(kind: EntryKind, body: bytes | None, target: int | None) -> Entry:
    """Return an entry as a store holds it, and as it stands once erased where `body` is None."""
    store = MemoryStore(EPOCH)
    await store.append([*posts(8), post(9, kind=kind, target=target, body=body or b"")])
    if body is None:
        await erase(store, ROOM, 9)
    return store._tables.entries[ROOM, 9]


TEXT = content.text("tea")


@pytest.mark.parametrize(
    ("kind", "body", "target", "change"),
    [
        (EntryKind.POST, TEXT, None, Posted(room=ROOM, seq=9, sender="ana", time=1009, text="tea\n")),
        (EntryKind.POST, TEXT, 3, Posted(room=ROOM, seq=9, sender="ana", time=1009, text="tea\n")),
        (EntryKind.POST, None, None, Posted(room=ROOM, seq=9, sender="ana", time=1009, text=None)),
        (EntryKind.EDIT, TEXT, 3, Edited(room=ROOM, seq=3, version=9, text="tea\n")),
        (EntryKind.EDIT, None, 3, None),
        (EntryKind.DELETE, b"\x80", 3, Erased(room=ROOM, seq=3)),
        (EntryKind.REACT, b"\x80", 3, None),
        (EntryKind.TITLE, b"\x80", None, None),
    ],
)
async def test_what_each_entry_changes(
    kind: EntryKind, body: bytes | None, target: int | None, change: IndexChange | None
) -> None:
    assert change_of(await entry_of(kind, body, target)) == change


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (TEXT, ["tea"]),
        (pack({"type": "text", "text": "new", "fallback": "old"}), ["new", "old"]),
        (pack({"type": "quiz", "fallback": "a quiz", "question": "why?", "title": 7}), ["a quiz", "why?"]),
        (pack({"type": "x", "fallback": "f", "caption": "c", "title": "t"}), ["f", "c", "t"]),
        (b"\x80", []),
        (b"garbage", []),
    ],
)
def test_a_post_is_found_by_all_that_people_read_of_it(body: bytes, words: list[str]) -> None:
    assert [line for line in said(body).split("\n") if line] == words
