"""Clause 4: what `append` returned is readable after a crash. A real process, a real file, a real SIGKILL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chatd.storage.check import check
from chatd.storage.sqlite import SqliteStore
from tests.storage import crashing_writer
from tests.storage.scenes import EPOCH, page

ROOT = Path(__file__).parents[2]


def killed_run(directory: Path, run: int, lines_before: int) -> dict[bytes, int]:
    """Let the writer commit, kill it in the middle, and return the last seq that it had of each room."""
    command = [sys.executable, "-m", "tests.storage.crashing_writer", str(directory), str(run)]
    promised: dict[bytes, int] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for number, line in enumerate(writer.stdout, 1):
            if number == lines_before:
                writer.kill()
            if line.endswith("\n"):
                room, seq = line.split()
                promised[bytes.fromhex(room)] = int(seq)
    return promised


@pytest.mark.slow
async def test_every_seq_that_was_returned_survives_a_kill(tmp_path: Path) -> None:
    for run, lines_before in enumerate([1, 200, 1234, 2000]):
        promised = killed_run(tmp_path, run, lines_before)
        assert len(promised) == len(crashing_writer.ROOMS)
        report = check(tmp_path)
        assert report.faults == ()
        store = await SqliteStore.open(tmp_path, EPOCH)
        for room, seq in promised.items():
            found = await page(store, room, first=seq)
            assert found.entries[0].seq == seq
        await store.aclose()
