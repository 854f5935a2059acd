"""What must hold under stress, as numbers, and what was seen against it. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen

from benchmarks.memory.counted import Inside
from benchmarks.memory.leaks import leaks
from benchmarks.toll import Turn, number
from chatd.server.config import Config, JournalConfig

OFFERED = 10.0
"""So many times what the daemon can do is asked of it."""
GOODPUT_MIN = 0.9
"""It still does so much of what it can do, by the median of all rounds."""
GROWTH_MAX = 1.05
"""Memory that is flat: what is held late in an overload, over what was held early in it."""
REFUSAL_MS_MAX = JournalConfig().busy_wait_ms_max + 100.0
"""A command waits for credit so long before it is refused, and the loop may be so late."""
OTHERS_MAX = 2.0
"""Others' p99, of deliveries and of acks, over what it is alone, or beside the same crowd elsewhere: L2."""
SPARE_KB = 2 * 1024

KIB_A_CONNECTION = 16.0
"""The bar for an idle session is 16 KiB; what a busy one has waiting is counted with the queues."""
KIB_A_ROOM = 4.0
FIXED_KB = 32 * 1024.0
"""Over the daemon just started: caches of SQLite and of heads, tables that grow by doubling, its first sessions."""
QUEUE_COST = 3.0
"""What waits in the journal is held decoded, as an item and encoded, for one byte that it counts."""


@frozen(kw_only=True)
class Held:
    """What a daemon held at one moment."""

    at: float
    rss_kb: int
    connections: int


@frozen(kw_only=True)
class Load:
    """What a daemon was asked to hold, in the terms of M1."""

    rooms: int
    slow_readers: int = 0


def limit_kb(start_kb: int, connections: int, load: Load, config: Config) -> float:
    """Return what M1 allows: RSS <= B0 + Bc * connections + Br * rooms + Q.

    `connections` are the most there were until then, because the allocator keeps what it once needed. Q is what all
    queues may hold by configuration: the journal, the tails, and an outbox for each that does not read.
    """
    queues_bytes = (
        QUEUE_COST * config.journal.bytes_max
        + config.memory.tail_bytes_max
        + load.slow_readers * config.outbox.bytes_max
    )
    fixed_kb = start_kb + FIXED_KB + KIB_A_CONNECTION * connections + KIB_A_ROOM * load.rooms
    return fixed_kb + queues_bytes / 1024


def memory_share(start_kb: int, held: Sequence[Held], load: Load, config: Config) -> float:
    """Return the worst part of M1's limit that was used at any moment; over 1 is a violation."""
    worst, most = 0.0, 0
    for each in held:
        most = max(most, each.connections)
        worst = max(worst, each.rss_kb / limit_kb(start_kb, most, load, config))
    return round(worst, 3)


def growth(held: Sequence[Held]) -> float:
    """Return the median RSS of the last quarter of a time over that of its second; 1 where too little is known."""
    quarter = len(held) // 4
    if not quarter:
        return 1.0
    early = statistics.median(each.rss_kb for each in held[quarter : 2 * quarter])
    late = statistics.median(each.rss_kb for each in held[-quarter:])
    return round(late / early, 3)


