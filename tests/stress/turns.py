"""The others' p99 beside each bad neighbour, and in the turn alone before it.

A crowd is also let loose on another daemon on the same machine. What the others lose then they lose to the crowd's own
processes and to a second daemon, on the same two cores: so much of the ratio is the machine's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from attrs import evolve, frozen

from benchmarks.daemon import Daemon, own_daemon, port_of
from benchmarks.neighbours import one_turn
from benchmarks.nuisance import Nuisance
from benchmarks.processes import tell
from benchmarks.toll import Turn, number
from tests.stress.bounds import Pair
from tests.stress.crowds import Be, Order, crowd_of, half_open, not_whole, reconnecting

HALF_OPEN = 2_000
RECONNECTING = 5_000
LONGER_THAN_A_HELLO_S = 15.0
"""So long a turn beside half-open connections lasts at least: the daemon ends those before their hello after 10 s."""


@frozen
class Crowded:
    """A neighbour that is a crowd."""

    name: str
    be: Be
    count: int
    seconds_min: float = 0.0


NEIGHBOURS: tuple[Nuisance | Crowded, ...] = (
    Nuisance.FLOOD_SHARED,
    Nuisance.FLOOD_APART,
    Nuisance.STOPPED_READER,
    Crowded("half-open connections", half_open, HALF_OPEN, LONGER_THAN_A_HELLO_S),
    Crowded("reconnecting at once", reconnecting, RECONNECTING),
)


def turn(
    daemon: Daemon, run: int, kind: Nuisance | Crowded | None, seconds: float, *, at: Daemon | None = None
) -> Turn:
    """Measure once, alone or beside a neighbour, a crowd `at` another daemon if one is given.

    Raises as `benchmarks.neighbours.one_turn`.

    A storm whose clients were not given exactly what they had missed counts as loss.
    """
    if not isinstance(kind, Crowded):
        return one_turn(daemon, run, kind, seconds)
    order = Order(port_of((at or daemon).url), kind.count)
    found = one_turn(daemon, run, None, seconds, crowd=partial(crowd_of, kind.be, order))
    missing = not_whole(found.told) if kind.be is reconnecting else 0
    return evolve(found, others=found.others | {"lost": int(number(found.others, "lost")) + missing})


def _elsewhere(daemon: Daemon, run: int, kind: Crowded, seconds: float) -> Turn:
    """Measure beside a crowd that is busy with another daemon."""
    with own_daemon() as other:
        return turn(daemon, run, kind, seconds, at=other)


def pairs(daemon: Daemon, seconds: float, runs: int) -> Iterator[Pair]:
    """Yield every neighbour's turn with the turn alone before it, `runs` times over. Raises as `beside`."""
    turn(daemon, 0, None, min(1.0, seconds))
    for run in range(1, runs + 1):
        for kind in NEIGHBOURS:
            name, lasts = (kind.name, max(seconds, kind.seconds_min)) if isinstance(kind, Crowded) else (kind, seconds)
            alone = turn(daemon, run, None, lasts)
            pair = Pair(
                name=str(name),
                alone=alone,
                beside=turn(daemon, run, kind, lasts),
                elsewhere=_elsewhere(daemon, run, kind, lasts) if isinstance(kind, Crowded) else None,
            )
            floor = f", beside the crowd elsewhere {pair.floor('delivery_p99_ms'):.2f}" if pair.elsewhere else ""
            ratio = pair.ratio("delivery_p99_ms")
            tell(f"run {run}: {pair.name}: others' p99 {ratio:.2f} times what it is alone{floor}")
            yield pair
