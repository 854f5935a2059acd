"""The store's code does over apsw what it does over the sqlite3 module."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from chatd.model import EntryKind
from chatd.storage.check import check
from chatd.storage.sqlite import SqliteStore
from tests.powercut.conditions import small_world
from tests.powercut.driver import Driver, as_sqlite3
from tests.powercut.model import Model
from tests.powercut.platter import Op, Platter
from tests.powercut.recorder import SYSTEM, Life, Recorder
from tests.powercut.rows import Rows, rows_in_memory, rows_on_disk
from tests.powercut.run import EMPTY, Violation, a_run
from tests.powercut.workload import Do, Workload, counts, workload
from tests.rooms.scene import EPOCH


def rows_of(directory: Path) -> Rows:
    with closing(sqlite3.connect(directory / "chatd.db")) as connection:
        return rows_on_disk(connection)


async def through_sqlite3(directory: Path, work: Workload) -> Rows:
    """Put the store, as it ships, through a workload. Here a kill is no more than a restart."""
    store = await SqliteStore.open(directory, EPOCH)
    for step in work.steps:
        match step:
            case Do.CHECKPOINT:
                await store.checkpoint()
            case Do.REOPEN:
                await store.reopen()
            case Do.RESTART | Do.KILL:
                await store.aclose()
                store = await SqliteStore.open(directory, EPOCH)
            case Do.HOLD:
                await store.hold(2**20)
            case Do.RELEASE:
                store.release()
            case _:
                await store.append(step)
    await store.aclose()
    return rows_of(directory)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_both_drivers_leave_the_same_rows(seed: int) -> None:
    work = workload(seed)
    with small_world() as directory:
        (directory / "apsw").mkdir()
        run = a_run(directory / "apsw", Platter.of(EMPTY), {0: Model.empty()})
        await run.all(work, EPOCH)
        rows = await through_sqlite3(directory / "sqlite3", work)
        assert rows == rows_of(directory / "apsw") == rows_in_memory(run.model.store._tables)
        assert check(directory / "apsw") == check(directory / "sqlite3")


def test_a_workload_has_something_of_everything() -> None:
    found = sum((counts(workload(seed)) for seed in range(1, 7)), Counter[str]())
    entries = [f"{kind.value} entries" for kind in EntryKind if kind is not EntryKind.FREEZE]
    outcomes = ["items stored", "items duplicate", "items conflict"]
    records = [
        *("Membership", "ReadMark", "RoomRecord", "TokenRecord", "UserRecord"),
        *("Conversation", "HiddenRecord", "MessageRecord", "ReactionRecord", "MentionsRecord", "Erasure", "Expiry"),
        *("PollRecord", "VoteRecord", "PresenceRecord"),
        *("Attributes", "Relation", "Profile", "ReportRecord", "Resolution"),
    ]
    assert [each for each in (*Do, *entries, *outcomes, *records) if not found[each]] == []


def test_a_workload_is_made_of_its_seed() -> None:
    assert workload(3) == workload(3) != workload(4)


async def test_a_workload_does_the_same_to_the_disk_every_time() -> None:
    ops: list[list[Op]] = []
    for _ in range(2):
        with small_world() as directory:
            run = a_run(directory, Platter.of(EMPTY), {0: Model.empty()})
            await run.all(workload(5, batches=6), EPOCH)
            ops.append(run.record.ops)
    assert ops[0] == ops[1]


async def test_the_record_makes_the_files_that_are_there() -> None:
    with small_world() as directory:
        run = a_run(directory, Platter.of(EMPTY), {0: Model.empty()})
        await run.open(EPOCH)
        for batch in workload(6, batches=4).batches:
            await run.append(batch)
        platter = run.record.recorder.start.copy()
        for op in run.record.ops:
            platter.apply(op)
        assert platter.running() == {
            path.name: path.read_bytes() for path in directory.iterdir() if path.name != "lock"
        }
        await run.end()


async def test_an_answer_that_is_not_the_model_s_is_told() -> None:
    first, second = workload(7, batches=2).batches[:2]
    with small_world() as directory:
        run = a_run(directory, Platter.of(EMPTY), {0: Model.empty()})
        await run.open(EPOCH)
        await run.store.append(first)
        with pytest.raises(Violation):
            await run.append(second)
        await run.end()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_NOTADB])
def test_an_error_keeps_its_code(code: int) -> None:
    error = apsw.exception_for(code)
    assert isinstance(error, apsw.Error)
    assert as_sqlite3(error).sqlite_errorcode == code


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM nowhere",
        "INSERT INTO t VALUES (1)",
        "INSERT INTO t VALUES ('no number')",
        "INSERT INTO t VALUES (zeroblob(2000000000))",
        "PRAGMA max_page_count = 1; CREATE TABLE u (a)",
        "COMMIT",
    ],
)
def test_the_same_mistake_raises_the_same_error(statement: str) -> None:
    raised = []
    for connection in (Driver(apsw.Connection("")), sqlite3.connect("", isolation_level=None)):
        connection.executescript("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)")
        with closing(connection), pytest.raises(sqlite3.Error) as error:
            connection.executescript(statement)
        raised.append((type(error.value), error.value.sqlite_errorcode))
    assert raised[0] == raised[1]


def test_the_recording_vfs_tells_of_the_device_what_the_system_s_tells(tmp_path: Path) -> None:
    """Else SQLite would write in another way: pad its log, or trust the disk with more."""
    life = Life(Recorder(Platter.of(EMPTY)))
    database = tmp_path / "chatd.db"
    database.touch()
    flags = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_READWRITE
    told: list[tuple[int, int]] = []
    for file in (life.xOpen(str(database), [flags, 0]), apsw.VFSFile(SYSTEM, str(database), [flags, 0])):
        told.append((file.xSectorSize(), file.xDeviceCharacteristics()))
        file.xClose()
    life.unregister()
    assert told[0] == told[1]