@frozen(kw_only=True)
class Round:
    """A closed loop that finds the peak, and then an open one that offers `OFFERED` times as much."""

    peak_per_s: float
    goodput_per_s: float
    grown: float
    refused: int
    accepted_ms: Sequence[float]
    """How long each command of the probes took that was acknowledged."""
    refused_ms: Sequence[float]
    """And each that was refused."""
    lost_acks: int
    """Posts that were acknowledged and are not in their rooms."""
    faults: dict[str, int]
    driver_cpu: float


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` % are not over, by the nearest rank; 0 of none."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return round(ordered[int(rank) - 1], 3) if ordered else 0.0


@frozen(kw_only=True)
class Pair:
    """A turn with a bad neighbour and the turn alone before it."""

    name: str
    alone: Turn
    beside: Turn
    elsewhere: Turn | None = None
    """Beside the same crowd, at another daemon on this machine."""

    def ratio(self, figure: str) -> float:
        """Return a figure over what it is alone."""
        return _ratio(self.beside, self.alone, figure)

    def floor(self, figure: str) -> float:
        """Return what that ratio is where the crowd does nothing to the daemon; 1 of who is no crowd."""
        return _ratio(self.elsewhere or self.alone, self.alone, figure)

    def judged(self, figure: str) -> float:
        """Return what L2 bounds: a figure over its baseline.

        L2 is about what a neighbour does to others through the daemon. Thousands of clients are work for their machine,
        too, and here they share two cores with the daemon and with who measures. So the baseline of a crowd holds that
        work, and only the neighbour not: the same crowd, at the same time, at another daemon.
        """
        return _ratio(self.beside, self.elsewhere or self.alone, figure)


def _ratio(turn: Turn, over: Turn, figure: str) -> float:
    return number(turn.others, figure) / max(0.001, number(over.others, figure))


Found = dict[str, object]
FIGURES = ("delivery_p99_ms", "ack_p99_ms")


def judge_overload(rounds: Sequence[Round]) -> tuple[Found, list[str]]:
    """Return the figures of all rounds together, and what they violate."""
    ratio = statistics.median(each.goodput_per_s / each.peak_per_s for each in rounds)
    grown = statistics.median(each.grown for each in rounds)
    refused_ms = [value for each in rounds for value in each.refused_ms]
    accepted_ms = [value for each in rounds for value in each.accepted_ms]
    faults = dict(sum((Counter(each.faults) for each in rounds), Counter[str]()))
    lost = sum(each.lost_acks for each in rounds)
    found: Found = {
        "peak_per_s": round(statistics.median(each.peak_per_s for each in rounds), 1),
        "goodput_per_s": round(statistics.median(each.goodput_per_s for each in rounds), 1),
        "goodput_ratio": round(ratio, 3),
        "memory_growth": grown,
        "refused": sum(each.refused for each in rounds),
        "probe_accepted": len(accepted_ms),
        "probe_accepted_p99_ms": percentile(accepted_ms, 99),
        "probe_refused": len(refused_ms),
        "probe_refused_p99_ms": percentile(refused_ms, 99),
        "lost_acks": lost,
        "faults": faults,
        "driver_cpu": round(max(each.driver_cpu for each in rounds), 2),
    }
    checks = (
        (ratio >= GOODPUT_MIN, f"goodput is {ratio:.2f} of the peak, at least {GOODPUT_MIN} wanted"),
        (grown <= GROWTH_MAX, f"memory grew to {grown:.3f} times what it was, at most {GROWTH_MAX} wanted"),
        (bool(refused_ms), "no probe was refused: how long refusals take is not known"),
        (percentile(refused_ms, 99) <= REFUSAL_MS_MAX, f"a refusal took {percentile(refused_ms, 99)} ms (p99)"),
        (not lost, f"{lost} acknowledged posts are not in their rooms"),
        (not faults, f"faults: {faults}"),
    )
    return found, [f"overload: {text}" for holds, text in checks if not holds]


def judge_neighbours(pairs: Sequence[Pair]) -> tuple[Found, list[str]]:
    """Return each neighbour's ratios, the medians of all runs, and what they violate."""
    found: Found = {}
    broken: list[str] = []
    for name in dict.fromkeys(pair.name for pair in pairs):
        of_name = [pair for pair in pairs if pair.name == name]
        faults = dict(sum((Counter(pair.beside.faults) for pair in of_name), Counter[str]()))
        figures: Found = {
            "delivery_p99_ratio": _median(pair.ratio("delivery_p99_ms") for pair in of_name),
            "ack_p99_ratio": _median(pair.ratio("ack_p99_ms") for pair in of_name),
            "alone_p99_ms": _median(number(pair.alone.others, "delivery_p99_ms") for pair in of_name),
            "faults": faults,
        }
        if floors := [pair.floor("delivery_p99_ms") for pair in of_name if pair.elsewhere]:
            figures["floor_p99_ratio"] = _median(floors)
        found[name] = figures
        judged = {figure: _median(pair.judged(figure) for pair in of_name) for figure in FIGURES}
        broken += [
            f"{name}: others' {figure} is {value} times" for figure, value in judged.items() if value > OTHERS_MAX
        ]
        if faults:
            broken.append(f"{name}: {faults}")
    return found, broken


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)


def judge_soak(looks: Sequence[Inside], cycles: int) -> tuple[Found, list[str]]:
    """Return what a daemon held before and after so many connections, and what of it is growth."""
    first, last = looks[0].footprint, looks[-1].footprint
    grown_kb = last.uss_kb - first.uss_kb
    leaked = [growth.name for growth in leaks(looks, cycles)]
    if grown_kb > max(SPARE_KB, (GROWTH_MAX - 1) * first.uss_kb):
        leaked.append(f"memory: {grown_kb} KiB of USS")
    found: Found = {
        "connections": cycles,
        "uss_kb": [look.footprint.uss_kb for look in looks],
        "blocks": [look.blocks for look in looks],
        "grown": leaked,
    }
    return found, [f"soak: {name} grew" for name in leaked]
