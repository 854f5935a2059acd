"""A disk that takes its time, fills up, fails for good, and forgets what was not synced when the daemon dies.

`tables` is what is on disk. Each life of the daemon opens a `Handle` of its own, which dies with it: a commit that
was under way then is there or not, and nobody was told.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import trio
from attrs import Factory, define, field

from chatd.model import Entry, Item, RoomId
from chatd.storage.base import Answers, Appended, StoreError, StoreFull
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import Query
from chatd.storage.tables import Tables
from tests.house import EPOCH

SYNC_S = 0.002
PLENTY_BYTES = 1 << 40


@define(eq=False)
class Disk:
    chance: random.Random
    store: MemoryStore = field(factory=lambda: MemoryStore(EPOCH))
    slow_s: float = 0.0
    """Added to what every operation takes."""
    full: bool = False
    dying: bool = False
    """The next commit fails for good, as when an fsync does."""
    unreadable: bool = False
    """Every other read fails."""
    commits: int = 0

    @property
    def tables(self) -> Tables:
        return self.store._tables

    def entry(self, room: RoomId, seq: int) -> Entry | None:
        """Return the entry that is on disk at this place now."""
        return self.tables.entries.get((room, seq))

    def entries(self) -> dict[RoomId, list[Entry]]:
        """Return every entry on disk, by room, in order."""
        rooms: dict[RoomId, list[Entry]] = {}
        for (room, _), entry in sorted(self.tables.entries.items()):
            rooms.setdefault(room, []).append(entry)
        return rooms

    def heal(self) -> None:
        self.slow_s, self.full, self.dying, self.unreadable = 0.0, False, False, False


@define(eq=False)
class Handle:
    """The store as one life of the daemon sees it."""

    disk: Disk
    dead: bool = False
    """Whether the process is gone that held it."""
    failed: bool = False
    """Whether a fault that the disk was told to have has come out of it."""
    _usable: bool = True
    _under_way: list[trio.CancelScope] = Factory(list[trio.CancelScope])

    @property
    def epoch(self) -> bytes:
        return self.disk.store.epoch

    @property
    def g(self) -> int:
        return self.disk.store.g

    def die(self) -> None:
        """The process is gone: what was under way stays as it is."""
        self.dead = True
        for scope in self._under_way:
            scope.cancel()

    async def append(self, batch: Sequence[Item]) -> Appended:
        """Not cut short by cancellation, as a driver's thread is not; only by `die`."""
        self._require_usable()
        with trio.CancelScope(shield=True) as scope:
            self._under_way.append(scope)
            try:
                return await self._append(batch)
            finally:
                self._under_way.remove(scope)
        raise StoreError("the process died")

    async def _append(self, batch: Sequence[Item]) -> Appended:
        disk, chance = self.disk, self.disk.chance
        await self._take_time()
        fails = disk.full or disk.dying
        if fails and chance.random() < 0.5:
            self._fail()
        disk.store._usable = True
        appended = await disk.store.append(batch)
        disk.commits += 1
        await self._take_time()
        if fails:
            self._fail()
        return appended

    def _fail(self) -> None:
        self._usable, self.failed = False, True
        if self.disk.dying:
            self.disk.dying = False
            raise StoreError("the disk failed")
        raise StoreFull("no space left")

    async def _take_time(self) -> None:
        await trio.sleep(self.disk.chance.random() * SYNC_S + self.disk.slow_s)
        if self.dead:
            await trio.sleep_forever()

    async def read(self, queries: Sequence[Query], *, deadline_s: float = 5.0) -> Answers:
        self._require_usable()
        await self._take_time()
        if self.disk.unreadable and self.disk.chance.random() < 0.5:
            raise StoreError("a page cannot be read")
        self.disk.store._usable = True
        answers = await self.disk.store.read(queries, deadline_s=deadline_s)
        await trio.sleep(self.disk.chance.random() * SYNC_S)
        return answers

    async def reopen(self) -> None:
        with trio.CancelScope(shield=True) as scope:
            self._under_way.append(scope)
            try:
                await self._take_time()
                self._usable = True
            finally:
                self._under_way.remove(scope)

    def disk_free_bytes(self) -> int | None:
        return 0 if self.disk.full else PLENTY_BYTES

    async def checkpoint(self) -> None:
        self._require_usable()
        if self.disk.chance.random() < 0.05:
            await self._take_time()
            if self.disk.full:
                self._fail()

    async def hold(self, log_bytes_max: int) -> None:
        self._require_usable()
        await self.disk.store.hold(log_bytes_max)

    def release(self) -> bool:
        return self.disk.store.release()

    async def aclose(self) -> None:
        self._usable = False

    def _require_usable(self) -> None:
        if not self._usable or self.dead:
            raise StoreError("the store is closed, or a commit has failed")
