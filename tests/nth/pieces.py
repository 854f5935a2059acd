"""The parts of a daemon that wait, cancelled at their every moment: the journal's credit, look-ups, the outbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import trio
from attrs import Factory, define, evolve

from chatd.messages import Post
from chatd.rooms.effects import Actor, Limit
from chatd.rooms.needs import needs
from chatd.server.config import JournalConfig, OutboxConfig
from chatd.server.gate import Gate
from chatd.server.journal import Journal
from chatd.server.outbox import Outbox
from chatd.wire import content
from tests.house import open_house
from tests.nth import steady
from tests.nth.life import open_home
from tests.nth.remains import remains
from tests.nth.scene import ADDING, ANA
from tests.nth.stopper import Violation, at_every_moment, stop_at

PATIENCE_S = 36_000.0
MINE, OTHERS = 7, range(100, 164)
"""Sessions: the one whose call is cancelled, and those that hold credit, each its share."""
ONE = Limit(entries=1, bytes=100)
SHARE = 4
TIGHT = evolve(ADDING, journal=JournalConfig(entries_max=256, batch_entries_max=256, share_entries=SHARE))
Call = Callable[[], Awaitable[object]]


# -- credit ------------------------------------------------------------------------------------------------------------


def _left(journal: Journal) -> tuple[int, int]:
    return journal._entries_left, journal._bytes_left


async def _try_credit(journal: Journal, call: Call, holders: Sequence[int], n: int) -> bool:
    """Cancelled, `call` took no credit; granted, it took its limit and no more. Others held all of it meanwhile."""
    granted = [session for _ in range(SHARE) for session in holders if journal.credit_nowait(ONE, session)]
    before = _left(journal)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_give_back, journal, granted)
        stopped = await stop_at(n, call)
    took = _left(journal) != (journal.config.entries_max, journal.config.bytes_max)
    if stopped.cancelled and took:
        raise Violation(f"cancelled, and credit is taken: {before} left before, {_left(journal)} now")
    if took:
        journal.give_back(ONE, MINE)
    if journal._shares or _left(journal) != (journal.config.entries_max, journal.config.bytes_max):
        raise Violation(f"{_left(journal)} left when all was given back")
    return stopped.fired


async def _give_back(journal: Journal, granted: list[int]) -> None:
    """Let one go after the other, with others' turns between them."""
    for session in granted:
        await trio.lowlevel.checkpoint()
        journal.give_back(ONE, session)


async def _credit(holders: Sequence[int]) -> int:
    async with open_house(TIGHT) as house:
        journal = house.daemon.core.journal
        call = partial(journal.credit, ONE, MINE)
        return await at_every_moment(partial(_try_credit, journal, call, holders))


async def _gate() -> int:
    async with open_house(TIGHT) as house:
        journal = house.daemon.core.journal
        gate = Gate(journal=journal, session=MINE, in_flight_max=1)
        call = partial(gate.take, ONE, keyed=True, operator=False)

        async def trial(n: int) -> bool:
            gate.in_flight = 1
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_answer, gate)
                return await _try_credit(journal, call, [MINE], n)

        return await at_every_moment(trial)


async def _answer(gate: Gate) -> None:
    await trio.lowlevel.checkpoint()
    gate.answered(1)


# -- look-ups ----------------------------------------------------------------------------------------------------------


async def _load() -> int:
    """A look-up that was cancelled holds no room and watches no key; the next one brings what it needs."""
    async with open_home() as home:
        core = home.house.daemon.core
        await home.bo.stream.aclose()
        await home.desk.stream.aclose()
        await home.house.rest()
        actor = Actor(MINE, ANA)

        async def trial(n: int) -> bool:
            for room in list(core.registry.rooms.values()):
                core.registry.forget(room)
            post = Post(room=home.group, key=home.house.key(), content=content.text("hello"), retry=True)
            stopped = await stop_at(n, partial(core.loader.load, actor, needs(actor, post)))
            await home.house.rest()
            if left := remains(core, []):
                raise Violation(left[0])
            await core.loader.load(actor, needs(actor, post))
            if home.group not in core.registry.rooms:
                raise Violation("the room is not in memory after it was loaded")
            return stopped.fired

        return await at_every_moment(trial)


