"""What `check` finds on a disk that somebody else has written to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatd.storage.base import StoreRefused
from chatd.storage.check import Report, check, check_file
from chatd.storage.files import _migrations
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import EPOCH, OTHER, ROOM, erase, member, post, posts, record, records, user


@pytest.fixture
async def closed(tmp_path: Path) -> Path:
    """The directory of a store of two rooms, closed."""
    store = await SqliteStore.open(tmp_path, EPOCH)
    await store.append([*records(record(), member("bo"), user("ana")), *posts(5)])
    await store.append([post(number, OTHER) for number in range(1, 4)])
    await store.aclose()
    return tmp_path


def plant(directory: Path, *statements: str) -> None:
    with closing(sqlite3.connect(directory / "chatd.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def the_fault(directory: Path) -> str:
    faults = check(directory).faults
    assert len(faults) == 1
    return faults[0]


async def test_a_sound_store_has_no_faults(closed: Path) -> None:
    assert check(closed) == Report(rooms=2, entries=8, faults=())


async def test_an_empty_store_has_no_faults(tmp_path: Path) -> None:
    await (await SqliteStore.open(tmp_path, EPOCH)).aclose()
    assert check(tmp_path) == Report(0, 0, ())


async def test_an_erased_entry_is_no_fault(closed: Path) -> None:
    store = await SqliteStore.open(closed, EPOCH)
    await erase(store, ROOM, 2)
    await store.aclose()
    assert check(closed) == Report(2, 8, ())


async def test_a_changed_body_is_found(closed: Path) -> None:
    plant(closed, "UPDATE entries SET body = CAST('texT 2' AS BLOB) WHERE number = 2")
    assert the_fault(closed) == f"room {ROOM.hex()}, seq 2: the body does not have its hash"


@pytest.mark.parametrize("change", ["sender = 'eve'", "time = time + 1", "target = 1", "kind = 'title'"])
async def test_a_changed_header_breaks_the_chain(closed: Path, change: str) -> None:
    plant(closed, "UPDATE entries SET " + change + " WHERE number = 5")
    assert the_fault(closed) == f"room {ROOM.hex()}, seq 5: the chain is broken"


async def test_a_body_and_its_hash_changed_together_break_the_chain(closed: Path) -> None:
    plant(closed, "UPDATE entries SET body_hash = zeroblob(32), body = NULL, salt = NULL WHERE number = 2")
    assert the_fault(closed) == f"room {ROOM.hex()}, seq 2: the chain is broken"


async def test_a_missing_entry_is_found(closed: Path) -> None:
    plant(closed, "DELETE FROM entries WHERE number = 3")
    where = f"room {ROOM.hex()}, seq 4: "
    faults = (where + "follows seq 2", where + "counts 4 posts after 2", where + "the chain is broken")
    assert check(closed).faults == faults


async def test_a_missing_first_entry_is_found(closed: Path) -> None:
    plant(closed, "DELETE FROM entries WHERE number = 6")
    assert f"room {OTHER.hex()}, seq 2: follows seq 0" in check(closed).faults


@pytest.mark.parametrize("count", [3, 6])
async def test_a_wrong_count_of_posts_is_found(closed: Path, count: int) -> None:
    plant(closed, "UPDATE entries SET posts = " + str(count) + " WHERE number = 5")
    assert the_fault(closed) == f"room {ROOM.hex()}, seq 5: counts {count} posts after 4"


async def test_a_time_that_goes_back_is_found(closed: Path) -> None:
    plant(closed, "UPDATE entries SET time = 1 WHERE number = 5")
    assert check(closed).faults[0] == f"room {ROOM.hex()}, seq 5: its time lies before that of the entry before it"


async def test_a_body_without_its_salt_is_found(closed: Path) -> None:
    plant(closed, "UPDATE entries SET salt = NULL WHERE number = 1")
    assert the_fault(closed) == f"room {ROOM.hex()}, seq 1: salt and body are not erased together"


async def test_commits_out_of_order_are_found(closed: Path) -> None:
    plant(closed, "UPDATE entries SET g = 9 WHERE number = 2")
    assert the_fault(closed) == "entry number 3: its commit 1 comes after commit 9"


async def test_a_key_that_is_used_twice_is_found(closed: Path) -> None:
    plant(
        closed, "DROP INDEX entries_by_key", "UPDATE entries SET key = zeroblob(16) WHERE room = x'" + OTHER.hex() + "'"
    )
    assert (
        f"key {bytes(16).hex().upper()} of 'ana' in room {OTHER.hex().upper()}: used by 3 entries"
        in check(closed).faults
    )


async def test_a_membership_in_no_room_is_found(closed: Path) -> None:
    plant(closed, "DELETE FROM rooms")
    assert the_fault(closed) == "memberships: a row refers to one of rooms that does not exist"


async def test_a_row_that_its_table_forbids_is_found(closed: Path) -> None:
    plant(closed, "PRAGMA ignore_check_constraints = ON", "UPDATE meta SET id = 2")
    assert the_fault(closed) == "the database: CHECK constraint failed in meta"


async def test_a_page_that_was_overwritten_is_found(closed: Path) -> None:
    with closing(sqlite3.connect(closed / "chatd.db")) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'entries_by_key'").fetchone()
    database = closed / "chatd.db"
    content = bytearray(database.read_bytes())
    content[(page - 1) * 4096 : (page - 1) * 4096 + 64] = b"\xff" * 64
    database.write_bytes(content)
    report = check(closed)
    assert report.faults[0].startswith("the database: ")
    assert report.entries == 8


async def test_a_report_names_a_bounded_number_of_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatd.storage.check.FAULTS_MAX", 5)
    store = await SqliteStore.open(tmp_path, EPOCH)
    await store.append(posts(20))
    await store.aclose()
    plant(tmp_path, "UPDATE entries SET body = zeroblob(3)")
    report = check(tmp_path)
    assert (len(report.faults), report.entries) == (5, 20)


async def test_a_store_in_use_is_refused(closed: Path) -> None:
    store = await SqliteStore.open(closed, EPOCH)
    with pytest.raises(StoreRefused):
        check(closed)
    await store.aclose()
    assert check(closed).faults == ()


async def test_where_no_store_is_none_is_made(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(StoreRefused):
            check(directory)
    assert not (tmp_path / "chatd.db").exists()
    assert not (tmp_path / "nowhere").exists()


async def test_an_empty_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "chatd.db").touch()
    with pytest.raises(StoreRefused, match="no chatd store"):
        check(tmp_path)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chatd.db").write_bytes(b"nothing of the kind" * 300)
    with pytest.raises(StoreRefused, match="not a database"):
        check(tmp_path)


async def test_a_value_of_a_wrong_type_is_found(closed: Path) -> None:
    plant(closed, "PRAGMA writable_schema = ON", "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')')")
    plant(closed, "UPDATE entries SET g = 'nine' WHERE number = 2")
    assert "wrong type" in the_fault(closed)


# A file by itself


def by_itself(directory: Path) -> Path:
    """Return the file of the store, which needs no log beside it any more."""
    with closing(sqlite3.connect(directory / "chatd.db")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return directory / "chatd.db"


def files_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_a_file_is_checked_and_nothing_is_written(closed: Path) -> None:
    file = by_itself(closed)
    before = file.read_bytes(), files_in(closed)
    assert check_file(file) == Report(2, 8, ())
    assert (file.read_bytes(), files_in(closed)) == before


async def test_a_changed_entry_of_a_file_is_found(closed: Path) -> None:
    plant(closed, "UPDATE entries SET body = CAST('texT 2' AS BLOB) WHERE number = 2")
    assert check_file(by_itself(closed)).faults == (f"room {ROOM.hex()}, seq 2: the body does not have its hash",)


async def test_a_file_that_was_cut_short_is_found_wherever_it_was_cut(closed: Path) -> None:
    whole = by_itself(closed).read_bytes()
    for size in range(0, len(whole), 2048):
        (closed / "cut").write_bytes(whole[:size])
        try:
            assert check_file(closed / "cut").faults != (), f"{size} bytes of {len(whole)}"
        except StoreRefused:
            continue


async def test_a_file_that_needs_its_log_is_refused(closed: Path) -> None:
    with pytest.raises(StoreRefused, match="no backup"):
        check_file(closed / "chatd.db")


@pytest.mark.parametrize(("version", "said"), [(len(_migrations()) + 1, "newer"), (0, "no chatd store")])
async def test_a_file_of_another_schema_is_refused(closed: Path, version: int, said: str) -> None:
    plant(closed, "PRAGMA user_version = " + str(version))
    with pytest.raises(StoreRefused, match=said):
        check_file(by_itself(closed))


async def test_a_file_of_an_older_schema_is_refused(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, version = by_itself(closed), len(_migrations())
    monkeypatch.setattr("chatd.storage.files._migrations", lambda: [""] * (version + 1))
    with pytest.raises(StoreRefused, match=f"schema {version} is older than that of this chatd, {version + 1}"):
        check_file(file)


async def test_a_file_that_is_not_there_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreRefused, match="none: No such file or directory"):
        check_file(tmp_path / "none")
    assert files_in(tmp_path) == []
