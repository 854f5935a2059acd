"""The store's calls over the real bridge, cancelled at their every moment: aiosqlite, its threads, a file and a lock.

What must hold (`chatd.storage.base`, `chatd.storage.bridge`): a cancelled call never began, or it returns what it did;
nothing stays open of a store that was not opened; a store that was closed is closed, whatever became of its caller.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from chatd.storage.base import Appended, Duplicate, Stored
from chatd.storage.queries import GetKey
from chatd.storage.sqlite import SqliteStore
from chatd.storage.writing import CHECKPOINT_PAGES
from tests.nth import steady
from tests.nth.stopper import Violation, at_every_moment, stop_at
from tests.storage.scenes import EPOCH, ROOM, ask, key, page, post

PATIENCE_S = 120.0
"""By the real clock, for a whole loop. What takes longer hangs."""
JOIN_S = 5.0
"""How long a thread that was told to end may take for it."""
LOG_BYTES_MAX = 1 << 20
IDLE = "Trio thread"
"""The workers of trio stay for a while, for whoever comes next: they belong to no store."""


async def _try_append(store: SqliteStore, n: int) -> bool:
    """Nothing of an append that was cancelled is stored; all of one that returned is, and once."""
    g = store.g
    stopped = await stop_at(n, partial(store.append, [post(n)]))
    found = await ask(store, GetKey(ROOM, "ana", key(n)))
    if stopped.cancelled is not (found is None) or store.g != g + (found is not None):
        raise Violation(f"cancelled: {stopped.cancelled}, stored: {found}, g {g} to {store.g}")
    _require_once(await store.append([post(n)]), stored_before=found is not None)
    return stopped.fired


def _require_once(appended: Appended, *, stored_before: bool) -> None:
    [outcome] = appended.outcomes
    if not isinstance(outcome, Duplicate if stored_before else Stored):
        raise Violation(f"E1: sent again it is {outcome}")


async def _try_behind(store: SqliteStore, n: int) -> bool:
    """An append that waits for another one is cancelled, and the other one is not."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.append, [post(2 * n)])
        await trio.lowlevel.checkpoint()
        stopped = await stop_at(n, partial(store.append, [post(2 * n + 1)]))
    other = await ask(store, GetKey(ROOM, "ana", key(2 * n)))
    mine = await ask(store, GetKey(ROOM, "ana", key(2 * n + 1)))
    if other is None or stopped.cancelled is not (mine is None):
        raise Violation(f"cancelled: {stopped.cancelled}, the one before {other}, this one {mine}")
    return stopped.fired


async def _try_read(store: SqliteStore, n: int) -> bool:
    """A read that is cancelled, or not, leaves the next ones their turn."""
    await store.append([post(n)])
    stopped = await stop_at(n, partial(store.read, [GetKey(ROOM, "ana", key(n))]))
    if len((await page(store)).entries) != n:
        raise Violation("the next read sees something else")
    return stopped.fired


async def _try_checkpoint(store: SqliteStore, n: int) -> bool:
    await store.append([post(n)])
    writer = store._current().writer
    writer.log_pages = CHECKPOINT_PAGES + 1
    stopped = await stop_at(n, store.checkpoint)
    left = store._current().writer.log_pages
    if stopped.cancelled is (left == 0):
        raise Violation(f"cancelled: {stopped.cancelled}, and {left} pages may stand in the log")
    if len((await page(store)).entries) != n:
        raise Violation("the next read sees something else")
    return stopped.fired


async def _try_hold(store: SqliteStore, n: int) -> bool:
    """A hold that was cancelled holds nothing; one that returned lasts until its release."""
    await store.append([post(n)])
    stopped = await stop_at(n, partial(store.hold, LOG_BYTES_MAX))
    lasted = store.release()
    if stopped.cancelled is lasted:
        raise Violation(f"cancelled: {stopped.cancelled}, and the file was held: {lasted}")
    return stopped.fired


async def _try_reopen(store: SqliteStore, n: int) -> bool:
    """A store is open after `reopen`, whether that was cancelled or not."""
    await store.append([post(n)])
    stopped = await stop_at(n, store.reopen)
    if len((await page(store)).entries) != n or store.epoch != EPOCH or store.g != n:
        raise Violation("opened again it holds something else")
    return stopped.fired


async def _with_store(trial: Callable[[SqliteStore, int], Awaitable[bool]], folder: Path) -> int:
    store = await SqliteStore.open(folder, EPOCH)
    try:
        return await at_every_moment(partial(trial, store))
    finally:
        await store.aclose()


# -- opening and closing -----------------------------------------------------------------------------------------------


def threads() -> list[threading.Thread]:
    """Return the threads that belong to somebody."""
    return [thread for thread in threading.enumerate() if not thread.name.startswith(IDLE)]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def require_closed(folder: Path, before: list[threading.Thread], opened: int) -> None:
    """Nothing is left of a store in `folder`: no more threads and descriptors than before, and its lock is free."""
    for thread in threads():
        if thread not in before:
            await trio.to_thread.run_sync(thread.join, JOIN_S)
            if thread.is_alive():
                raise Violation(f"the thread {thread.name} lives on")
    if descriptors() > opened:
        raise Violation(f"{descriptors() - opened} descriptors are left open")
    again = await SqliteStore.open(folder, EPOCH)
    await again.aclose()


async def _try_open(folder: Path, n: int) -> bool:
    before, opened = threads(), descriptors()
    stopped = await stop_at(n, partial(SqliteStore.open, folder, EPOCH))
    if stopped.value is not None:
        await stopped.value.aclose()
    await require_closed(folder, before, opened)
    return stopped.fired


async def _try_close(folder: Path, n: int) -> bool:
    before, opened = threads(), descriptors()
    store = await SqliteStore.open(folder, EPOCH)
    await store.append([post(n)])
    stopped = await stop_at(n, store.aclose)
    await require_closed(folder, before, opened)
    return stopped.fired


async def _over_and_over(trial: Callable[[Path, int], Awaitable[bool]], folder: Path) -> int:
    warm = await SqliteStore.open(folder, EPOCH)
    await warm.aclose()
    return await at_every_moment(partial(trial, folder))


def _run(function: Callable[[Path], Awaitable[int]], seed: int) -> int:
    async def bounded(folder: Path) -> int:
        with trio.fail_after(PATIENCE_S):
            return await function(folder)

    with TemporaryDirectory() as folder:
        return steady.run_on_threads(bounded, Path(folder) / "data", seed=seed)


OPERATIONS: dict[str, Callable[[int], int]] = {
    "store.append": partial(_run, partial(_with_store, _try_append)),
    "store.append behind another": partial(_run, partial(_with_store, _try_behind)),
    "store.read": partial(_run, partial(_with_store, _try_read)),
    "store.checkpoint": partial(_run, partial(_with_store, _try_checkpoint)),
    "store.hold": partial(_run, partial(_with_store, _try_hold)),
    "store.reopen": partial(_run, partial(_with_store, _try_reopen)),
    "store.open": partial(_run, partial(_over_and_over, _try_open)),
    "store.aclose": partial(_run, partial(_over_and_over, _try_close)),
}
