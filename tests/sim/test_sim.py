"""The simulator: runs that must be clean, runs that must be the same, and planted bugs that it must find."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from attrs import evolve

from chatd.model import RoomKind
from chatd.rooms import gates, reading
from chatd.rooms.room import Room
from chatd.server.fanout import Fanout
from chatd.server.session import Session
from chatd.storage.memory import MemoryStore
from tests.sim.__main__ import main
from tests.sim.plan import DURATION_S, plan
from tests.sim.run import Report, run
from tests.sim.shrink import names, shrunk

pytestmark = pytest.mark.slow

SEEDS = 4
"""Few, because coverage makes them slow: `.ci/run` runs more by `python -m tests.sim`."""
SEEDS_UNTIL_FOUND = 60


@pytest.mark.parametrize("seed", range(1, SEEDS + 1))
def test_a_run_breaks_no_promise(seed: int) -> None:
    assert run(plan(seed)).violations == ()


def test_a_plan_is_drawn_from_its_seed_alone() -> None:
    assert plan(5) == plan(5)
    assert plan(5) != plan(6)


def test_two_processes_run_one_seed_alike_to_the_byte() -> None:
    here = run(plan(3)).trace
    for hashing in ("1", "2"):
        command = [sys.executable, "-m", "tests.sim", "--seed", "3"]
        environment = {**os.environ, "PYTHONHASHSEED": hashing}
        told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr
        assert f"trace {here}" in told


def test_a_run_is_much_more_than_a_minute_of_life() -> None:
    report = run(plan(1))
    assert report.simulated_s >= DURATION_S
    assert report.counts["acked"] > 20
    assert report.counts["lives"] >= 3


# -- planted bugs ------------------------------------------------------------------------------------------------------


def _acks_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    from tests.model.test_replay import _ack_before_commit

    _ack_before_commit(patch)


def _forgets_some_keys(patch: pytest.MonkeyPatch) -> None:
    """Every seventh commit leaves its keys out of the index."""
    right = MemoryStore.append

    async def append(self: MemoryStore, batch: object) -> object:
        appended = await right(self, batch)  # type: ignore[arg-type]
        if self.g % 7 == 0:
            for stored in appended.outcomes:
                for entry in getattr(stored, "entries", ()):
                    self._tables.keys.pop((entry.key, entry.sender, entry.room), None)
        return appended

    patch.setattr(MemoryStore, "append", append)


def _shows_what_was_before_a_member_came(patch: pytest.MonkeyPatch) -> None:
    right = reading._granted
    patch.setattr(reading, "_granted", lambda room, member: reading.Range(1, right(room, member).last))


def _tells_no_gap(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("chatd.server.fanout.reading.until", lambda _: 1 << 40)


def _lets_the_removed_listen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Fanout, "_detach", lambda *_: None)


def _loses_an_answer(patch: pytest.MonkeyPatch) -> None:
    """Every fortieth answer to a command in flight goes nowhere."""
    right, count = Session.reply, [0]

    def reply(self: Session, answers: list[object], frames: bytes = b"") -> bool:
        count[0] += 1
        return right(self, answers[:-1] if count[0] % 40 == 0 else answers, frames)  # type: ignore[arg-type]

    patch.setattr(Session, "reply", reply)


def _is_broadcast(room: Room) -> bool:
    return room.record is not None and room.record.kind is RoomKind.BROADCAST


def _forgets_that_it_was_held(patch: pytest.MonkeyPatch) -> None:
    """The key of a held post is looked for in the room that it was written for alone."""
    patch.setattr(Room, "keeps_keys_aside", property(_is_broadcast))


def _lets_everybody_speak(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gates, "_fits", lambda *_: True)


PLANTED = [
    (_acks_before_the_commit, "D5", 1),
    (_forgets_some_keys, "E1", 2),
    (_shows_what_was_before_a_member_came, "A1", 1),
    (_tells_no_gap, "O7", 1),
    (_lets_the_removed_listen, "A1", 1),
    (_loses_an_answer, "L1", 1),
    (_forgets_that_it_was_held, "E2", 10),
    (_lets_everybody_speak, "A3", 10),
]
"""Each with what it breaks, and the first seed that finds it by that name: there the search begins, to be short."""


def _first_failure(first: int = 1) -> Report:
    for seed in range(first, first + SEEDS_UNTIL_FOUND):
        if (report := run(plan(seed))).violations:
            return report
    pytest.fail(f"nothing found in {SEEDS_UNTIL_FOUND} seeds")


@pytest.mark.parametrize(
    ("plant", "invariant", "seed"), PLANTED, ids=lambda each: getattr(each, "__name__", "").strip("_")
)
def test_a_planted_bug_is_found(
    plant: Callable[[pytest.MonkeyPatch], None], invariant: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert invariant in names(_first_failure(seed))


def test_a_failure_shrinks_to_few_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    _tells_no_gap(monkeypatch)
    failed = _first_failure(1)
    planned = plan(failed.seed)
    smaller, report = shrunk(planned, failed, run, runs_max=30)
    assert names(report) & names(failed)
    assert len(smaller.actions) <= len(planned.actions) // 4
    assert run(smaller).trace == report.trace


def test_a_run_in_which_nobody_does_anything_comes_to_rest() -> None:
    assert run(evolve(plan(2), actions=())).violations == ()


def test_the_command_tells_the_line_that_repeats_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _acks_before_the_commit(monkeypatch)
    assert main(["--seeds", "3", "--no-shrink", "--json"]) == 1
    told = capsys.readouterr()
    assert "again: python -m tests.sim --seed 1" in told.err
    assert '"failing": [1]' in told.out.splitlines()[-1]
