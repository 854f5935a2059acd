"""A backup or a restore that is killed at any step leaves the whole file or none, and the next one succeeds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatd.storage.backup import restore
from chatd.storage.check import Report, check, check_file
from chatd.storage.sqlite import SqliteStore
from tests.storage.killed_backup import back_up
from tests.storage.scenes import EPOCH, posts

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WHOLE = Report(rooms=1, entries=60, faults=())


async def made(directory: Path) -> Path:
    store = await SqliteStore.open(directory, EPOCH)
    await store.append(posts(60))
    await store.aclose()
    return directory


def killed(what: str, source: Path, directory: Path) -> int:
    """Let it be made in `directory` again and again, killed one step later each time; return how many were killed."""
    directory.mkdir()
    command = [sys.executable, "-m", "tests.storage.killed_backup", what, str(source), str(directory)]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


async def test_a_backup_killed_at_any_step_leaves_the_whole_file_or_none(tmp_path: Path) -> None:
    data, shelf = await made(tmp_path / "data"), tmp_path / "shelf"
    steps = killed("backup", data, shelf)
    assert steps >= 10
    files = [shelf / str(nth) for nth in range(1, steps + 2)]
    # The last step syncs the directory, when the file has its name.
    assert [file for file in files if file.exists()] == files[-2:]
    for file in files[:-2]:
        back_up(data, file)
    assert [file for file in files if check_file(file) != WHOLE] == []
    assert sorted(shelf.iterdir()) == sorted(files)
    assert check(data) == WHOLE


async def test_a_restore_killed_at_any_step_leaves_the_whole_store_or_none(tmp_path: Path) -> None:
    back_up(await made(tmp_path / "data"), tmp_path / "file")
    steps = killed("restore", tmp_path / "file", tmp_path / "new")
    assert steps >= 10
    stores = [tmp_path / "new" / str(nth) for nth in range(1, steps + 2)]
    assert [store for store in stores if (store / "chatd.db").exists()] == stores[-2:]
    for store in stores[:-2]:
        assert restore(tmp_path / "file", store, EPOCH, 0) == WHOLE
    assert [store for store in stores if check(store) != WHOLE] == []
