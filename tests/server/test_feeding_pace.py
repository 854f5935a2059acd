"""The task that feeds the index takes its share of a core and no more, and clears away what was erased."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio
from attrs import define, field
from trio.testing import MockClock

from chatd.server.feeding import (
    BUSY_CORES,
    REST_S_MAX,
    REST_S_MIN,
    SHARE,
    SHARE_BUSY,
    SLICE_ENTRIES,
    TIDY_S,
)
from chatd.storage.index import IndexChange, Progress
from tests.house import EPOCH
from tests.memory_index import MemoryIndex
from tests.server.feeders import commit, made, passed, running, tea
from tests.server.stores import GatedStore
from tests.storage.scenes import posts


@define(eq=False)
class SlowIndex(MemoryIndex):
    """Takes a while for each put, in which the process uses so much of a core."""

    put_s: float = 0.0
    cores: float = 0.0
    spent_s: float = 0.0
    put_at: list[float] = field(factory=list[float])

    async def put(self, changes: Sequence[IndexChange], progress: Progress | None) -> None:
        self.put_at.append(trio.current_time())
        await trio.sleep(self.put_s)
        await super().put(changes, progress)

    def cpu_s(self) -> float:
        return self.cores * trio.current_time()


@pytest.mark.parametrize(("cores", "share"), [(BUSY_CORES - 0.1, SHARE), (BUSY_CORES + 0.1, SHARE_BUSY)])
async def test_it_takes_its_share_of_a_core_and_no_more(autojump_clock: MockClock, cores: float, share: float) -> None:
    store, index = GatedStore(), SlowIndex(put_s=0.02, cores=cores)
    await store.append(posts(2 * SLICE_ENTRIES + 1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made(index, store, cpu_s=index.cpu_s).run)
        await trio.sleep(10)
        nursery.cancel_scope.cancel()
    first, second, third = index.put_at
    assert second - first == pytest.approx(0.02 / share)
    assert third - second == pytest.approx(0.02 / share)


async def test_a_rest_has_an_end(autojump_clock: MockClock) -> None:
    store, index = GatedStore(), SlowIndex(put_s=5.0, cores=2.0)
    await store.append(posts(SLICE_ENTRIES + 1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(made(index, store, cpu_s=index.cpu_s).run)
        await trio.sleep(20)
        nursery.cancel_scope.cancel()
    first, second = index.put_at
    assert second - first == pytest.approx(5.0 + REST_S_MAX)


@define(eq=False)
class UntidyIndex(MemoryIndex):
    steps: int = 3
    tidied: list[float] = field(factory=list[float])

    async def tidy(self) -> bool:
        self.tidied.append(trio.current_time())
        self.steps -= 1
        self.untidy = self.steps > 0
        return self.untidy


async def test_what_was_erased_is_cleared_away_step_by_step_and_not_again_at_once(mock_clock: MockClock) -> None:
    store, index = GatedStore(), UntidyIndex(epoch=EPOCH, untidy=True)
    feeding = made(index, store)
    async with running(feeding):
        for _ in range(9):
            await passed(mock_clock, REST_S_MIN)
        assert len(index.tidied) == 3
        index.untidy, index.steps = True, 1
        await commit(feeding, store, tea(1))
        await passed(mock_clock, REST_S_MIN)
        assert len(index.tidied) == 3
        await passed(mock_clock, TIDY_S)
        await commit(feeding, store, tea(2))
        await passed(mock_clock, REST_S_MIN)
        assert len(index.tidied) == 4
