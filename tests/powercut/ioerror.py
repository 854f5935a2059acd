"""The Nth I/O fails, once or for ever: `python -m tests.powercut.ioerror [--seed S] [--every K] [--json]`.

For each kind of I/O, N = 1, 2, ... until a workload never gets so far. Whatever fails, the store says so; it refuses
all else until it is opened again; what it then shows is what was promised, the failed commit there whole or not at
all; and a power cut later on takes nothing away. A sync that fails loses what it was to sync, as real machines do:
they take the pages for written, still show them, and no later sync brings them to the disk.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic

import apsw
import trio
from attrs import define, field

from chatd.storage import queries as q
from chatd.storage.base import StoreError, StoreFull
from chatd.storage.memory import ANSWERS
from chatd.storage.personal import CountRooms, GetRooms
from tests.powercut.conditions import small_world
from tests.powercut.cuts import Cut, disks, promise_at
from tests.powercut.judge import NEXT_EPOCH, Judge, complaint
from tests.powercut.model import Model
from tests.powercut.platter import Platter, Survivors
from tests.powercut.recorder import Io
from tests.powercut.run import EMPTY, Run, Violation, a_run
from tests.powercut.workload import Do, Step, Workload, workload
from tests.rooms.scene import EPOCH
from tests.storage.scenes import post

KINDS: tuple[tuple[Io, int], ...] = (
    (Io.WRITE, apsw.SQLITE_IOERR_WRITE),
    (Io.WRITE, apsw.SQLITE_FULL),
    (Io.SYNC, apsw.SQLITE_IOERR_FSYNC),
    (Io.TRUNCATE, apsw.SQLITE_IOERR_TRUNCATE),
    (Io.READ, apsw.SQLITE_IOERR_READ),
    (Io.OPEN, apsw.SQLITE_CANTOPEN),
    (Io.DELETE, apsw.SQLITE_IOERR_DELETE),
    (Io.ACCESS, apsw.SQLITE_IOERR_ACCESS),
    (Io.SIZE, apsw.SQLITE_IOERR_FSTAT),
    (Io.LOCK, apsw.SQLITE_IOERR_LOCK),
)
"""Every kind of I/O that the store's connection makes. In exclusive mode it never asks for shared memory."""

CACHE_PAGES = 5
"""So few that transactions spill and queries read."""


@define(eq=False, kw_only=True)
class Nth:
    """Fails the `nth` I/O of one kind, and with `for_ever` all that follow, until healed."""

    io: Io
    code: int
    nth: int
    for_ever: bool
    asked: int = 0
    fired: bool = False
    healed: bool = False

    def __call__(self, io: Io) -> int | None:
        if io is not self.io or self.healed:
            return None
        self.asked += 1
        if self.asked == self.nth or (self.for_ever and self.asked > self.nth):
            self.fired = True
            return self.code
        return None

    def __str__(self) -> str:
        return f"{self.io.value} {self.nth} {'and all after it' if self.for_ever else 'once'}, code {self.code}"


@define(eq=False)
class Tally:
    """How many runs there were, and what came of them."""

    runs: Counter[str] = field(factory=Counter[str])
    """By the kind of I/O that failed."""
    outcomes: Counter[str] = field(factory=Counter[str])
    violations: list[str] = field(factory=list[str])


