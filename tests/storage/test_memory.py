"""What the memory store alone promises: no time passes in it. The rest is the contract's."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from chatd.storage import open_store
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import GetHead
from tests.storage.scenes import EPOCH, ROOM, posts


async def test_nothing_it_does_takes_time_on_a_simulated_clock(autojump_clock: MockClock) -> None:
    before = trio.current_time()
    async with open_store("memory:", new_epoch=EPOCH) as store:
        await store.append(posts(100))
        await store.read([GetHead(ROOM)], deadline_s=0)
        await store.checkpoint()
        await store.reopen()
    assert trio.current_time() == before


def test_it_never_waits_for_anything() -> None:
    store = MemoryStore(EPOCH)
    for call in (store.append(posts(1)), store.read([]), store.checkpoint(), store.reopen(), store.aclose()):
        try:
            call.send(None)
        except StopIteration:
            continue
        raise AssertionError("it waited")


def test_nothing_limits_it() -> None:
    assert MemoryStore(EPOCH).disk_free_bytes() is None
