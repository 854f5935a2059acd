"""What it costs to open a store: nothing of what it holds is gone through (L5)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatd.storage import sqlite as sqlite_module
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import EPOCH, post


async def steps_to_open(directory: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many steps SQLite's machine takes from the connection to a store that is ready."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    class Counting(sqlite_module.JobConnection):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.set_progress_handler(step, 1)

    with monkeypatch.context() as patched:
        patched.setattr(sqlite_module, "JobConnection", Counting)
        store = await SqliteStore.open(directory, EPOCH)
        opened = steps
        await store.aclose()
    return opened


async def made(directory: Path, commits: int) -> Path:
    store = await SqliteStore.open(directory, EPOCH)
    for commit in range(commits):
        rooms = [bytes([commit % 100, each]) * 8 for each in range(30)]
        await store.append([post(commit * 30 + each, room) for each, room in enumerate(rooms)])
    await store.aclose()
    return directory


async def test_to_open_a_store_takes_as_many_steps_however_much_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = await steps_to_open(await made(tmp_path / "small", 1), monkeypatch)
    large = await steps_to_open(await made(tmp_path / "large", 100), monkeypatch)
    assert 0 < small == large
