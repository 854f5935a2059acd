"""A backup and the way back: what has the final name is whole and verified, and a restored store is another line."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chatd.storage import backup as backups, open_store
from chatd.storage.backup import BackupError, Partial, copy_at_rest, restore
from chatd.storage.base import StoreRefused
from chatd.storage.check import Report, check, check_file
from chatd.storage.files import Home
from chatd.storage.queries import FindToken, GetHead, GetUser
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import EPOCH, OTHER, ROOM, ask, post, posts, records, stored, token, user
from tests.storage.test_sqlite import files_no_larger_than

LATER = b"another epoch..."


async def made(directory: Path, count: int = 5) -> Path:
    """Make a store of `count` entries in `directory`, and a token, and close it."""
    store = await SqliteStore.open(directory, EPOCH)
    await store.append([*posts(count - 2), post(1, OTHER), post(2, OTHER), *records(user("ana"), token(1))])
    await store.aclose()
    return directory


def back_up(directory: Path, file: Path) -> Report:
    with closing(Partial.begin(file, 0)) as partial:
        copy_at_rest(directory, partial)
        report = partial.verify()
        partial.publish()
    return report


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Where backups go."""
    (tmp_path / "shelf").mkdir()
    return tmp_path / "shelf"


async def test_a_backup_is_one_file_for_its_owner_alone_and_holds_everything(tmp_path: Path, shelf: Path) -> None:
    data = await made(tmp_path / "data")
    assert back_up(data, shelf / "b") == Report(rooms=2, entries=5, faults=())
    assert names(shelf) == ["b"]
    assert stat.S_IMODE((shelf / "b").stat().st_mode) == 0o600
    assert check_file(shelf / "b") == check(data)


async def test_what_a_crash_left_in_the_log_is_in_the_backup(tmp_path: Path, shelf: Path) -> None:
    async with open_store(tmp_path / "data", new_epoch=EPOCH) as store:
        await store.append(posts(3))
        shutil.copytree(tmp_path / "data", tmp_path / "crashed")
    assert back_up(tmp_path / "crashed", shelf / "b").entries == 3