@define(eq=False, kw_only=True)
class Trial:
    """One workload with one fault."""

    run: Run
    fault: Nth
    tally: Tally
    judge: Judge

    async def all(self, work: Workload) -> None:
        """Do every step, again where it failed. Raises Violation."""
        await self._begin(EPOCH)
        for step in work.steps:
            await self._step(step)
            await self._read(step)
        await self.run.end()
        self._cut()

    async def _begin(self, new_epoch: bytes) -> None:
        try:
            await self.run.open(new_epoch)
        except StoreError:
            self.tally.outcomes["opening refused"] += 1
            await self.run.end()
            self.fault.healed = True
            await self.run.open(new_epoch)

    async def _step(self, step: Step) -> None:
        for failures in count():
            try:
                await self._once(step)
            except StoreError as error:
                if self.fault.healed or not self.fault.fired:
                    raise Violation(f"failed without a fault: {error}") from error
                # What fails again after recovery fails for ever: the disk is repaired then.
                self.fault.healed = failures > 0
                await self._recover(step, error)
            else:
                return

    async def _once(self, step: Step) -> None:
        if isinstance(step, Do):
            await self.run.do(step, NEXT_EPOCH)
        else:
            await self.run.append(step)

    async def _recover(self, step: Step, error: StoreError) -> None:
        """Recover as a daemon does: a full disk within its life, all else in another process."""
        if self.run.is_open:
            await self._require_refusals()
        if isinstance(error, StoreFull) and self.run.is_open:
            await self._reopen()
        else:
            # A daemon that ends closes its store, which may tidy the log; one that is killed does not.
            await (self.run.end() if self.fault.nth % 2 else self.run.kill())
            await self._begin(NEXT_EPOCH)
        if isinstance(step, Do):
            self.tally.outcomes[f"{step.value} failed"] += 1
        else:
            there = self.run.store.g == self.run.begun
            self.tally.outcomes["unknown: committed" if there else "unknown: not committed"] += 1

    async def _reopen(self) -> None:
        try:
            await self.run.reopen()
        except StoreError:
            self.tally.outcomes["opening refused"] += 1
            self.fault.healed = True
            await self.run.reopen()

    async def _require_refusals(self) -> None:
        """After a failure nothing is answered and nothing is written (D8)."""
        written = len(self.run.record.ops)
        for ask in (lambda: self.run.store.append([post(1)]), lambda: self.run.store.read([CountRooms(user="ana")])):
            try:
                await ask()
            except StoreError:
                continue
            raise Violation("went on after a failure without being opened again")
        if len(self.run.record.ops) != written:
            raise Violation("wrote after a failure")

    async def _read(self, step: Step) -> None:
        """What is answered is right, and what is not is told; neither keeps the store from going on."""
        tables = self.run.model.store._tables
        queries = list(_queries(step, tables.rooms))
        answers = await self.run.store.read(queries, deadline_s=3600.0)
        for query, value in zip(queries, answers.values, strict=True):
            if isinstance(value, StoreError):
                self.tally.outcomes["reading failed"] += 1
                if not self.fault.fired:
                    raise Violation(f"reading failed without a fault: {value}")
            elif value != ANSWERS[type(query)](tables, query):
                raise Violation(f"{type(query).__name__} was answered wrongly")

    def _cut(self) -> None:
        """Cut the power at the end, and when each promise was made since: nothing promised may go."""
        record = self.run.record
        places = sorted({promise.position for promise in record.promises} | {len(record.ops)})
        cuts = [Cut(place, Survivors.NONE) for place in places]
        for cut, platter in disks(record, cuts):
            found = self.judge.look(platter.survivors(Survivors.NONE, Random(0)))
            if why := complaint(found, promise_at(record, cut.position)):
                raise Violation(f"power cut at {cut}: {why}")


def _queries(step: Step, rooms: Iterable[bytes]) -> Iterator[q.Query]:
    """Ask for what the step may have changed, and for some pages that are in no cache."""
    for room in rooms:
        yield q.GetHead(room)
        yield q.GetEntries(room=room, first=1, last=1000, entries_max=5, bytes_max=10**6)
    yield GetRooms(user="ana", before=None, limit=9)
    if not isinstance(step, Do):
        yield from (q.GetKey(e.room, e.sender, e.key) for item in step for e in item.entries[:1])


async def fail_each(work: Workload, tally: Tally, kind: tuple[Io, int], *, every: int, for_ever: bool) -> None:
    """Fail N = 1, 1 + `every`, ... of one kind of I/O, until a run never gets there."""
    for nth in count(1, every):
        fault = Nth(io=kind[0], code=kind[1], nth=nth, for_ever=for_ever)
        with small_world() as directory:
            await _one(work, tally, fault, directory)
        if not fault.fired:
            return
        tally.runs[f"{fault.io.value} ({fault.code})"] += 1


async def _one(work: Workload, tally: Tally, fault: Nth, directory: Path) -> None:
    first, judged = directory / "first", directory / "judged"
    first.mkdir()
    judged.mkdir()
    run = a_run(first, Platter.of(EMPTY), {0: Model.empty()}, cache_pages=CACHE_PAGES)
    run.record.recorder.fault = fault
    run.record.recorder.forgetful = True
    try:
        await Trial(run=run, fault=fault, tally=tally, judge=Judge(judged)).all(work)
    except (Violation, StoreError) as error:
        await run.kill()
        tally.violations.append(f"{fault}: {error}")


async def fail_all(seed: int, every: int, *, batches: int = 8) -> Tally:
    """Fail every kind of I/O everywhere in the workload of `seed`, once and for ever."""
    tally = Tally()
    work = workload(seed, batches=batches)
    for kind in KINDS:
        for for_ever in (False, True):
            await fail_each(work, tally, kind, every=every, for_ever=for_ever)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 where no promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.powercut.ioerror", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the workload (1)")
    parser.add_argument("--every", type=int, default=1, help="how far apart the failing I/Os are (1: each)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    options = parser.parse_args(arguments)
    began = monotonic()
    tally = trio.run(fail_all, options.seed, options.every)
    found = {
        "runs": tally.runs.total(),
        "violations": len(tally.violations),
        "failed": dict(sorted(tally.runs.items())),
        "outcomes": dict(sorted(tally.outcomes.items())),
        "sqlite": apsw.sqlite_lib_version(),
        "found": tally.violations,
        "seconds": round(monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(found, indent=None if options.json else 2) + "\n")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
