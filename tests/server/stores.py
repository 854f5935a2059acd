"""A real store whose calls a test can hold up, or let fail as a disk does. It delegates to the memory store."""

from __future__ import annotations

from collections.abc import Sequence

import trio
from attrs import Factory, define, evolve, field

from chatd.model import Item
from chatd.storage.base import Answers, Appended, StoreError
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import Query
from tests.house import EPOCH


def _open_gate() -> trio.Event:
    gate = trio.Event()
    gate.set()
    return gate


@define(eq=False)
class Failure:
    error: StoreError
    stored: bool
    """Whether the batch reached the disk all the same."""


@define(eq=False)
class GatedStore:
    inner: MemoryStore = field(factory=lambda: MemoryStore(EPOCH))
    batches: list[Sequence[Item]] = Factory(list)
    """What each append was asked to commit."""
    free_bytes: int | None = None
    checkpoints: int = 0
    reopened: int = 0
    failures: list[Failure] = Factory(list)
    """What the next appends meet, in order."""
    read_error: StoreError | None = None
    failing: type[Query] | None = None
    """What is not answered, beside others that are."""
    reopen_error: StoreError | None = None
    _broken: bool = False
    _held: type[Query] | None = None
    _appending: trio.Event = Factory(_open_gate)
    _reading: trio.Event = Factory(_open_gate)
    _reopening: trio.Event = Factory(_open_gate)

    @property
    def epoch(self) -> bytes:
        return self.inner.epoch

    @property
    def g(self) -> int:
        return self.inner.g

    def hold_appends(self) -> None:
        self._appending = trio.Event()

    def release_appends(self) -> None:
        self._appending.set()

    def hold_reads(self, of: type[Query] | None = None) -> None:
        """Let reads, or those alone that ask for `of`, see what is stored when asked, and answer when released."""
        self._held = of
        self._reading = trio.Event()

    def release_reads(self) -> None:
        self._reading.set()

    def hold_reopen(self) -> None:
        self._reopening = trio.Event()

    def release_reopen(self) -> None:
        self._reopening.set()

    def fail_next(self, error: StoreError, *, stored: bool = False) -> None:
        self.failures.append(Failure(error, stored))

    async def append(self, batch: Sequence[Item]) -> Appended:
        self._require_whole()
        self.batches.append(batch)
        await self._appending.wait()
        failure = self.failures.pop(0) if self.failures else None
        if failure is None:
            return await self.inner.append(batch)
        self._broken = True
        if failure.stored:
            await self.inner.append(batch)
        raise failure.error

    async def read(self, queries: Sequence[Query], *, deadline_s: float = 5.0) -> Answers:
        self._require_whole()
        if self.read_error is not None:
            raise self.read_error
        answers = await self.inner.read(queries, deadline_s=deadline_s)
        if self._held is None or any(isinstance(query, self._held) for query in queries):
            await self._reading.wait()
        if self.failing is None:
            return answers
        values = zip(queries, answers.values, strict=True)
        slow = StoreError("too slow")
        return evolve(answers, values=tuple([slow if isinstance(q, self.failing) else value for q, value in values]))

    async def reopen(self) -> None:
        await self._reopening.wait()
        if self.reopen_error is not None:
            raise self.reopen_error
        self.reopened += 1
        self._broken = False
        await self.inner.reopen()

    def disk_free_bytes(self) -> int | None:
        return self.free_bytes

    async def checkpoint(self) -> None:
        self.checkpoints += 1

    async def hold(self, log_bytes_max: int) -> None:
        self._require_whole()
        if self.failures:
            raise self.failures[0].error  # and the next append meets it too
        await self.inner.hold(log_bytes_max)

    def release(self) -> bool:
        return self.inner.release()

    async def aclose(self) -> None:
        await self.inner.aclose()

    def _require_whole(self) -> None:
        if self._broken:
            raise StoreError("a commit has failed")
