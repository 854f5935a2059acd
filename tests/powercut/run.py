"""The real store at work over the recording VFS, and beside it what it has promised at each moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw
from attrs import define, field, frozen

from chatd.storage.backup import Partial
from chatd.storage.base import Appended
from chatd.storage.sqlite import SqliteStore, enter
from tests.powercut.driver import Driver, in_place_of_sqlite3
from tests.powercut.model import Model
from tests.powercut.platter import Image, Op, Platter
from tests.powercut.recorder import Life, Recorder
from tests.powercut.rows import fingerprint, rows_on_disk
from tests.powercut.workload import Batch, Do, Workload

T = TypeVar("T")

DATABASE = "chatd.db"
EMPTY: Image = {DATABASE: b""}
"""What the store's `Home` makes of a directory before SQLite sees it."""

HELD_LOG_BYTES_MAX = 512 * 1024
"""So long that no hold of two batches ends before its time: the log is not cut short meanwhile."""


class Violation(Exception):
    """The store broke a promise while it ran."""


@frozen
class Promise:
    """What a power cut may leave, from `position` of the record until the next promise."""

    position: int
    states: Mapping[int, bytes]
    """The commits that may be the last one, and the fingerprint of all that is stored then."""
    epoch: bytes | None
    """None while nobody was told of one."""
    absent: bool
    """Whether there may be no store at all."""


@define(eq=False)
class Record:
    """All that a run did to the disk, what it promised meanwhile, and what the store held after each commit."""

    recorder: Recorder
    models: dict[int, Model]
    promises: list[Promise] = field(factory=list[Promise])
    appends: list[tuple[int, Batch]] = field(factory=list[tuple[int, Batch]])
    """Each batch, and at which position it was begun."""
    copies: int = 0
    """How many copies of a held file were compared and checked."""

    @property
    def ops(self) -> list[Op]:
        return self.recorder.ops


