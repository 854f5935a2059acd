"""How a batch becomes one transaction, and how little it writes."""

from __future__ import annotations

import pytest

from chatd.storage import writing
from chatd.storage.base import Stored, StoreError
from chatd.storage.queries import GetEntries, GetHead
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import ROOM, ask, large, member, post, posts, record, records, scanned, token, traced, user


async def test_a_batch_of_many_items_is_one_transaction(sqlite: SqliteStore) -> None:
    statements = await traced(sqlite)
    await sqlite.append([*posts(50), *records(record(), member("bo"), user("bo"), token(1, "bo"))])
    assert [each for each in statements if each.startswith(("BEGIN", "COMMIT"))] == ["BEGIN IMMEDIATE", "COMMIT"]
    assert statements[-1] == "COMMIT"


async def test_a_batch_with_a_repeat_commits_once(sqlite: SqliteStore) -> None:
    await sqlite.append(posts(3))
    statements = await traced(sqlite)
    await sqlite.append(posts(6))
    assert [each for each in statements if each.startswith(("BEGIN", "COMMIT", "ROLLBACK"))] == [
        "BEGIN IMMEDIATE",
        "ROLLBACK",
        "BEGIN IMMEDIATE",
        "COMMIT",
    ]


async def test_a_batch_of_posts_writes_nothing_but_entries(sqlite: SqliteStore) -> None:
    await sqlite.append([*records(record()), *posts(3)])
    statements = await traced(sqlite)
    await sqlite.append([post(number) for number in range(4, 9)])
    assert all("INTO entries" in each for each in statements[1:-1])
    assert len(statements) == 4


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 200])
async def test_a_batch_of_any_size_is_stored_whole_and_in_order(sqlite: SqliteStore, count: int) -> None:
    stored = (await sqlite.append(posts(count))).outcomes
    page = await ask(sqlite, GetEntries(room=ROOM, first=1, last=count, entries_max=count, bytes_max=1 << 20))
    assert list(page.entries) == [each.entries[0] for each in stored if isinstance(each, Stored)]
    assert [each.seq for each in page.entries] == [*range(1, count + 1)]


async def test_a_log_that_nobody_checkpoints_is_cut_by_the_batch_that_finds_it_long(
    sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "WAL_BYTES_MAX", 200_000)
    sizes: list[int] = []
    for number in range(1, 40):
        await sqlite.append([large(number)])
        sizes.append(sqlite._home.wal_bytes())
    assert max(sizes) < 200_000 + 100_000
    assert (await ask(sqlite, GetHead(ROOM))).seq == 39


async def test_the_heads_in_memory_are_bounded(sqlite: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "HEADS_MAX", 3)
    rooms = [bytes([number]) * 16 for number in range(10)]
    await sqlite.append([post(1, room) for room in rooms])
    assert len(sqlite._current().writer._heads) == 3
    outcomes = (await sqlite.append([post(2, room) for room in rooms])).outcomes
    assert [each.entries[0].seq for each in outcomes if isinstance(each, Stored)] == [2] * 10


async def test_what_is_wrong_with_an_item_itself_is_not_hidden(sqlite: SqliteStore) -> None:
    with pytest.raises(UnicodeEncodeError):
        await sqlite.append([post(1, sender="\ud800")])
    with pytest.raises(StoreError, match="reopen"):
        await sqlite.append([post(2)])


@pytest.mark.parametrize("statement", ["_HEADS", "_USED"])
async def test_no_look_up_of_a_batch_goes_through_a_table(sqlite: SqliteStore, statement: str) -> None:
    assert await scanned(sqlite, getattr(writing, statement)) == []
