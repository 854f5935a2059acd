"""A session, a daemon and its drain, cancelled at their every moment while clients talk.

Whatever is torn away, over the same store a new daemon gives every key its one answer: what was told as done is found
where it was told (D1), what was not told happens once when it is sent again (E1), and the seqs are dense (O1).
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import trio
from trio.testing import memory_stream_pair

from chatd.messages import (
    CreateGroup,
    Done,
    FromClient,
    Hello,
    HoldStore,
    ListTokens,
    ReleaseStore,
)
from chatd.model import RoomId
from chatd.server.daemon import Daemon, compose
from chatd.storage.memory import MemoryStore
from chatd.wire import codec
from tests.house import EPOCH, START_MS, House, open_house
from tests.nth import steady
from tests.nth.life import Home, open_home
from tests.nth.remains import hushed, remains
from tests.nth.scene import ADDING, ANA
from tests.nth.scripts import Script, require_dense, require_once, script
from tests.nth.stopper import Violation, at_every_moment, stop_at

PATIENCE_S = 36_000.0
FAREWELL_S = 10.0
HERE = (1, 2)
"""The sessions of the home: bo's, and ana's second device."""


# -- a session ---------------------------------------------------------------------------------------------------------


async def _try_session(home: Home, group: RoomId, n: int) -> bool:
    """A session whose task is cancelled takes nothing with it: no credit, no attachment, and nobody else."""
    near, far = memory_stream_pair()
    said = script(group, n)
    await near.send_all(said.data)
    core = home.house.daemon.core
    accept = partial(home.house.daemon.accept, home.house.nursery, far, None, "memory", operators=False)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(said.hear, near)
        nursery.start_soon(_hang_up, home.house, near)
        stopped = await stop_at(n, accept)
        await trio.aclose_forcefully(far)
    await home.house.rest()
    if left := remains(core, HERE):
        raise Violation(left[0])
    await home.bo.post_on_disk(group, "all is well")
    await require_once(home.house, said)
    await require_dense(home.house, group)
    return stopped.fired


async def _hang_up(house: House, stream: trio.abc.HalfCloseableStream) -> None:
    """Say nothing more once everything has come to rest."""
    await house.rest()
    await stream.send_eof()


async def _session() -> int:
    async with open_home() as home:
        created = await home.desk.ask(CreateGroup(key=home.house.key(), title="mine", members=(home.bo.user,)))
        return await at_every_moment(partial(_try_session, home, created.room))


async def _try_operator(home: Home, n: int) -> bool:
    """An operator's session that is cancelled holds the store's file no more, and the next one may have it."""
    near, far = memory_stream_pair()
    said: Sequence[FromClient] = (Hello(version=1, scheme="operator"), HoldStore(), ListTokens())
    await near.send_all(b"".join(codec.encode(each, request) for request, each in enumerate(said, 1)))
    core = home.house.daemon.core
    accept = partial(home.house.daemon.accept, home.house.nursery, far, None, "memory", operators=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_hang_up, home.house, near)
        stopped = await stop_at(n, accept)
        await trio.aclose_forcefully(far)
    await home.house.rest()
    if left := remains(core, HERE):
        raise Violation(left[0])
    another = await home.house.connect(operators=True)
    await another.hello("", scheme="operator", credential="")
    if [await another.ask(HoldStore()), await another.ask(ReleaseStore())] != [Done(), Done()]:
        raise Violation("the next operator cannot hold the store's file")
    await another.stream.aclose()
    await home.house.rest()
    return stopped.fired


async def _operator() -> int:
    async with open_home() as home:
        return await at_every_moment(partial(_try_operator, home))


# -- a daemon ----------------------------------------------------------------------------------------------------------


def _composed(store: MemoryStore, seed: int) -> Daemon:
    chance = random.Random(seed)
    daemon = compose(ADDING, store, now=lambda: START_MS, salts=lambda: chance.randbytes(16), chance=chance)
    hushed(daemon.core)
    return daemon


async def _populated() -> tuple[MemoryStore, RoomId]:
    store = MemoryStore(EPOCH)
    async with open_house(ADDING, store=store) as house:
        hushed(house.daemon.core)
        ana = await house.enter(ANA)
        created = await ana.ask(CreateGroup(key=house.key(), title="friends"))
    store._usable = True
    return store, created.room


async def _serve(daemon: Daemon, said: Script, nursery: trio.Nursery) -> trio.Event:
    """Let a client talk to `daemon`; return what is set when it has heard the end."""
    near, far = memory_stream_pair()
    over = trio.Event()

    async def accept() -> None:
        await daemon.accept(nursery, far, None, "memory", operators=False)
        await trio.aclose_forcefully(far)

    async def hear() -> None:
        await said.hear(near)
        over.set()

    await near.send_all(said.data)
    nursery.start_soon(accept)
    nursery.start_soon(hear)
    return over


async def _afterwards(store: MemoryStore, said: Script, group: RoomId) -> None:
    store._usable = True
    async with open_house(ADDING, store=store, seed=1) as house:
        hushed(house.daemon.core)
        await require_once(house, said)
        await require_dense(house, group)


async def _try_run(store: MemoryStore, group: RoomId, n: int) -> bool:
    """A daemon that is torn away in the middle of whatever it does."""
    daemon, said = _composed(store, n), script(group, n)

    async def run_until_answered() -> None:
        async with trio.open_nursery() as engine:
            engine.start_soon(daemon.run)
            await said.answered.wait()
            engine.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        await _serve(daemon, said, nursery)
        stopped = await stop_at(n, run_until_answered)
        nursery.cancel_scope.cancel()
    await _afterwards(store, said, group)
    return stopped.fired


async def _run_daemon() -> int:
    store, group = await _populated()
    return await at_every_moment(partial(_try_run, store, group))


async def _try_drain(store: MemoryStore, group: RoomId, n: int) -> bool:
    """A drain that is cut short. One that was not has answered all that it took, and said why it leaves."""
    daemon, said = _composed(store, n), script(group, n)
    async with trio.open_nursery() as engine:
        engine.start_soon(daemon.run)
        async with trio.open_nursery() as nursery:
            over = await _serve(daemon, said, nursery)
            for _ in range(n % 7):
                await trio.lowlevel.checkpoint()
            stopped = await stop_at(n, daemon.drain)
            if not stopped.cancelled:
                with trio.fail_after(FAREWELL_S):
                    await over.wait()
            nursery.cancel_scope.cancel()
        engine.cancel_scope.cancel()
    await _afterwards(store, said, group)
    return stopped.fired


async def _drain() -> int:
    store, group = await _populated()
    return await at_every_moment(partial(_try_drain, store, group))


def _run(function: Callable[[], Awaitable[int]], seed: int) -> int:
    async def bounded() -> int:
        with trio.fail_after(PATIENCE_S):
            return await function()

    return steady.run(bounded, seed=seed, jumps=True)


OPERATIONS: dict[str, Callable[[int], int]] = {
    "daemon.accept": partial(_run, _session),
    "daemon.accept, an operator": partial(_run, _operator),
    "daemon.run": partial(_run, _run_daemon),
    "daemon.drain": partial(_run, _drain),
}
