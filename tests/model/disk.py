"""The memory store as a disk that takes its time, may be full, and tells the test what it holds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NoReturn

import trio
from attrs import Factory, define, evolve

from chatd.messages import Entered
from chatd.model import Entry, EntryKind, Erasure, Expiry, Item, RoomId
from chatd.storage.base import Answers, Appended, Stored, StoreFull
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import Query
from chatd.wire import codec

STEPS_MAX = 4
"""An operation takes up to this many turns of the scheduler, twice."""


@define(eq=False)
class Disk:
    """A Store over `inner`. Invariant: `truth` and `log` hold exactly what was committed, in order."""

    inner: MemoryStore
    chance: random.Random
    log: list[tuple[Item, Stored]] = Factory(list)
    truth: dict[RoomId, list[Entry]] = Factory(dict)
    """Every entry as it was committed, also those that were erased since."""
    erased: dict[tuple[RoomId, int], None] = Factory(dict)
    fault: str = ""
    """What happens to the next append, once: `lost` or `kept` says whether its batch is stored before it fails."""

    @property
    def epoch(self) -> bytes:
        return self.inner.epoch

    @property
    def g(self) -> int:
        return self.inner.g

    async def _turn(self) -> None:
        for _ in range(self.chance.randrange(STEPS_MAX)):
            await trio.lowlevel.checkpoint()

    async def append(self, batch: Sequence[Item]) -> Appended:
        with trio.CancelScope(shield=True):
            await self._turn()
            fault, self.fault = self.fault, ""
            if fault == "lost":
                self._fail()
            appended = await self.inner.append(batch)
            self._note(batch, appended)
            await self._turn()
            if fault:
                self._fail()
        return appended

    def _fail(self) -> NoReturn:
        self.inner._usable = False
        raise StoreFull("no space left")

    def _note(self, batch: Sequence[Item], appended: Appended) -> None:
        for item, outcome in zip(batch, appended.outcomes, strict=True):
            if isinstance(outcome, Stored):
                self.log.append((item, outcome))
                for entry in outcome.entries:
                    self.truth.setdefault(entry.room, []).append(entry)
                for record in outcome.records:
                    if isinstance(record, Erasure):
                        self._erase(record)
                    elif isinstance(record, Expiry):
                        self._expire(record)

    def _erase(self, erasure: Erasure) -> None:
        entries = self.truth[erasure.room]
        edits = [each.seq for each in entries if each.kind is EntryKind.EDIT and each.target == erasure.seq]
        self.erased |= dict.fromkeys((erasure.room, seq) for seq in (erasure.seq, *edits))

    def _expire(self, expiry: Expiry) -> None:
        """A post goes, and every edit with its post: what was left of those before the first goes now."""
        for entry in self.truth[expiry.room]:
            post = {EntryKind.POST: entry.seq, EntryKind.EDIT: entry.target}.get(entry.kind)
            is_in = any(expiry.first <= seq <= expiry.last for seq in (entry.seq, post) if seq)
            if post is not None and is_in and post not in expiry.spared:
                self.erased[entry.room, entry.seq] = None

    def entered(self, room: RoomId, seq: int) -> Entered:
        """Return what the wire tells of an entry now."""
        entry = self.truth[room][seq - 1]
        is_gone = (room, seq) in self.erased
        return codec.entered(evolve(entry, body=None, salt=None) if is_gone else entry)

    async def read(self, queries: Sequence[Query], *, deadline_s: float = 5.0) -> Answers:
        await self._turn()
        answers = await self.inner.read(queries, deadline_s=deadline_s)
        await self._turn()
        return answers

    async def reopen(self) -> None:
        with trio.CancelScope(shield=True):
            await self._turn()
            await self.inner.reopen()

    def disk_free_bytes(self) -> int | None:
        return None

    async def checkpoint(self) -> None:
        await self._turn()

    async def hold(self, log_bytes_max: int) -> None:
        await self._turn()
        await self.inner.hold(log_bytes_max)

    def release(self) -> bool:
        return self.inner.release()

    async def aclose(self) -> None:
        await self.inner.aclose()
