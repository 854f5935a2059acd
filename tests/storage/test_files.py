"""What lies on the disk, and which disks are refused."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from chatd.storage import open_store
from chatd.storage.base import StoreRefused
from chatd.storage.files import APPLICATION_ID, Home, _migrations, set_up
from chatd.storage.queries import GetHead
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import EPOCH, ROOM, ask, execute, open_elsewhere, posts

MANY = 5_000
"""Of which a migration that changes all keeps more aside than SQLite does in memory."""


async def made(directory: Path) -> Path:
    """Make a store of three entries in `directory`, close it and return its database."""
    store = await SqliteStore.open(directory, EPOCH)
    await store.append(posts(3))
    await store.aclose()
    return directory / "chatd.db"


def change(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(statement)


async def refused(directory: Path) -> str:
    with pytest.raises(StoreRefused) as raised:
        await SqliteStore.open(directory, EPOCH)
    return str(raised.value)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("locking_mode", "exclusive"),
        ("synchronous", 2),
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("wal_autocheckpoint", 0),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("application_id", APPLICATION_ID),
        ("user_version", len(_migrations())),
    ],
)
async def test_the_connection_is_set_up_for_durability(sqlite: SqliteStore, pragma: str, value: object) -> None:
    assert await execute(sqlite, "PRAGMA " + pragma) == [(value,)]
    await sqlite.reopen()
    assert await execute(sqlite, "PRAGMA " + pragma) == [(value,)]


async def test_every_table_is_strict(sqlite: SqliteStore) -> None:
    tables = await execute(sqlite, "SELECT name, strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite_%'")
    assert len(tables) == 25
    assert all(strict for _, strict in tables)


async def test_no_second_connection_can_be_made_while_the_store_is_open(sqlite: SqliteStore, tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(tmp_path / "data" / "chatd.db", timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("SELECT * FROM entries")
    await sqlite.append(posts(1))


async def test_the_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    await made(tmp_path / "a" / "data")
    assert stat.S_IMODE((tmp_path / "a" / "data").stat().st_mode) == 0o700


async def test_a_second_opener_is_refused_at_once_and_disturbs_nobody(sqlite: SqliteStore, tmp_path: Path) -> None:
    assert "another chatd" in await refused(tmp_path / "data")
    await sqlite.append(posts(1))


async def test_the_lock_is_held_over_a_reopen_and_given_back_by_close(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path, EPOCH)
    await store.reopen()
    assert "another chatd" in await refused(tmp_path)
    await store.aclose()
    await (await SqliteStore.open(tmp_path, EPOCH)).aclose()


async def test_a_newer_schema_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    database = await made(tmp_path)
    change(database, "PRAGMA user_version = 99")
    before = database.read_bytes()
    assert "newer" in await refused(tmp_path)
    assert database.read_bytes() == before


async def test_another_programs_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    database = tmp_path / "chatd.db"
    change(database, "CREATE TABLE recipes (name TEXT)")
    before = database.read_bytes()
    assert "not a chatd store" in await refused(tmp_path)
    assert database.read_bytes() == before


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    database = tmp_path / "chatd.db"
    database.write_bytes(b"no database at all " * 500)
    assert "not a database" in await refused(tmp_path)
    assert database.read_bytes() == b"no database at all " * 500


async def test_a_refusal_holds_no_lock(tmp_path: Path) -> None:
    database = await made(tmp_path)
    change(database, "PRAGMA user_version = 99")
    await refused(tmp_path)
    change(database, "PRAGMA user_version = " + str(len(_migrations())))
    await (await SqliteStore.open(tmp_path, EPOCH)).aclose()


async def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    assert "File exists" in await refused(tmp_path / "data")


async def test_a_directory_in_the_place_of_the_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chatd.db").mkdir()
    assert "unable to open" in await refused(tmp_path)


async def test_a_schema_that_is_no_text_is_refused(tmp_path: Path) -> None:
    database = await made(tmp_path)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET name = CAST(x'ff' AS TEXT), sql = '?' WHERE name = 'tokens'")
    assert "no text" in await refused(tmp_path)


async def test_a_store_keeps_its_epoch_and_entries(tmp_path: Path) -> None:
    await made(tmp_path)
    store = await SqliteStore.open(tmp_path, bytes(16))
    assert (store.epoch, store.g) == (EPOCH, 1)
    assert (await ask(store, GetHead(ROOM))).seq == 3
    await store.aclose()


async def test_a_store_that_was_killed_before_its_first_migration_is_made_again(tmp_path: Path) -> None:
    change(tmp_path / "chatd.db", "PRAGMA journal_mode = WAL")
    await made(tmp_path)


async def test_an_older_store_is_brought_up_to_date_and_nothing_of_it_stays_open_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts, file = _migrations(), tmp_path / "chatd.db"
    with monkeypatch.context() as patched, closing(sqlite3.connect(file, isolation_level=None)) as older:
        patched.setattr("chatd.storage.files._migrations", lambda: scripts[:7])
        assert not set_up(older, EPOCH)
        older.execute(
            "INSERT INTO rooms (room, kind, title, members, owners) VALUES (?, 'group', 'tea', ?, 0)", (ROOM, MANY)
        )
        older.executemany(
            "INSERT INTO memberships (room, user, state, role, floor) VALUES (?, ?, 'member', 'member', 1)",
            [(ROOM, f"{number}" * 20) for number in range(MANY)],
        )
    before = open_elsewhere()
    async with open_store(tmp_path, new_epoch=EPOCH) as store:
        await store.append(posts(3))
        assert await execute(store, "SELECT count(*), max(since) FROM memberships") == [(MANY, 0)]
        assert await execute(store, "PRAGMA user_version") == [(len(scripts),)]
        assert open_elsewhere() <= before


def test_a_home_is_released_twice_without_harm(tmp_path: Path) -> None:
    home = Home.take(tmp_path, create=False)
    home.release()
    home.release()
    Home.take(tmp_path, create=False).release()


def test_a_home_without_a_log_counts_no_bytes(tmp_path: Path) -> None:
    home = Home.take(tmp_path, create=False)
    assert home.wal_bytes() == 0
    assert home.free_bytes() > 0
    home.release()


async def test_nobody_else_may_read_the_database_whatever_the_directory_allows(tmp_path: Path) -> None:
    directory = tmp_path / "open"
    directory.mkdir(mode=0o755)
    store = await SqliteStore.open(directory, EPOCH)
    await store.append(posts(1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    await store.aclose()
    assert modes.keys() >= {"chatd.db", "chatd.db-wal", "lock"}
    assert all(mode == 0o600 for mode in modes.values())


async def test_what_a_killed_process_left_in_the_log_is_moved_before_it_is_shown(tmp_path: Path) -> None:
    """It may never have been synced: then the next power cut would take what was seen and acknowledged since."""
    store = await SqliteStore.open(tmp_path / "killed", EPOCH)
    await store.append(posts(3))
    shutil.copytree(tmp_path / "killed", tmp_path / "found")
    await store.aclose()
    assert (tmp_path / "found" / "chatd.db-wal").stat().st_size > 0
    store = await SqliteStore.open(tmp_path / "found", EPOCH)
    shutil.copy(tmp_path / "found" / "chatd.db", tmp_path / "alone.db")
    await store.aclose()
    with closing(sqlite3.connect(tmp_path / "alone.db")) as connection:
        assert connection.execute("SELECT max(seq) FROM entries").fetchone() == (3,)


def test_a_directory_that_is_made_has_its_name_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[os.stat_result] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor)))
    Home.take(tmp_path / "a" / "data", create=True).release()
    Home.take(tmp_path / "a" / "data", create=True).release()
    made = [directory.stat() for directory in (tmp_path / "a", tmp_path)]
    assert [os.path.samestat(*pair) for pair in zip(synced, made, strict=True)] == [True, True]
