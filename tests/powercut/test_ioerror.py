"""Whatever I/O fails, the store says so, and loses nothing that it promised."""

from __future__ import annotations

import json

import apsw
import pytest

from chatd.storage import files
from chatd.storage.writing import Writer
from tests.powercut import ioerror
from tests.powercut.ioerror import KINDS, Tally, fail_each
from tests.powercut.recorder import Io
from tests.powercut.workload import workload

SYNC = (Io.SYNC, apsw.SQLITE_IOERR_FSYNC)

pytestmark = pytest.mark.slow


def nothing(_: object) -> None:
    """Stands where a part of the store is taken out."""


@pytest.mark.parametrize("for_ever", [False, True])
@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_a_failure_is_told_and_takes_nothing(kind: tuple[Io, int], for_ever: bool) -> None:
    tally = Tally()
    await fail_each(workload(1, batches=3), tally, kind, every=13, for_ever=for_ever)
    assert tally.violations == []
    assert tally.runs.total() > 0


async def test_a_failed_commit_is_found_there_and_is_found_not_there() -> None:
    """Else the word "unknown" would be too weak, or too strong."""
    tally = Tally()
    await fail_each(workload(1, batches=3), tally, SYNC, every=1, for_ever=False)
    await fail_each(workload(1, batches=3), tally, (Io.WRITE, apsw.SQLITE_FULL), every=25, for_ever=False)
    assert tally.outcomes["unknown: committed"] > 0
    assert tally.outcomes["unknown: not committed"] > 0


async def test_a_store_that_goes_on_after_a_failed_sync_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Writer, "require_usable", nothing)
    tally = Tally()
    await fail_each(workload(1, batches=3), tally, SYNC, every=5, for_ever=True)
    assert any("went on after a failure" in each for each in tally.violations)


async def test_a_store_that_believes_what_a_failed_sync_left_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_settle", nothing)
    tally = Tally()
    await fail_each(workload(1, batches=3), tally, SYNC, every=1, for_ever=False)
    assert any("D1: commit" in each for each in tally.violations)


def test_the_command_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert ioerror.main(["--every", "1000", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["violations"] == 0
    assert found["runs"] == sum(found["failed"].values())