async def test_a_backup_is_read_from_where_nothing_can_be_written(tmp_path: Path, shelf: Path) -> None:
    back_up(await made(tmp_path / "data"), shelf / "b")
    with closing(sqlite3.connect((shelf / "b").as_uri() + "?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (5,)
        assert names(shelf) == ["b"]


async def test_a_file_is_copied_in_slices_to_its_end(
    tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "SLICE_BYTES", 5000)
    data = await made(tmp_path / "data", 200)
    assert back_up(data, shelf / "b").faults == ()
    assert (shelf / "b").stat().st_size == (data / "chatd.db").stat().st_size > 50_000


# What is refused


async def test_nothing_that_exists_is_written_over(tmp_path: Path, shelf: Path) -> None:
    data = await made(tmp_path / "data")
    (shelf / "b").write_text("a letter")
    (shelf / "c").symlink_to("nowhere")
    for name in ("b", "c"):
        with pytest.raises(BackupError, match=f"{name} exists"):
            back_up(data, shelf / name)
    assert (shelf / "b").read_text() == "a letter"
    assert names(shelf) == ["b", "c"]


async def test_what_came_to_exist_meanwhile_is_not_written_over(tmp_path: Path, shelf: Path) -> None:
    data = await made(tmp_path / "data")
    with closing(Partial.begin(shelf / "b", 0)) as partial:
        copy_at_rest(data, partial)
        (shelf / "b").write_text("a letter")
        with pytest.raises(BackupError, match="b exists"):
            partial.publish()
    assert (shelf / "b").read_text() == "a letter"
    assert names(shelf) == ["b"]


def test_two_at_once_do_not_write_the_same_file(shelf: Path) -> None:
    with closing(Partial.begin(shelf / "b", 0)):
        with pytest.raises(BackupError, match="another process"):
            Partial.begin(shelf / "b", 0)
        assert names(shelf) == ["b.partial"]
    assert names(shelf) == []


def test_a_file_that_got_its_name_while_this_one_waited_for_its_lock_is_left_alone(shelf: Path) -> None:
    path = shelf / "b.partial"
    path.write_bytes(b"a whole backup")
    descriptor = os.open(path, os.O_RDWR)
    path.rename(shelf / "b")
    with pytest.raises(BackupError, match="another process"):
        backups._own(path, descriptor)
    os.close(descriptor)
    assert (shelf / "b").read_bytes() == b"a whole backup"


async def test_what_a_killed_one_left_is_written_over(tmp_path: Path, shelf: Path) -> None:
    (shelf / "b.partial").write_bytes(b"half of a backup" * 100_000)
    data = await made(tmp_path / "data")
    assert back_up(data, shelf / "b").faults == ()
    assert (shelf / "b").stat().st_size == (data / "chatd.db").stat().st_size
    assert names(shelf) == ["b"]


def test_where_nothing_can_be_written_is_said(tmp_path: Path, shelf: Path) -> None:
    with pytest.raises(BackupError, match="No such file or directory"):
        Partial.begin(tmp_path / "nowhere" / "b", 0)
    (shelf / "b.partial").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BackupError, match="symbolic links"):
        Partial.begin(shelf / "b", 0)
    assert not (tmp_path / "elsewhere").exists()


async def test_a_disk_that_fills_up_is_said_and_nothing_is_left(tmp_path: Path, shelf: Path) -> None:
    data = await made(tmp_path / "data")
    with files_no_larger_than(20_000), pytest.raises(BackupError, match="File too large"):
        back_up(data, shelf / "b")
    assert names(shelf) == []


async def test_the_last_of_a_disk_is_not_taken(tmp_path: Path, shelf: Path) -> None:
    data = await made(tmp_path / "data")
    with (
        closing(Partial.begin(shelf / "b", 2**60)) as partial,
        pytest.raises(BackupError, match="of the disk would be left"),
    ):
        copy_at_rest(data, partial)
    assert names(shelf) == []


async def test_a_store_in_use_is_not_copied_behind_its_back(tmp_path: Path, shelf: Path) -> None:
    async with open_store(tmp_path / "data", new_epoch=EPOCH) as store:
        with pytest.raises(StoreRefused, match="another chatd"):
            back_up(tmp_path / "data", shelf / "b")
        await store.append(posts(1))
    assert names(shelf) == []


def test_where_no_store_is_there_is_none_to_copy(tmp_path: Path, shelf: Path) -> None:
    with pytest.raises(StoreRefused, match="no chatd store"):
        back_up(tmp_path, shelf / "b")
    (tmp_path / "chatd.db").touch()
    with pytest.raises(StoreRefused, match="no chatd store"):
        back_up(tmp_path, shelf / "b")
    (tmp_path / "chatd.db").write_bytes(b"nothing of the kind" * 300)
    with pytest.raises(StoreRefused, match="not a database"):
        back_up(tmp_path, shelf / "b")
    assert names(shelf) == []


# The way back


async def test_a_restored_store_holds_the_same_in_another_epoch_and_goes_on(tmp_path: Path, shelf: Path) -> None:
    back_up(await made(tmp_path / "data"), shelf / "b")
    before = (shelf / "b").read_bytes()
    assert restore(shelf / "b", tmp_path / "new" / "data", LATER, 0) == Report(2, 5, ())
    assert (shelf / "b").read_bytes() == before
    assert names(tmp_path / "new" / "data") == ["chatd.db", "lock"]
    assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700
    async with open_store(tmp_path / "new" / "data", new_epoch=EPOCH) as store:
        assert store.epoch == LATER
        assert (await ask(store, GetHead(ROOM))).seq == 3
        assert await ask(store, GetUser("ana")) == user("ana")
        assert await ask(store, FindToken(token(1).hash[:8])) == token(1)
        [entry] = stored(await store.append([post(9)]))
        assert entry.seq == 4
    assert check(tmp_path / "new" / "data").faults == ()


async def test_where_a_store_is_none_is_restored(tmp_path: Path, shelf: Path) -> None:
    data = await made(tmp_path / "data")
    back_up(data, shelf / "b")
    before = (data / "chatd.db").read_bytes()
    with pytest.raises(BackupError, match="exists"):
        restore(shelf / "b", data, LATER, 0)
    assert (data / "chatd.db").read_bytes() == before


async def test_a_directory_that_another_process_has_is_refused(tmp_path: Path, shelf: Path) -> None:
    back_up(await made(tmp_path / "data"), shelf / "b")
    (tmp_path / "new").mkdir()
    home = Home.take(tmp_path / "new", create=False)
    with pytest.raises(StoreRefused, match="another chatd"):
        restore(shelf / "b", tmp_path / "new", LATER, 0)
    home.release()


async def test_a_log_that_would_be_taken_for_the_store_s_own_is_refused(tmp_path: Path, shelf: Path) -> None:
    back_up(await made(tmp_path / "data"), shelf / "b")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "chatd.db-wal").touch()
    with pytest.raises(BackupError, match="-wal exists"):
        restore(shelf / "b", tmp_path / "new", LATER, 0)
    assert not (tmp_path / "new" / "chatd.db").exists()


