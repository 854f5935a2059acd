"""What a hold promises of the SQLite file: its copy is a store as of that moment, whatever is committed meanwhile."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from chatd.storage import sqlite as sqlite_module
from chatd.storage.base import StoreError, StoreFull
from chatd.storage.check import check, check_file
from chatd.storage.queries import GetHead
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import EPOCH, ROOM, ask, execute, item, large, post, posts
from tests.storage.test_sqlite import files_no_larger_than

LOG_BYTES_MAX = 64 * 1024 * 1024


@pytest.fixture(autouse=True)
def _checkpoints_at_every_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "CHECKPOINT_PAGES", 0)


async def commit(store: SqliteStore, first: int, chance: Random) -> int:
    """Commit a few batches as a daemon does, now and then with its housekeeping; return the number after the last."""
    for _ in range(chance.randrange(1, 6)):
        count = chance.randrange(1, 30)
        await store.append([post(first + each, body=bytes(chance.randrange(9000))) for each in range(count)])
        if chance.random() < 0.5:
            await store.checkpoint()
        first += count
    return first


@pytest.mark.parametrize("seed", range(5))
async def test_a_copy_of_the_held_file_holds_what_was_committed_before_and_no_more(
    sqlite: SqliteStore, tmp_path: Path, seed: int
) -> None:
    chance, database, number = Random(seed), sqlite._home.database, 1
    for cycle in range(4):
        number = await commit(sqlite, number, chance)
        await sqlite.hold(LOG_BYTES_MAX)
        before, held = number, database.read_bytes()
        number = await commit(sqlite, number, chance)
        assert database.read_bytes() == held
        assert sqlite.release()
        copied = tmp_path / f"copy{cycle}" / "chatd.db"
        copied.parent.mkdir()
        copied.write_bytes(held)
        report = check(copied.parent)
        assert (report.entries, report.faults) == (before - 1, ())


async def test_what_was_held_is_written_to_again_once_it_is_given_back(sqlite: SqliteStore) -> None:
    await sqlite.append(posts(1))
    await sqlite.hold(LOG_BYTES_MAX)
    held = sqlite._home.database.read_bytes()
    await sqlite.append([post(2)])
    sqlite.release()
    await sqlite.checkpoint()
    assert sqlite._home.database.read_bytes() != held


async def test_a_log_that_has_grown_too_long_ends_the_hold_and_no_commit(sqlite: SqliteStore) -> None:
    log_bytes_max = sqlite._home.wal_bytes() + 100_000  # the log keeps the length that setting up has given it
    await sqlite.hold(log_bytes_max)
    held = sqlite._home.database.read_bytes()
    while sqlite._home.wal_bytes() <= log_bytes_max:
        await sqlite.append([large(sqlite.g + 1)])
    assert sqlite._home.database.read_bytes() == held
    await sqlite.append([large(sqlite.g + 1)])
    assert sqlite._home.database.read_bytes() != held
    assert not sqlite.release()
    assert (await ask(sqlite, GetHead(ROOM))).seq == sqlite.g


async def test_a_hold_within_a_longer_log_lasts(sqlite: SqliteStore) -> None:
    await sqlite.hold(LOG_BYTES_MAX)
    while sqlite._home.wal_bytes() < 20 * 1024 * 1024:
        await sqlite.append([large(sqlite.g * 100 + each) for each in range(60)])
    assert sqlite.release()
    await sqlite.append([item()])
    assert sqlite._home.wal_bytes() < 500_000


async def test_the_held_file_survives_a_crash_of_who_held_it(sqlite: SqliteStore, tmp_path: Path) -> None:
    await sqlite.append(posts(3))
    await sqlite.hold(LOG_BYTES_MAX)
    await sqlite.append([post(4)])
    shutil.copytree(tmp_path / "data", tmp_path / "crashed")
    assert check(tmp_path / "crashed").entries == 4


async def test_where_the_log_cannot_be_moved_nothing_is_held(sqlite: SqliteStore) -> None:
    await sqlite.append([large(1)])
    with files_no_larger_than(8192), pytest.raises(StoreError):
        await sqlite.hold(LOG_BYTES_MAX)
    assert not sqlite.release()
    with pytest.raises(StoreError, match="reopen"):
        await sqlite.append([post(2)])
    await sqlite.reopen()
    assert (await ask(sqlite, GetHead(ROOM))).seq == 1


async def test_a_full_disk_is_told_to_who_comes_next_as_well(sqlite: SqliteStore) -> None:
    ((pages,),) = await execute(sqlite, "PRAGMA page_count")
    await execute(sqlite, "PRAGMA max_page_count = " + str(pages))
    for _ in range(2):
        with pytest.raises(StoreFull):
            await sqlite.append([large(1)])
    with pytest.raises(StoreFull):
        await sqlite.hold(LOG_BYTES_MAX)
    await sqlite.reopen()
    await sqlite.hold(LOG_BYTES_MAX)
    assert sqlite.release()


async def test_the_file_is_read_by_itself(sqlite: SqliteStore, tmp_path: Path) -> None:
    """What a held store has in its log is not taken for part of the file: a check of the file alone leaves it out."""
    await sqlite.append(posts(2))
    await sqlite.hold(LOG_BYTES_MAX)
    await sqlite.append([post(3)])
    shutil.copy(sqlite._home.database, tmp_path / "copy")
    data = bytearray((tmp_path / "copy").read_bytes())
    data[18:20] = b"\x01\x01"
    (tmp_path / "copy").write_bytes(data)
    assert check_file(tmp_path / "copy").entries == 2
    assert sqlite.epoch == EPOCH
