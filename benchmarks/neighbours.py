"""`python -m benchmarks.neighbours`: what a bad neighbour costs the others, beside the same load alone.

100 rooms of 5 at 400 posts a second in all, in an open loop, on a daemon with its default limits. One of the rooms is
shared with the neighbour; the other 99 are "the others". Alone and with each neighbour take turns on one daemon, with
new rooms and users every time. The neighbour begins with the clock, so what it may send at once is measured, too.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from attrs import asdict

from benchmarks.daemon import Daemon, DaemonFailed, own_daemon
from benchmarks.nuisance import Neighbour, Nuisance, NuisanceFailed, Order, Told, neighbour
from benchmarks.pacing import NS_PER_S
from benchmarks.plan import Plan
from benchmarks.processes import Drivers, LoadFailed, drivers_of, tell
from benchmarks.session import SetupFailed
from benchmarks.summary import Usage, figures
from benchmarks.toll import Turn, number, rows, text
from chatd.chain import KEY_BYTES
from chatd.wire.errors import ProtocolError

ROOMS, MEMBERS, RATE = 100, 5, 400.0
SETTLE_S = 0.5
RESULT_S_MAX = 60.0
DRAIN_S_MAX = 20.0
_PHASES_OF_SETUP = 2

LetIn = Callable[[], AbstractContextManager[Neighbour]]
"""Lets a neighbour in, once the rooms are made, and out again."""


def _plan(url: str, rooms: int, rate: float, duration_s: float) -> Plan:
    return Plan(
        url=url,
        rooms=rooms,
        members=MEMBERS,
        senders=1,
        size=100,
        window=None,
        rate=rate,
        duration_s=duration_s,
        drain_s_max=DRAIN_S_MAX,
        sample=1,
        salt=secrets.token_hex(4),
        drivers=1,
    )


def _order(kind: Nuisance, shared: Plan) -> Order:
    return Order(
        url=shared.url,
        kind=kind,
        user=f"nuisance-{shared.salt}",
        owner=shared.user(0, 0),
        room=shared.room_id(0),
        key=secrets.token_bytes(KEY_BYTES),
    )


def _set_up(loads: Sequence[Drivers]) -> None:
    """Connect and make rooms, and return when the nuisance may be let in: nobody is subscribed yet."""
    for phase in range(_PHASES_OF_SETUP):
        for load in loads:
            load.await_ready()
        if phase < _PHASES_OF_SETUP - 1:
            for load in loads:
                load.go_on()


def _subscribe(loads: Sequence[Drivers]) -> None:
    for load in loads:
        load.go_on()
    for load in loads:
        load.await_ready()


def one_turn(daemon: Daemon, run: int, kind: Nuisance | None, duration_s: float, *, crowd: LetIn | None = None) -> Turn:
    """Measure once: alone, beside a nuisance of that kind, or beside whatever `crowd` lets in.

    Raises LoadFailed, NuisanceFailed, SetupFailed, DaemonFailed, ProtocolError or OSError.
    """
    plans = [_plan(daemon.url, rooms, RATE * rooms / ROOMS, duration_s) for rooms in (ROOMS - 1, 1)]
    if kind is not None:
        crowd = partial(neighbour, _order(kind, plans[1]))
    with ExitStack() as stack:
        loads = [stack.enter_context(drivers_of(plan)) for plan in plans]
        _set_up(loads)
        beside = None if crowd is None else stack.enter_context(crowd())
        if beside is not None:
            beside.await_ready()
        _subscribe(loads)
        told, cpu = _play(daemon, loads, beside, duration_s)
        results = [load.results(DRAIN_S_MAX + RESULT_S_MAX) for load in loads]
    others, shared = (figures(plan, result, Usage()) for plan, result in zip(plans, results, strict=True))
    return Turn(run=run, nuisance=kind, others=others, shared=shared, told=told, daemon_cpu=round(cpu, 2))


def _play(
    daemon: Daemon, loads: Sequence[Drivers], beside: Neighbour | None, duration_s: float
) -> tuple[Told | None, float]:
    start_ns = time.monotonic_ns() + int(SETTLE_S * NS_PER_S)
    for load in loads:
        load.go_on(start_ns)
    if beside is not None:
        beside.begin(start_ns)
    time.sleep(SETTLE_S)
    cpu_s = daemon.cpu_s()
    time.sleep(duration_s)
    cpu = (daemon.cpu_s() - cpu_s) / duration_s
    return (None if beside is None else beside.end()), cpu


def turns(kinds: Sequence[Nuisance], runs: int) -> Iterator[tuple[int, Nuisance | None]]:
    """Return who is measured when: alone before every neighbour, and all neighbours once a run."""
    for run in range(1, runs + 1):
        for kind in kinds:
            yield run, None
            yield run, kind


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neighbours", description=__doc__)
    names = ", ".join(each.name.lower() for each in Nuisance)
    parser.add_argument("--kinds", default="", help=f"comma-separated, of {names} (default: all)")
    parser.add_argument("--duration", type=float, default=10.0, help="seconds of each turn (default 10)")
    parser.add_argument("--runs", type=int, default=3, help="turns with each neighbour (default 3)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure to FILE")
    return parser


def _measure(kinds: Sequence[Nuisance], options: argparse.Namespace) -> list[Turn]:
    measured: list[Turn] = []
    with own_daemon() as daemon:
        # The first turn of a daemon pays for what is loaded but once.
        one_turn(daemon, 0, None, min(1.0, options.duration))
        for run, kind in turns(kinds, options.runs):
            turn = one_turn(daemon, run, kind, options.duration)
            measured.append(turn)
            p99_ms = number(turn.others, "delivery_p99_ms")
            tell(f"run {run}: {kind or 'alone'}: the others' p99 {p99_ms} ms")
    return measured


def _as_json(measured: Sequence[Turn]) -> dict[str, Any]:
    found = [{**asdict(row), "holds": row.holds} for row in rows(measured)]
    return {"rows": found, "turns": [asdict(turn) for turn in measured]}


def _end(*_: object) -> None:
    """Leave by an exception, so that the daemon is ended, too."""
    sys.exit(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 if every neighbour is within the bar, 1 if not or on failure; 2 is for usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    asked = [name for name in options.kinds.split(",") if name] or [each.name.lower() for each in Nuisance]
    known = {each.name.lower(): each for each in Nuisance}
    if unknown := [name for name in asked if name not in known]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(known)}")
    if options.duration <= 0 or options.runs < 1:
        parser.error("--duration must be over 0, --runs at least 1")
    try:
        measured = _measure([known[name] for name in asked], options)
    except (LoadFailed, NuisanceFailed, DaemonFailed, SetupFailed, ProtocolError, OSError) as error:
        tell(f"neighbours: {type(error).__name__}: {error}")
        return 1
    print(text(measured))
    if options.json:
        options.json.write_text(json.dumps(_as_json(measured), indent=1) + "\n", "utf-8")
    return 0 if all(row.holds for row in rows(measured)) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
