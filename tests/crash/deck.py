"""How the cycles of a run end: at any moment, or at a failpoint. Dealt, so that every failpoint comes soon."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from attrs import frozen

from tests.crash.failpoints import FAILPOINTS, Failpoint, Phase
from tests.crash.hooks import NO_ORDERS, Orders

ANY_MOMENT = "at any moment"
ANY_MOMENT_PART = 0.3
"""Of all cycles."""
LIFE_CYCLES = 25
"""So many kills one store lives through."""
FULL_BATCH_MAX = 15


@frozen
class Ending:
    name: str
    point: Failpoint | None = None
    """None: SIGKILL from outside."""
    orders: Orders = NO_ORDERS

    def is_of(self, *phases: Phase) -> bool:
        return self.point is not None and self.point.phase in phases


def at_any_moment(plant: str = "") -> Ending:
    return Ending(ANY_MOMENT, None, Orders(plant=plant))


def at(point: Failpoint, chance: Random, plant: str = "") -> Ending:
    """Return an ending at `point`, with chance's choice of the call and the delay."""
    is_full = point.phase is Phase.RECOVERY
    orders = Orders(
        point=point.name,
        call=chance.randint(1, point.calls_max),
        delay_ms=round(chance.uniform(0, point.delay_ms_max), 3),
        full_batch=chance.randint(2, FULL_BATCH_MAX) if is_full else 0,
        full_though_stored=is_full and chance.random() < 0.5,
        plant=plant,
    )
    return Ending(point.name, point, orders)


def lives(cycles: int, chance: Random, plant: str = "") -> Iterator[list[Ending]]:
    """Yield the endings of one store's life after another, `cycles` in all. The first of each is at its first start."""
    first = _shuffled([point for point in FAILPOINTS if point.phase is Phase.FIRST_START], chance)
    later = _shuffled([point for point in FAILPOINTS if point.phase is not Phase.FIRST_START], chance)
    left = cycles
    while left > 0:
        endings = [at(next(first), chance, plant)]
        for _ in range(min(left, LIFE_CYCLES) - 1):
            if chance.random() < ANY_MOMENT_PART:
                endings.append(at_any_moment(plant))
            else:
                endings.append(at(next(later), chance, plant))
        left -= len(endings)
        yield endings


def _shuffled(points: list[Failpoint], chance: Random) -> Iterator[Failpoint]:
    """Yield all points again and again, each time in another order."""
    while True:
        yield from chance.sample(points, len(points))
