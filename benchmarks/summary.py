"""What the drivers saw -> the figures of one load run. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from attrs import frozen

from benchmarks.latency import Latencies
from benchmarks.plan import Plan, Received, Result

BOTTLENECK_CPU = 0.9
"""A driver process that used more of its core than this measured itself as much as the daemon."""
_FAULTS = ("lost", "duplicated", "out_of_order", "uneven_bytes", "unanswered", "closed")


@frozen(kw_only=True)
class Usage:
    """What the daemon used. None throughout for a daemon that is not ours to look at."""

    cpu: float | None = None
    """CPU seconds a second, while the clock ran."""
    rss_kb: int | None = None
    """At the end of the run."""
    rss_before_kb: int | None = None
    """Before the first connection of the run."""
    rss_idle_kb: int | None = None
    """With all connected and nothing said."""
    connecting_cpu_s: float | None = None
    """CPU seconds between those two looks."""


Figure = int | float | str | None | dict[str, int]
Figures = dict[str, Figure]


def accepted_by_room(results: Sequence[Result]) -> Counter[int]:
    """Return how many posts were acknowledged in each room."""
    accepted: Counter[int] = Counter()
    for result in results:
        accepted.update(result.accepted)
    return accepted


def missed(received: Sequence[Received], accepted: Mapping[int, int]) -> tuple[int, int]:
    """Return how many deliveries are lost and how many are too many: each connection expects each post of its room."""
    differences = [accepted.get(each.room, 0) - each.count for each in received]
    return sum(max(0, each) for each in differences), sum(max(0, -each) for each in differences)


def uneven(received: Sequence[Received]) -> int:
    """Return how many listeners were given another number of bytes than most of their room.

    Who listens to the same room is given the same bytes. Senders are not compared: their acks are their own.
    """
    by_room: dict[int, Counter[int]] = {}
    for each in received:
        if not each.is_sender:
            by_room.setdefault(each.room, Counter())[each.bytes] += 1
    return sum(sizes.total() - max(sizes.values()) for sizes in by_room.values())


def _memory(plan: Plan, usage: Usage) -> Figures:
    before, idle, connecting_s = usage.rss_before_kb, usage.rss_idle_kb, usage.connecting_cpu_s
    connections = plan.rooms * plan.members
    grown = None if before is None or idle is None else round((idle - before) / connections, 1)
    return {
        "daemon_cpu": None if usage.cpu is None else round(usage.cpu, 2),
        "daemon_rss_mb": None if usage.rss_kb is None else round(usage.rss_kb / 1024, 1),
        "rss_per_connection_kb": grown,
        "cpu_per_session_ms": None if connecting_s is None else round(connecting_s / connections * 1000, 2),
    }


def _speed(plan: Plan, results: Sequence[Result]) -> Figures:
    acks = Latencies.of(result.ack_us for result in results)
    deliveries = Latencies.of(result.delivery_us for result in results)
    return {
        "messages_per_s": round(sum(result.acked for result in results) / plan.duration_s, 1),
        "deliveries_per_s": round(sum(result.delivered for result in results) / plan.duration_s, 1),
        "ack_p50_ms": acks.percentile_ms(50),
        "ack_p99_ms": acks.percentile_ms(99),
        "delivery_p50_ms": deliveries.percentile_ms(50),
        "delivery_p99_ms": deliveries.percentile_ms(99),
        "delivery_p999_ms": deliveries.percentile_ms(99.9),
        "delivery_samples": deliveries.samples,
    }


def _faults(results: Sequence[Result]) -> Figures:
    received = [each for result in results for each in result.received]
    lost, duplicated = missed(received, accepted_by_room(results))
    refused: Counter[str] = Counter()
    for result in results:
        refused.update(result.refused)
    return {
        "lost": lost,
        "duplicated": duplicated,
        "out_of_order": sum(result.out_of_order for result in results),
        "uneven_bytes": uneven(received),
        "unanswered": sum(result.unanswered for result in results),
        "closed": sum(result.closed for result in results),
        "paused": sum(result.paused for result in results),
        "unsent": sum(result.unsent for result in results),
        "refused": dict(refused),
    }


def figures(plan: Plan, results: Sequence[Result], usage: Usage) -> Figures:
    """Return every figure of a run by its name, as README.md explains them."""
    return {
        "rooms": plan.rooms,
        "members": plan.members,
        "senders": plan.senders,
        "size": plan.size,
        "window": plan.window,
        "rate": plan.rate,
        "duration_s": plan.duration_s,
        "tls": bool(plan.authority),
        **_speed(plan, results),
        **_faults(results),
        **_memory(plan, usage),
        "driver_cpu": round(sum(result.cpu for result in results), 2),
    }


def is_clean(found: Figures) -> bool:
    """Return whether every acknowledged post reached every member once, in order, and every post was answered."""
    return not any(found[name] for name in _FAULTS)


def warnings(results: Sequence[Result], found: Figures) -> list[str]:
    """Return what a reader must know before believing the figures."""
    said: list[str] = []
    busiest = max(result.cpu for result in results)
    if busiest > BOTTLENECK_CPU:
        said.append(f"the driver is the bottleneck: a process of it used {busiest:.2f} cores")
    if found["unsent"]:
        said.append(f"{found['unsent']} posts were due and never sent: the rate is over what the daemon takes")
    if found["refused"]:
        said.append(f"the daemon refused posts: {found['refused']}")
    if found["paused"]:
        said.append("the daemon paused readers that were too slow: what they missed counts as lost")
    return said