# -- the outbox --------------------------------------------------------------------------------------------------------

FRAMES = [bytes([number]) * 700 for number in range(6)]
SMALL = OutboxConfig(bytes_max=128 * 1024, low_water_bytes=1024)


@define(eq=False)
class _Slow(trio.abc.SendStream):
    """Takes a piece in several steps; whoever cancels it in the middle has torn what it was taking."""

    taken: bytearray = Factory(bytearray)
    torn: bool = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        self.torn = True
        self.taken += data[: len(data) // 2]
        await trio.lowlevel.checkpoint()
        self.taken += data[len(data) // 2 :]
        await trio.lowlevel.checkpoint()
        self.torn = False

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


def _outbox(stream: _Slow, nursery: trio.Nursery) -> Outbox:
    return Outbox(stream, nursery.start_soon, SMALL, lambda: None)


async def _try_waiting(wait: Callable[[Outbox], Call], n: int) -> bool:
    """Cancelling who waits for an outbox changes nothing about what leaves it."""
    stream = _Slow()
    async with trio.open_nursery() as nursery:
        outbox = _outbox(stream, nursery)
        for frame in FRAMES:
            outbox.push(frame)
        stopped = await stop_at(n, wait(outbox))
        outbox.push(FRAMES[0])
        await outbox.drain()
    if bytes(stream.taken) != b"".join([*FRAMES, FRAMES[0]]) or outbox.broken or outbox.queued_bytes:
        raise Violation(f"{len(stream.taken)} bytes left, broken: {outbox.broken}")
    return stopped.fired


async def _try_writer(n: int) -> bool:
    """A writer that is cancelled leaves a prefix with the peer, and an outbox that takes nothing more and says so."""
    stream = _Slow()

    async def write() -> Outbox:
        async with trio.open_nursery() as nursery:
            outbox = kept[0] = _outbox(stream, nursery)
            for frame in FRAMES:
                outbox.push(frame)
            await outbox.drain()
        return outbox

    kept: dict[int, Outbox] = {}
    stopped = await stop_at(n, write)
    sent, outbox = bytes(stream.taken), kept[0]
    whole = sent == b"".join(FRAMES)
    if not b"".join(FRAMES).startswith(sent) or outbox.queued_bytes or outbox._writing:
        raise Violation(f"{len(sent)} bytes left, {outbox.queued_bytes} still queued")
    if not outbox.broken and (stream.torn or not whole):
        raise Violation("frames are lost, and the outbox does not say so")
    if outbox.broken and (not outbox.push(FRAMES[0]) or outbox.queued_bytes):
        raise Violation("a broken outbox takes more")
    return stopped.fired


def _low_water(outbox: Outbox) -> Call:
    return outbox.wait_low_water


def _drain(outbox: Outbox) -> Call:
    return outbox.drain


def _run(function: Callable[[], Awaitable[int]], seed: int) -> int:
    async def bounded() -> int:
        with trio.fail_after(PATIENCE_S):
            return await function()

    return steady.run(bounded, seed=seed, jumps=True)


OPERATIONS: dict[str, Callable[[int], int]] = {
    "journal.credit, free": partial(_run, partial(_credit, ())),
    "journal.credit, own share used": partial(_run, partial(_credit, [MINE])),
    "journal.credit, others hold it": partial(_run, partial(_credit, OTHERS)),
    "gate.take": partial(_run, _gate),
    "loader.load": partial(_run, _load),
    "outbox.drain": partial(_run, partial(at_every_moment, partial(_try_waiting, _drain))),
    "outbox.wait_low_water": partial(_run, partial(at_every_moment, partial(_try_waiting, _low_water))),
    "outbox, its writer": partial(_run, partial(at_every_moment, _try_writer)),
}
