"""The calls of the index over the real bridge, and whole searches, cancelled at their every moment.

What must hold (`chatd.storage.index`): a put that was cancelled has put nothing; an index that was being opened can be
begun again; a search that was cancelled holds no room and leaves the next one its turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from chatd.messages import Search, SearchPage
from chatd.rooms.effects import Actor
from chatd.storage.bridge import Bridge
from chatd.storage.search import SearchIndex
from tests.house import House, open_house
from tests.memory_index import MemoryIndex
from tests.nth import steady
from tests.nth.stopper import Violation, at_every_moment, stop_at
from tests.nth.storing import JOIN_S, PATIENCE_S, descriptors, threads
from tests.server.people import group
from tests.server.searches import fed
from tests.storage.indexes import DEADLINE_S, asked, posted, progress, seqs
from tests.storage.scenes import EPOCH


async def _try_put(index: SearchIndex, n: int) -> bool:
    """Nothing of a put that was cancelled is there, and all of one that returned."""
    before = (await index.begin(EPOCH)).place
    stopped = await stop_at(n, partial(index.put, [posted(n, f"tea x{n}")], progress(n)))
    place = (await index.begin(EPOCH)).place
    there = await seqs(index, f"x{n}") == [n]
    if place != (before if stopped.cancelled else n) or there is stopped.cancelled:
        raise Violation(f"cancelled: {stopped.cancelled}, the place {before} became {place}, found: {there}")
    return stopped.fired


async def _try_find(index: SearchIndex, n: int) -> bool:
    """A search that is cancelled, or not, leaves the next one its turn."""
    await index.put([posted(n, "tea")], progress(n))
    stopped = await stop_at(n, partial(index.find, asked("tea"), deadline_s=DEADLINE_S))
    if len(await seqs(index, "tea")) != n:
        raise Violation("the next search finds something else")
    return stopped.fired


async def _try_begin(index: SearchIndex, n: int) -> bool:
    """An index that was being opened is open, or can be begun again; and what it was closes."""
    stopped = await stop_at(n, partial(index.begin, EPOCH))
    if await index.begin(EPOCH) != progress(7):
        raise Violation("begun again it has come to another place")
    return stopped.fired


async def _with_index(trial: Callable[[SearchIndex, int], Awaitable[bool]], folder: Path) -> int:
    before, opened = threads(), descriptors()
    index = SearchIndex(folder, Bridge())
    await index.begin(EPOCH)
    await index.put([], progress(7))
    try:
        return await at_every_moment(partial(trial, index))
    finally:
        await index.aclose()
        ending = [thread for thread in threads() if thread not in before]
        for thread in ending:
            await trio.to_thread.run_sync(thread.join, JOIN_S)
        left = [thread for thread in ending if thread.is_alive()]
        if left or descriptors() > opened:
            raise Violation(f"left behind: {left}, {descriptors() - opened} descriptors")


def _run(function: Callable[[Path], Awaitable[int]], seed: int) -> int:
    async def bounded(folder: Path) -> int:
        with trio.fail_after(PATIENCE_S):
            return await function(folder)

    with TemporaryDirectory() as folder:
        return steady.run_on_threads(bounded, Path(folder), seed=seed)


async def _try_search(house: House, n: int) -> bool:
    searches, registry = house.daemon.core.pages.searches, house.daemon.core.registry
    actor = Actor(0, "ana")
    stopped = await stop_at(n, partial(searches.page, actor, Search(query="tea")))
    if searches._under_way or registry._loading:
        raise Violation(f"{searches._under_way} searches under way, {len(registry._loading)} rooms held")
    page = await searches.page(actor, Search(query="tea"))
    if not isinstance(page, SearchPage) or len(page.hits) != 3:
        raise Violation(f"the next one is answered with {page}")
    return stopped.fired


async def _search() -> int:
    async with open_house(index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        for _ in range(3):
            await ana.post(room, "tea")
        await fed(house)
        return await at_every_moment(partial(_try_search, house))


OPERATIONS: dict[str, Callable[[int], int]] = {
    "index.put": partial(_run, partial(_with_index, _try_put)),
    "index.find": partial(_run, partial(_with_index, _try_find)),
    "index.begin": partial(_run, partial(_with_index, _try_begin)),
    "searches.page": lambda seed: steady.run(_search, seed=seed),
}
