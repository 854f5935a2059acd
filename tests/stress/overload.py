"""Ten times what a daemon can do is asked of it: what it still does, what it says, and what it holds."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Sequence

from attrs import evolve

from benchmarks.daemon import Daemon
from benchmarks.load import run
from benchmarks.plan import Plan, Result
from benchmarks.session import Session
from benchmarks.summary import Figures, accepted_by_room
from benchmarks.toll import number
from chatd.messages import History, HistoryPage
from tests.stress.bounds import OFFERED, Round, growth
from tests.stress.probe import probing
from tests.stress.watch import Watch

ROOMS, MEMBERS, WINDOW = 200, 5, 512
"""The work with many small rooms of `benchmarks.load`: each room has one sender, and five who hear."""
DRAIN_S_MAX = 120.0
FAULTS = ("duplicated", "out_of_order", "unanswered", "closed")
"""What no load may bring about. Who is paused, being slow to read, misses deliveries and no acks."""


def plan(url: str, seconds: float, *, rate: float | None) -> Plan:
    """Return a closed loop, or an open one at `rate`, in rooms of its own."""
    return Plan(
        url=url,
        rooms=ROOMS,
        members=MEMBERS,
        senders=1,
        size=100,
        window=WINDOW if rate is None else None,
        rate=rate,
        duration_s=seconds,
        drain_s_max=DRAIN_S_MAX,
        sample=MEMBERS // 2,
        salt=secrets.token_hex(4),
        drivers=1,
    )


def one_round(daemon: Daemon, watch: Watch, seconds: float) -> Round:
    """Find the peak, offer `OFFERED` times as much, and look. Raises as `benchmarks.load.run`, and ProbeFailed."""
    calm, _ = run(plan(daemon.url, seconds, rate=None), daemon)
    peak_per_s = number(calm, "messages_per_s")
    asked = plan(daemon.url, seconds, rate=OFFERED * peak_per_s)
    began: list[float] = []
    with probing(daemon.url) as probes:

        def on_start() -> None:
            began.append(time.monotonic())
            probes.begin()

        figures, results = run(asked, daemon, on_start)
        probe = probes.end()
    return Round(
        peak_per_s=peak_per_s,
        goodput_per_s=number(figures, "messages_per_s"),
        grown=growth(watch.since(began[0], began[0] + seconds)),
        refused=sum(_refused(figures).values()),
        accepted_ms=probe.accepted_ms,
        refused_ms=probe.refused_ms,
        lost_acks=lost_acks(asked, results),
        faults=faults([calm, figures]),
        driver_cpu=number(figures, "driver_cpu"),
    )


def _refused(figures: Figures) -> dict[str, int]:
    refused = figures["refused"]
    return refused if isinstance(refused, dict) else {}


def faults(loads: Sequence[Figures]) -> dict[str, int]:
    """Return what went wrong in any of them, by kind. A loss counts where nobody was paused for reading slowly."""
    found: Counter[str] = Counter()
    for figures in loads:
        names = FAULTS if number(figures, "paused") else (*FAULTS, "lost")
        found.update({name: int(number(figures, name)) for name in names})
    return {name: count for name, count in found.items() if count}


def lost_acks(asked: Plan, results: Sequence[Result]) -> int:
    """Return how many acknowledged posts are not in their rooms, by the daemon's own count of each room's posts."""
    accepted = accepted_by_room(results)
    return sum(max(0, accepted[room] - posts_in(asked, room)) for room in range(asked.rooms))


def posts_in(asked: Plan, room: int) -> int:
    """Return how many posts a room has, as its owner reads it."""
    owner = Session.begin(asked.url, asked.user(room, 0), device="counting")
    try:
        page = owner.ask(History(room=asked.room_id(room), limit=1), HistoryPage)
    finally:
        owner.sock.close()
    return page.entries[-1].posts if page.entries else 0


def warm_up(daemon: Daemon) -> None:
    """Let the daemon take the memory that any load needs, so that growth is an overload's own."""
    run(evolve(plan(daemon.url, 2.0, rate=None)), daemon)
