"""The SQLite store as a whole: its failures, its log, and what a batch costs."""

from __future__ import annotations

import resource
import signal
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from chatd.storage import sqlite as sqlite_module
from chatd.storage.base import Stored, StoreError, StoreFull, StoreRefused
from chatd.storage.check import check
from chatd.storage.queries import GetHead, GetUser
from chatd.storage.sqlite import SqliteStore
from chatd.storage.writing import CHECKPOINT_PAGES, PAGE_BYTES
from tests.storage.scenes import (
    EPOCH,
    ROOM,
    ask,
    execute,
    item,
    large,
    member,
    open_elsewhere,
    page,
    post,
    posts,
    record,
    records,
    token,
    user,
)

NAUGHTY = [
    "'; DROP TABLE entries; --",
    '"quoted" \\ and \\u0000 slashed',
    "%s%d{}{0}$1?1:name@x",
    "\u202eright to left\u202c",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "z\u0351\u0352algo",
    "\ufeffmark",
    "NULL",
]


@contextmanager
def files_no_larger_than(size: int) -> Generator[None, None, None]:
    """Make every write beyond `size` bytes of a file fail for real."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.parametrize("text", NAUGHTY)
async def test_texts_are_parameters_and_never_statements(sqlite: SqliteStore, text: str) -> None:
    batch = [post(1, sender=text, body=text.encode())]
    await sqlite.append([*records(record(title=text), member(text), user(text), token(1, text)), *batch])
    assert (await ask(sqlite, GetUser(text))) == user(text)
    assert [(each.sender, each.body) for each in (await page(sqlite)).entries] == [(text, text.encode())]
    assert not isinstance((await sqlite.append(batch)).outcomes[0], Stored)


async def test_a_full_disk_is_told_apart(sqlite: SqliteStore) -> None:
    await sqlite.append(posts(3))
    ((pages,),) = await execute(sqlite, "PRAGMA page_count")
    await execute(sqlite, "PRAGMA max_page_count = " + str(pages + 4))
    with pytest.raises(StoreFull):
        await sqlite.append([large(number) for number in range(4, 9)])
    with pytest.raises(StoreError, match="reopen"):
        await sqlite.append([post(4)])
    await sqlite.reopen()
    assert (await ask(sqlite, GetHead(ROOM))).seq == 3
    assert isinstance((await sqlite.append([large(4)])).outcomes[0], Stored)


async def test_a_failed_write_is_followed_by_recovery(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, EPOCH)
    await store.append(posts(3))
    with files_no_larger_than(store._home.wal_bytes() + 5000), pytest.raises(StoreError) as raised:
        await store.append([large(4), large(5)])
    assert not isinstance(raised.value, StoreFull)
    with pytest.raises(StoreError, match="reopen"):
        await store.read([GetHead(ROOM)])
    await store.reopen()
    head = (await ask(store, GetHead(ROOM))).seq
    assert head in (3, 5)
    again = (await store.append([large(4), large(5), post(6)])).outcomes
    assert [type(outcome) is Stored for outcome in again] == [head == 3, head == 3, True]
    await store.aclose()
    assert check(tmp_path).faults == ()


async def test_a_failed_checkpoint_is_a_failure_of_the_store(
    sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "CHECKPOINT_PAGES", 0)
    await sqlite.append([large(1)])
    with files_no_larger_than(8192), pytest.raises(StoreError):
        await sqlite.checkpoint()
    with pytest.raises(StoreError, match="reopen"):
        await sqlite.append([post(2)])
    await sqlite.reopen()
    assert (await ask(sqlite, GetHead(ROOM))).seq == 1


async def test_a_failure_of_which_the_traceback_is_kept_does_not_keep_the_file(sqlite: SqliteStore) -> None:
    with pytest.raises(StoreError) as kept:
        await sqlite.append([*posts(3), *records(member("bo"))])
    await sqlite.reopen()
    assert kept.value.__traceback__ is not None
    assert (await ask(sqlite, GetHead(ROOM))).seq == 0


async def test_a_checkpoint_lets_a_long_log_be_written_again_from_its_start(sqlite: SqliteStore) -> None:
    database = sqlite._home.database
    await sqlite.append(posts(3))
    before = database.stat().st_size
    await sqlite.checkpoint()
    assert database.stat().st_size == before
    number = 100
    for _ in range(3):
        while sqlite._current().writer.log_pages <= CHECKPOINT_PAGES:
            await sqlite.append([large(number + each) for each in range(10)])
            number += 10
        longest = sqlite._home.wal_bytes()
        assert longest <= 2 * CHECKPOINT_PAGES * PAGE_BYTES
        await sqlite.checkpoint()
        assert database.stat().st_size > before
        before = database.stat().st_size
        await sqlite.append([post(number)])
        number += 1
        assert sqlite._home.wal_bytes() == longest
    assert (await ask(sqlite, GetHead(ROOM))).seq == number - 97


async def test_the_pages_of_the_log_are_estimated_from_above(sqlite: SqliteStore) -> None:
    """In one room and in many, short and long: else a checkpoint might be put off for ever."""
    written = sqlite._home.wal_bytes()
    estimated = sqlite._current().writer.log_pages
    scattered = [post(number, blake2b(bytes([number]), digest_size=16).digest()) for number in range(200)]
    for batch in (
        [post(1)],
        [post(number) for number in range(2, 202)],
        scattered,
        [large(number) for number in range(300, 340)],
    ):
        await sqlite.append(batch)
        grown = sqlite._home.wal_bytes() - written
        assert grown <= (sqlite._current().writer.log_pages - estimated) * (PAGE_BYTES + 24) * 1.25
        written, estimated = sqlite._home.wal_bytes(), sqlite._current().writer.log_pages


@pytest.mark.slow
async def test_the_log_stays_below_64_mib_whatever_is_written(sqlite: SqliteStore) -> None:
    written, largest = 0, 0
    number = 0
    while written < 80 * 1024 * 1024:
        batch = [post(number + i, body=bytes(32 * 1024)) for i in range(24)]
        number += 24
        await sqlite.append(batch)
        written += 24 * 32 * 1024
        largest = max(largest, sqlite._home.wal_bytes())
    assert largest < 64 * 1024 * 1024


async def test_a_commit_passes_the_reads_that_wait(sqlite: SqliteStore) -> None:
    done: list[str] = []

    async def noted(name: str, function: Any) -> None:
        await function()
        done.append(name)

    reads = partial(sqlite.read, [GetHead(ROOM)])
    async with trio.open_nursery() as nursery, sqlite._bridge._one:
        for _ in range(5):
            nursery.start_soon(noted, "read", reads)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(noted, "commit", partial(sqlite.append, [post(1)]))
        await trio.testing.wait_all_tasks_blocked()
    assert done[:2] == ["read", "commit"]


async def test_a_cancelled_append_never_began_or_returns_its_outcome(sqlite: SqliteStore) -> None:
    with trio.CancelScope() as before:
        before.cancel()
        await sqlite.append(posts(1))
    assert before.cancelled_caught
    assert sqlite.g == 0
    with trio.CancelScope() as during:
        trio.lowlevel.current_trio_token().run_sync_soon(during.cancel)
        appended = await sqlite.append(posts(1))
        assert appended.g == sqlite.g == 1
    assert not during.cancelled_caught


async def test_a_closed_store_answers_nothing_and_may_be_closed_again(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, EPOCH)
    await store.aclose()
    await store.aclose()
    with pytest.raises(StoreError, match="closed"):
        await store.append(posts(1))
    with pytest.raises(StoreError, match="closed"):
        await store.read([])


async def test_close_in_a_cancelled_scope_still_closes(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, EPOCH)
    with trio.CancelScope() as scope:
        scope.cancel()
        await store.aclose()
    await (await SqliteStore.open(tmp_path, EPOCH)).aclose()


async def test_an_open_that_is_cancelled_leaves_no_lock(tmp_path: Path) -> None:
    with trio.CancelScope() as scope:
        scope.cancel()
        await SqliteStore.open(tmp_path, EPOCH)
    assert scope.cancelled_caught
    await (await SqliteStore.open(tmp_path, EPOCH)).aclose()


async def test_a_read_that_waits_while_the_store_is_reopened_is_answered(sqlite: SqliteStore) -> None:
    found: list[object] = []

    async def read() -> None:
        found.extend((await sqlite.read([GetUser("ana")])).values)

    async with trio.open_nursery() as nursery, sqlite._bridge._one:
        nursery.start_soon(sqlite.reopen)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
    assert found == [None]


async def test_a_reopen_that_fails_may_be_tried_again(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.append(posts(1))
    database = tmp_path / "data" / "chatd.db"
    opened = sqlite._current()
    await sqlite._bridge.call(opened.driver.close)
    database.rename(database.with_suffix(".away"))
    with pytest.raises(StoreRefused):
        await sqlite.reopen()
    database.unlink(missing_ok=True)
    database.with_suffix(".away").rename(database)
    await sqlite.reopen()
    assert (await ask(sqlite, GetHead(ROOM))).seq == 1


async def test_the_free_bytes_are_those_of_the_disk(sqlite: SqliteStore) -> None:
    free = sqlite.disk_free_bytes()
    assert free is not None
    assert free > 0


async def test_no_batch_however_large_is_written_outside_the_directory(sqlite: SqliteStore) -> None:
    before = open_elsewhere()
    for batch in range(3):
        numbers = range(512 * batch + 1, 512 * batch + 513)
        await sqlite.append([post(number, (7 * number % 500).to_bytes(16, "big")) for number in numbers])
    assert open_elsewhere() <= before


async def test_an_item_with_records_alone_survives_a_reopen(sqlite: SqliteStore) -> None:
    await sqlite.append([item(records=[user("ana")])])
    await sqlite.reopen()
    assert await ask(sqlite, GetUser("ana")) == user("ana")