@define(eq=False, kw_only=True)
class Run:
    """A store in `directory`, through lives that end well, by a kill or by a power cut.

    Everything it answers is held against the model at once; `Violation` tells of a difference.
    """

    directory: Path
    record: Record
    epoch: bytes | None = None
    dress: Callable[[Run, apsw.Connection], Driver] = field(default=lambda _run, connection: Driver(connection))
    cache_pages: int | None = None
    """So small a page cache makes transactions spill into the log before they commit, as large ones do."""
    life: Life | None = None
    begun: int = 0
    """The number of the commit that was begun last."""
    _store: SqliteStore | None = None
    _appending: bool = False
    _promised: dict[int, Model] = field(factory=dict[int, Model], init=False)
    _held: bytes | None = field(default=None, init=False)
    """The fingerprint of what was committed when the file was held."""

    def __attrs_post_init__(self) -> None:
        self.promise(self.record.models, absent=self.epoch is None)

    # -- promises --------------------------------------------------------------------------------------------------

    @property
    def store(self) -> SqliteStore:
        if self._store is None:
            raise RuntimeError("the store is not open")
        return self._store

    @property
    def is_open(self) -> bool:
        return self._store is not None

    @property
    def model(self) -> Model:
        """The one state that was promised last."""
        [model] = self._promised.values()
        return model

    def promise(self, models: Mapping[int, Model], *, absent: bool = False) -> None:
        """From here on the disk must hold one of `models` when the power fails."""
        self._promised = dict(models)
        states = {g: model.fingerprint() for g, model in models.items()}
        self.record.promises.append(Promise(len(self.record.ops), states, self.epoch, absent))

    def acknowledge_early(self) -> None:
        """Promise what is being appended, before it was committed: what a planted bug does."""
        if self._appending:
            newest = max(self._promised)
            self.promise({newest: self._promised[newest]})

    # -- lives -----------------------------------------------------------------------------------------------------

    async def open(self, new_epoch: bytes) -> None:
        """Begin a life: open the store, and hold what it shows against what was promised."""
        self.life = Life(self.record.recorder)
        with in_place_of_sqlite3(self.life.name, partial(self.dress, self)):
            self._store = await SqliteStore.open(self.directory, new_epoch)
        await self._look()

    async def _look(self) -> None:
        """Promise what the opened store shows: whoever reads it is told so."""
        g = self.store.g
        if g not in self._promised:
            raise Violation(f"opened at commit {g}, promised was {sorted(self._promised)}")
        if self.epoch not in (None, self.store.epoch):
            raise Violation("opened with another epoch")
        try:
            with self.record.recorder.nothing_failing():
                shown = fingerprint(await self.on_connection(rows_on_disk))
        except sqlite3.Error as error:
            raise Violation(f"opened at commit {g}, but cannot be read: {error}") from error
        if shown != self._promised[g].fingerprint():
            raise Violation(f"opened at commit {g}, but with other rows than were committed")
        self.epoch = self.store.epoch
        self.promise({g: self._promised[g]})
        if self.cache_pages is not None:
            await self.on_connection(partial(_set_cache, self.cache_pages))

    async def on_connection(self, job: Callable[[Any], T]) -> T:
        """Run `job` on the store's connection, in the driver's thread."""
        opened = self.store._current()
        return await self.store._bridge.run(partial(enter, opened.driver), partial(job, opened.writer._connection))

    async def end(self) -> None:
        """End a life as a daemon does that is told to."""
        store, self._store = self._store, None
        if store is not None:
            await store.aclose()
        if self.life is not None:
            self.life.unregister()
            self.life = None

    async def kill(self) -> None:
        """End a life: from now on nothing that the store does reaches its files."""
        if self.life is not None:
            self.life.over = True
        await self.end()

    # -- steps -----------------------------------------------------------------------------------------------------

    async def append(self, batch: Batch) -> Appended:
        """Commit, and hold the outcome of every item against the model's. Raises StoreError as the store does."""
        before, after = self.model, self.model.fork()
        expected = after.append(batch)
        self.begun = after.g
        self.record.appends.append((len(self.record.ops), batch))
        self.promise({before.g: before, after.g: after})
        self._appending = True
        try:
            appended = await self.store.append(batch)
        finally:
            self._appending = False
        if appended != expected:
            raise Violation(f"commit {after.g} was answered in another way than the model answers it")
        self.record.models[after.g] = after
        self.promise({after.g: after})
        return appended

    async def do(self, what: Do, new_epoch: bytes) -> None:
        match what:
            case Do.CHECKPOINT:
                await self.store.checkpoint()
            case Do.REOPEN:
                await self.reopen()
            case Do.RESTART:
                await self.end()
                await self.open(new_epoch)
            case Do.KILL:
                await self.kill()
                await self.open(new_epoch)
            case Do.HOLD:
                await self._hold()
            case Do.RELEASE:
                self._release()

    async def reopen(self) -> None:
        """Close and open again within a life, and hold what the store shows against what was promised."""
        if self.life is None:
            raise RuntimeError("the store is not open")
        with in_place_of_sqlite3(self.life.name, partial(self.dress, self)):
            await self.store.reopen()
        await self._look()

    async def _hold(self) -> None:
        await self.store.hold(HELD_LOG_BYTES_MAX)
        self._held = self.model.fingerprint()

    def _release(self) -> None:
        """Copy the file as `chatd backup` does. If it was held until now, the copy is a store as of the hold (D9)."""
        with closing(Partial.begin(self.directory / "copy", 0)) as copy:
            with (self.directory / DATABASE).open("rb", buffering=0) as source:
                while copy.take(source.fileno()):
                    pass
            if self.store.release():
                self._check_copy(copy)

    def _check_copy(self, copy: Partial) -> None:
        if faults := copy.verify().faults:
            raise Violation(f"a copy of the held file: {faults[0]}")
        with closing(sqlite3.connect(self.directory / "copy.partial")) as connection:
            if fingerprint(rows_on_disk(connection)) != self._held:
                raise Violation("a copy of the held file holds other rows than were committed before the hold")
        self.record.copies += 1

    async def all(self, work: Workload, new_epoch: bytes) -> None:
        """Put the store through a workload, in one life or several, and end well."""
        await self.open(new_epoch)
        for step in work.steps:
            if isinstance(step, Do):
                await self.do(step, new_epoch)
            else:
                await self.append(step)
        await self.end()


def _set_cache(pages: int, driver: Driver) -> None:
    driver.apsw.pragma("cache_size", pages)


def a_run(directory: Path, start: Platter, models: Mapping[int, Model], **more: Any) -> Run:
    """Return a run over the disk `start`, whose files are written to `directory` as a running machine sees them."""
    for name, content in start.running().items():
        (directory / name).write_bytes(content)
    return Run(directory=directory, record=Record(Recorder(start), dict(models)), **more)
