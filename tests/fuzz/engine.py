"""Running a target on many inputs: mutation without coverage, led by what came out of the inputs before."""

from __future__ import annotations

import random
import re
import time
import traceback
from collections import deque
from pathlib import Path
from typing import Any

from attrs import Factory, asdict, define, frozen

from tests.fuzz.frames import joined, split
from tests.fuzz.mutator import Mutator
from tests.fuzz.target import Target

POOL_MAX = 4096
"""Inputs kept because something new came of them. Then the oldest makes room."""
OF_KEPT = 0.5
"""This part of the inputs comes of those kept, the rest of the seeds: the kept ones are further out, and longer."""
FINDINGS_MAX = 10
KEPT_BYTES_MAX = 2048
"""Of an input that is kept: from long ones longer ones come, and all would grow slow."""
SHRINK_TRIES = 400
NUMBERS = re.compile(r"\d+")


@frozen
class Found:
    """One thing that is wrong, and the smallest input that was found for it."""

    what: str
    data: str
    """In hex. `--replay` takes it."""


@define(eq=False)
class Report:
    """What one target went through."""

    target: str
    engine: str
    seed: int
    executions: int = 0
    seconds: float = 0.0
    outcomes: int = 0
    """How many different things came of the inputs."""
    findings: list[Found] = Factory(list[Found])

    @property
    def line(self) -> dict[str, Any]:
        """The report as data, for JSON."""
        per_s = round(self.executions / self.seconds) if self.seconds else 0
        return asdict(self) | {"seconds": round(self.seconds, 1), "executions_per_s": per_s}


def leaf(error: BaseException) -> BaseException:
    """Return the first error in a tree of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def signature(error: BaseException) -> str:
    """Return what is wrong and where it was raised, without numbers, so that the same thing is found once."""
    first = leaf(error)
    frames = traceback.extract_tb(first.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "nowhere"
    return NUMBERS.sub("N", f"{type(first).__name__} in {where}: {first}")


def failure(target: Target, data: bytes) -> str | None:
    """Run one input; return the signature of what is wrong, None when all is well."""
    try:
        target.run(data)
    except Exception as error:  # noqa: BLE001 - whatever comes out is a finding
        return signature(error)
    return None


def shrunk(target: Target, data: bytes, what: str) -> bytes:
    """Return a smaller input with the same failure: without frames, then without bytes, as long as tries are left."""
    tries = SHRINK_TRIES
    for pieces in (_frames_of, _bytes_of):
        parts, size = pieces(data), 0
        size = max(1, len(parts) // 2)
        while size and tries:
            at = 0
            while at < len(parts) and tries:
                tries -= 1
                less = parts[:at] + parts[at + size :]
                if failure(target, b"".join(less)) == what:
                    parts = less
                else:
                    at += size
            size //= 2
        data = b"".join(parts)
    return data


def _frames_of(data: bytes) -> list[bytes]:
    return [joined([frame]) for frame in split(data)]


def _bytes_of(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@define(eq=False)
class Notes:
    """Counts executions, and keeps what is wrong and which outcomes were seen."""

    target: Target
    report: Report
    findings_max: int = FINDINGS_MAX
    shrinks: bool = True
    """Whether an input that fails is made smaller, which takes up to `SHRINK_TRIES` more runs."""
    _seen: dict[str, None] = Factory(dict[str, None])
    _began_s: float = Factory(time.perf_counter)

    def execute(self, data: bytes) -> bool:
        """Run one input; return whether something new came of it. Raises nothing but what ends the process."""
        self.report.executions += 1
        try:
            outcome = self.target.run(data)
        except Exception as error:  # noqa: BLE001 - whatever comes out is a finding
            outcome = signature(error)
            if outcome not in self._seen:
                small = shrunk(self.target, data, outcome) if self.shrinks else data
                self.report.findings.append(Found(outcome, small.hex()))
        new = outcome not in self._seen
        self._seen[outcome] = None
        return new

    @property
    def full(self) -> bool:
        return len(self.report.findings) >= self.findings_max

    def finished(self) -> Report:
        self.report.seconds = time.perf_counter() - self._began_s
        self.report.outcomes = len(self._seen)
        return self.report


def fuzz(target: Target, executions: int, seed: int) -> Report:
    """Run every seed of `target` once, and then mutations up to `executions`; stop early after `FINDINGS_MAX` findings.

    An input from which something new came is mutated further. The same seed does the same again.
    """
    return fuzz_until(Notes(target, Report(target.name, "own", seed)), executions)


def fuzz_until(notes: Notes, executions: int) -> Report:
    """Do the same, until `notes` has enough."""
    target, seed = notes.target, notes.report.seed
    seeds, kept = tuple(target.seeds()), deque[bytes](maxlen=POOL_MAX)
    for data in seeds[:executions]:
        notes.execute(data)
    chance = random.Random(seed)
    mutator = Mutator(seeds, chance)
    while notes.report.executions < executions and not notes.full:
        data = mutator.mutate(chance.choice(kept if kept and chance.random() < OF_KEPT else seeds))
        if notes.execute(data) and len(data) <= KEPT_BYTES_MAX:
            kept.append(data)
    return notes.finished()