async def test_a_copy_made_by_hand_without_its_log_is_refused(tmp_path: Path) -> None:
    async with open_store(tmp_path / "data", new_epoch=EPOCH) as store:
        await store.append(posts(3))
        with pytest.raises(BackupError, match="not all there is"):
            restore(tmp_path / "data" / "chatd.db", tmp_path / "new", LATER, 0)
    assert not (tmp_path / "new").exists()


def test_what_is_no_backup_makes_no_store(tmp_path: Path, shelf: Path) -> None:
    (shelf / "letter").write_bytes(b"nothing of the kind" * 300)
    with pytest.raises(StoreRefused, match="not a database"):
        restore(shelf / "letter", tmp_path / "new", LATER, 0)
    with pytest.raises(BackupError, match="No such file"):
        restore(shelf / "none", tmp_path / "new", LATER, 0)
    assert names(tmp_path / "new") == ["lock"]


def test_a_place_that_is_no_directory_is_refused(tmp_path: Path, shelf: Path) -> None:
    (tmp_path / "file").touch()
    (shelf / "b").touch()
    with pytest.raises(BackupError, match="File exists"):
        restore(shelf / "b", tmp_path / "file", LATER, 0)


async def test_a_damaged_backup_makes_no_store_and_names_its_faults(tmp_path: Path, shelf: Path) -> None:
    back_up(await made(tmp_path / "data"), shelf / "b")
    with closing(sqlite3.connect(shelf / "b")) as connection, connection:
        connection.execute("UPDATE entries SET body = CAST('texT' AS BLOB) WHERE number = 2")
    assert restore(shelf / "b", tmp_path / "new", LATER, 0).faults == (
        f"room {ROOM.hex()}, seq 2: the body does not have its hash",
    )
    assert names(tmp_path / "new") == ["lock"]


# Bits that flip (D10)

TOLD = "SELECT room, seq, kind, sender, key, time, target, salt, body, body_hash, hash FROM entries ORDER BY room, seq"


def told(file: Path) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(TOLD).fetchall()


def is_found(file: Path) -> bool:
    try:
        return check_file(file).faults != ()
    except StoreRefused:
        return True


async def test_a_flipped_bit_is_found_or_changes_no_entry(tmp_path: Path, shelf: Path) -> None:
    back_up(await made(tmp_path / "data", 40), shelf / "b")
    whole, before, chance = (shelf / "b").read_bytes(), told(shelf / "b"), Random(4)
    found = 0
    for _ in range(400):
        at = chance.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[at] ^= 1 << chance.randrange(8)
        (shelf / "flipped").write_bytes(flipped)
        if is_found(shelf / "flipped"):
            found += 1
        else:
            assert told(shelf / "flipped") == before, f"byte {at}"
    assert found > 0
