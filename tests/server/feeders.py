"""What the tests of feeding share: a task over a real store and the reference index."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.model import Item
from chatd.server.feeding import Feeding
from chatd.server.metrics import Metrics
from chatd.server.watermark import Watermark
from chatd.wire import content
from tests.memory_index import MemoryIndex
from tests.server.stores import GatedStore
from tests.storage.scenes import ROOM, post


def tea(number: int, room: bytes = ROOM) -> Item:
    return post(number, room, body=content.text(f"tea {number}"))


def made(index: MemoryIndex, store: GatedStore, **changes: Any) -> Feeding:
    return Feeding(index=index, store=store, applied=Watermark(store.g), metrics=Metrics(), **changes)


@asynccontextmanager
async def running(feeding: Feeding) -> AsyncGenerator[None, None]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(feeding.run)
        await wait_all_tasks_blocked()
        yield
        nursery.cancel_scope.cancel()


async def passed(clock: MockClock, seconds: float) -> None:
    clock.jump(seconds)
    await wait_all_tasks_blocked()


async def commit(feeding: Feeding, store: GatedStore, *items: Item) -> None:
    await store.append(items)
    feeding.applied.move(store.g)
    await wait_all_tasks_blocked()


def found(index: MemoryIndex) -> list[tuple[bytes, int]]:
    return list(index.texts)
