"""An index whose process is killed goes on from what it has, and is then what it would have been. A real SIGKILL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatd.storage.bridge import Bridge
from chatd.storage.search import SearchIndex
from tests.memory_index import MemoryIndex
from tests.storage import killed_indexer
from tests.storage.indexes import find, progress, whole
from tests.storage.killed_indexer import CHANGES, SLICE, change
from tests.storage.scenes import EPOCH, OTHER, ROOM

ROOT = Path(__file__).parents[2]


def killed_run(directory: Path, slices: int) -> int:
    """Let a process feed the index, kill it after so many slices, and return the last place that it told."""
    command = [sys.executable, "-m", killed_indexer.__name__, str(directory)]
    place = 0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as feeder:
        assert feeder.stdout is not None
        for number, line in enumerate(feeder.stdout, 1):
            if number == slices:
                feeder.kill()
            if line.endswith("\n"):
                place = int(line)
    return place


@pytest.mark.slow
async def test_an_index_goes_on_after_each_kill_and_misses_nothing(tmp_path: Path) -> None:
    reference = MemoryIndex()
    await reference.put([change(number) for number in range(1, CHANGES + 1)], progress(CHANGES))
    for slices in (1, 7, 20, 2):
        told = killed_run(tmp_path, slices)
        index = SearchIndex(tmp_path, Bridge())
        reached = (await index.begin(EPOCH)).place
        await index.aclose()
        assert told <= reached < CHANGES
        assert reached % SLICE == 0
    assert killed_run(tmp_path, CHANGES) == CHANGES
    index = SearchIndex(tmp_path, Bridge())
    await index.begin(EPOCH)
    for query in ("tea", "edited", "number77", "number7*", '"edited number1300"'):
        expected = await find(reference, query, scopes=whole(ROOM, OTHER), limit=CHANGES)
        assert expected.hits
        assert await find(index, query, scopes=whole(ROOM, OTHER), limit=CHANGES) == expected
    await index.aclose()
