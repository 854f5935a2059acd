"""Cuts: the power fails after each thing that a run did to the disk, and again while what it left is recovered."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, evolve, field, frozen

from chatd.storage.base import StoreError
from tests.powercut.copying import COPY, as_store, backed_up, restored
from tests.powercut.judge import NEXT_EPOCH, Judge, complaint
from tests.powercut.model import Model
from tests.powercut.plants import Plant, planted
from tests.powercut.platter import Platter, Survivors, Sync
from tests.powercut.run import EMPTY, Promise, Record, Run, Violation, a_run
from tests.powercut.workload import Batch, Do, Workload, counts, workload
from tests.rooms.scene import EPOCH

SPILLING_CACHE_PAGES = 5
COMPOUND_SHARE = 4
"""One cut in so many strikes what recovers from another."""
CUTS_A_RECOVERY = 20
COPIES_SHARE = 10
"""And one in so many the making or the restoring of a backup."""
KILL = "kill"
THEN = "+"
RESTORE = "restore"
COPIES = ("backup", RESTORE)


@frozen
class Cut:
    position: int
    """So many things had happened to the disk."""
    survivors: Survivors | None
    """None: only the process ended, and the machine goes on."""

    @classmethod
    def parse(cls, name: str) -> Cut:
        position, survivors = name.split(":")
        return cls(int(position), None if survivors == KILL else Survivors(survivors))

    def __str__(self) -> str:
        return f"{self.position}:{self.survivors.value if self.survivors else KILL}"


@define(eq=False)
class Tally:
    """What was cut, and what was found."""

    single: Counter[str] = field(factory=Counter[str])
    """Cuts, by what survived them."""
    compound: Counter[str] = field(factory=Counter[str])
    """Cuts of what recovered from a cut or a kill, by what survived the second."""
    copying: Counter[str] = field(factory=Counter[str])
    """Cuts of making a backup and of restoring it, by what survived."""
    places: int = 0
    """How many things happened to the disk in all workloads: after each the power may fail."""
    places_cut: int = 0
    images: int = 0
    """How many different disks were recovered."""
    recoveries: int = 0
    """How many recoveries were recorded, to be cut themselves."""
    copies: int = 0
    """How many copies of a held file were checked."""
    work: Counter[str] = field(factory=Counter[str])
    seeds: list[int] = field(factory=list[int])
    violations: list[str] = field(factory=list[str])

    @property
    def cuts(self) -> int:
        return self.single.total() + self.compound.total() + self.copying.total()


def promise_at(record: Record, position: int) -> Promise:
    """Return what held when so many things had happened to the disk."""
    return record.promises[bisect_right(record.promises, position, key=_position) - 1]


def _position(promise: Promise) -> int:
    return promise.position


def disks(record: Record, cuts: Sequence[Cut]) -> Iterator[tuple[Cut, Platter]]:
    """Yield each cut, in the order of their positions, with the disk at that moment: valid until the next one."""
    platter, done = record.recorder.start.copy(), 0
    for cut in cuts:
        for op in record.ops[done : cut.position]:
            platter.apply(op)
        done = cut.position
        yield cut, platter


@define(eq=False, kw_only=True)
class Attack:
    """The cuts of one workload. Its files live in `directory`."""

    seed: int
    directory: Path
    tally: Tally
    plant: Plant | None = None
    _folders: Iterator[int] = field(factory=count)
    work: Workload = field(init=False)
    judge: Judge = field(init=False)
    home: Path = field(init=False)
    """Where the workload's store lies, closed."""
    _last: Promise = field(init=False)
    """What that holds."""

    def __attrs_post_init__(self) -> None:
        self.work = workload(self.seed)
        self.judge = Judge(self._folder())

    def _folder(self) -> Path:
        folder = self.directory / str(next(self._folders))
        folder.mkdir()
        return folder

    async def run(self, cuts_max: int) -> None:
        """Record the workload, and cut it everywhere: at most `cuts_max` times, then drawn from all there are."""
        record = await self.record()
        if record is None:
            return
        random = Random(f"cuts {self.seed}")
        left = cuts_max - self._strike_copies(random, cuts_max // COPIES_SHARE // len(COPIES))
        every = [Cut(at, survivors) for at in range(len(record.ops) + 1) for survivors in Survivors]
        single = min(left - left // COMPOUND_SHARE, len(every))
        self._strike(record, random.sample(every, single), self.tally.single)
        self.tally.places += len(record.ops) + 1
        compound = min(left - single, len(every) // (COMPOUND_SHARE - 1))
        while compound > 0:
            compound -= await self._compound(record, random, min(compound, CUTS_A_RECOVERY))
        self.tally.images += self.judge.images

    async def only(self, name: str) -> None:
        """Make the one cut that `name` names, as a violation tells of it."""
        record = await self.record()
        if record is None:
            return
        first, _, second = name.rpartition(THEN)
        if first in COPIES:
            record = self.copied(first)
        elif first:
            [(cut, platter)] = disks(record, [Cut.parse(first)])
            record = await self.recovery(record, cut, platter)
        if record is not None:
            self._strike(record, [Cut.parse(second)], self.tally.single, first)

    async def record(self) -> Record | None:
        """Run the workload. None where the store broke a promise on the way, which is noted."""
        run = self._begin(Platter.of(EMPTY), {0: Model.empty()}, None)
        self.tally.work += counts(self.work)
        self.tally.seeds.append(self.seed)
        if not await self._goes_well(run, run.all(self.work, EPOCH), "the workload"):
            return None
        self.home, self._last = run.directory, run.record.promises[-1]
        self.tally.copies += run.record.copies
        return run.record

    def _begin(self, start: Platter, models: Mapping[int, Model], epoch: bytes | None) -> Run:
        # In every other workload the cache is so small that transactions spill.
        cache_pages = SPILLING_CACHE_PAGES if self.seed % 2 else None
        dress = partial(planted, self.plant)
        return a_run(self._folder(), start, models, epoch=epoch, dress=dress, cache_pages=cache_pages)

    async def _goes_well(self, run: Run, work: Coroutine[Any, Any, None], name: str) -> bool:
        try:
            await work
        except (Violation, StoreError) as error:
            await run.kill()
            self._blame(name, str(error))
            return False
        return True

    def _blame(self, name: str, why: str) -> None:
        self.tally.violations.append(f"seed {self.seed}, {name}: {why}")

    # -- cuts ------------------------------------------------------------------------------------------------------

    def _strike(self, record: Record, cuts: Sequence[Cut], kinds: Counter[str], before: str = "") -> None:
        """Make `cuts` and count them in `kinds`. `before` names what the record is of, if it is not the workload."""
        start = f"{before}{THEN}" if before else ""
        for cut, platter in disks(record, sorted(cuts, key=lambda cut: cut.position)):
            if cut.survivors is None:
                raise ValueError("a kill leaves no disk to look at: what comes after it is cut")
            image = platter.survivors(cut.survivors, self._random(f"{start}{cut}"))
            why = complaint(self.judge.look(as_store(image)), promise_at(record, cut.position))
            if why:
                self._blame(f"cut {start}{cut}", why)
            kinds[cut.survivors.value] += 1
        if not before:
            self.tally.places_cut += len({cut.position for cut in cuts})

    def _strike_copies(self, random: Random, cuts_each: int) -> int:
        """Cut the making of a backup, and its restoring, `cuts_each` times. Return how many cuts were made."""
        made = 0
        for name in COPIES if cuts_each >= len(Survivors) else ():
            copy = self.copied(name)
            # From the end on it is promised: a cut there is never left out.
            cuts = [Cut(len(copy.ops), survivors) for survivors in Survivors]
            others = [Cut(at, survivors) for at in range(len(copy.ops)) for survivors in Survivors]
            cuts += random.sample(others, min(len(others), cuts_each - len(cuts)))
            self._strike(copy, cuts, self.tally.copying, name)
            made += len(cuts)
        return made

    def copied(self, name: str) -> Record:
        """Back up what the workload left, or restore that, and return what was written and what was promised."""
        promise = self._last
        file = self._folder()
        recorder = backed_up(self.home, file)
        if name == RESTORE:
            recorder = restored(file / COPY, self._folder(), NEXT_EPOCH)
            promise = evolve(promise, epoch=NEXT_EPOCH)
        before = evolve(promise, position=0, absent=True)
        after = evolve(promise, position=len(recorder.ops), absent=False)
        return Record(recorder, {}, [before, after])

    def _random(self, name: str) -> Random:
        """Return what one cut draws from, whatever else is cut: so it can be made again alone."""
        return Random(f"{self.seed} {name}")

    async def _compound(self, record: Record, random: Random, cuts_max: int) -> int:
        """Cut or kill somewhere, recover, and cut the recovery. Return how many cuts were made, at least one."""
        [(first, platter)] = disks(record, [self._first(record, random)])
        again = await self.recovery(record, first, platter)
        if again is None:
            return 1
        # Where something was promised this moment, a cut that keeps nothing else is never left out.
        cuts = [Cut(at, Survivors.NONE) for at in sorted({promise.position for promise in again.promises})][:cuts_max]
        places = random.sample(range(len(again.ops) + 1), min(cuts_max - len(cuts), len(again.ops) + 1))
        cuts += [Cut(at, random.choice(list(Survivors))) for at in places]
        self._strike(again, cuts, self.tally.compound, str(first))
        return len(cuts)

    def _first(self, record: Record, random: Random) -> Cut:
        """Draw a cut anywhere, or, as often, a kill within a sync: what it was to sync is seen, and not kept."""
        if random.random() < 1 / 2:
            syncs = [at for at, op in enumerate(record.ops) if isinstance(op, Sync)]
            return Cut(random.choice(syncs or [0]), None)
        return Cut(random.randint(0, len(record.ops)), random.choice([None, *Survivors]))

    async def recovery(self, record: Record, cut: Cut, platter: Platter) -> Record | None:
        """Open what `cut` left, send again what was sent last, checkpoint, go on, and end. None where that fails."""
        start = platter.copy()
        if cut.survivors is not None:
            start = Platter.of(platter.survivors(cut.survivors, self._random(str(cut))))
        promise = promise_at(record, cut.position)
        run = self._begin(start, {g: record.models[g] for g in promise.states}, promise.epoch)
        self.tally.recoveries += 1
        begun = [batch for position, batch in record.appends if position <= cut.position]
        going_on = [batch for position, batch in record.appends if position > cut.position]
        work = self._recover(run, begun[-1:], going_on[:1])
        return run.record if await self._goes_well(run, work, f"cut {cut}") else None

    async def _recover(self, run: Run, again: Sequence[Batch], after: Sequence[Batch]) -> None:
        await run.open(NEXT_EPOCH)
        for batch in again:
            await run.append(batch)
        await run.do(Do.CHECKPOINT, NEXT_EPOCH)
        for batch in after:
            await run.append(batch)
        await run.end()
