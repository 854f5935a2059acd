"""A run from its plan to its report: the same plan gives the same report, to the byte."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import trio
from attrs import define, frozen
from trio.testing import MockClock

from chatd.messages import Command
from tests.history.checkers import CHECKERS, judge
from tests.history.events import History, Stored
from tests.history.evidence import gather
from tests.sim import checks, gates, held
from tests.sim.plan import Plan
from tests.sim.world import World

APP = ("O2", "O6", "O7")
"""What the library promises to apps, beyond what the daemon promises to it."""
Keep = Callable[[History, list[Stored]], None]
RUN_S_MAX = 3600
"""Of simulated time: a run that goes on for longer is a finding."""


@frozen
class Report:
    seed: int
    trace: str
    """A hash of all that clients sent and received, when, and of all that is stored."""
    violations: tuple[str, ...]
    counts: Counter[str]
    sent: frozenset[type[Command]]
    """The kinds of commands that clients sent."""
    simulated_s: float
    took_s: float


@define(eq=False)
class _Ended:
    world: World | None = None
    simulated_s: float = 0.0


def run(plan: Plan, keep: Keep | None = None) -> Report:
    """Run `plan` and judge it. `keep` is told the history, and what is stored in the end."""
    _make_deterministic(plan.seed)
    ended, began = _Ended(), time.perf_counter()
    trio.run(_live, plan, ended, clock=MockClock(autojump_threshold=0))
    if ended.world is None:
        raise RuntimeError("the run has not begun")
    if keep is not None:
        waits = _waits(ended.world)
        keep(ended.world.record.named(waits), _stored(ended.world, waits))
    violations = _violations(ended.world)
    return Report(
        seed=plan.seed,
        trace=_trace(ended.world),
        violations=tuple(violations),
        counts=_counts(ended.world),
        sent=frozenset(ended.world.record.sent),
        simulated_s=ended.simulated_s,
        took_s=time.perf_counter() - began,
    )


def _make_deterministic(seed: int) -> None:
    """Let trio take its ready tasks in an order that the seed decides, as its plugin for Hypothesis does."""
    from trio._core import _run as scheduler

    internals: Any = scheduler
    internals._hypothesis_plugin_setup()
    internals._r.seed(f"tasks {seed}")


async def _live(plan: Plan, ended: _Ended) -> None:
    async with trio.open_nursery() as nursery:
        world = ended.world = World(plan, nursery)
        with trio.move_on_after(RUN_S_MAX) as scope:
            await world.run()
        if scope.cancelled_caught:
            world.record.complain("L1 the run did not end")
        ended.simulated_s = trio.current_time()
        nursery.cancel_scope.cancel()


def _waits(world: World) -> list[held.Wait]:
    return held.waits_of(world.disk.entries(), world.disk.tables)


def _stored(world: World, waits: Sequence[held.Wait]) -> list[Stored]:
    return checks.stored(world.disk.entries(), world.disk.tables.rooms, waits)


def _violations(world: World) -> list[str]:
    rooms, waits = world.disk.entries(), _waits(world)
    stored = _stored(world, waits)
    found = [*world.record.complaints]
    found += [str(each) for each in judge(world.record.named(waits), stored).violations]
    evidence = gather(world.told, stored)
    found += [f"in the app: {each}" for name in APP for each in CHECKERS[name](evidence)]
    found += checks.faults_of_store(rooms)
    found += held.faults(waits, world.disk.tables)
    found += gates.faults(rooms, world.guests.vouched)
    found += world.guests.follower.faults(list(world.disk.tables.entries))
    record = world.record
    found += checks.faults_of_view(record.history, record.paged, rooms, record.watched)
    for phone in world.phones:
        found += [f"{phone.client}: {each}" for each in checks.unheard(phone.user, phone.heads, rooms, phone.out)]
    return found


def _counts(world: World) -> Counter[str]:
    waits = _waits(world)
    verdict = judge(world.record.named(waits), _stored(world, waits))
    return world.counts + Counter(
        acked=verdict.acked,
        recovered=verdict.recovered,
        commits=world.disk.commits,
        entries=len(world.disk.tables.entries),
        events=len(world.record.history.events),
        frames=world.record.frames,
        held=len(waits),
        approved=sum(bool(wait.said) for wait in waits),
        starts=world.server.starts,
        streamed=len(world.guests.follower.told),
        lives=sum(phone.lives for phone in world.phones),
    )


def _trace(world: World) -> str:
    trace = world.record.trace.copy()
    for entries in world.disk.entries().values():
        trace.update(entries[-1].hash)
    return str(trace.hexdigest()[:32])
