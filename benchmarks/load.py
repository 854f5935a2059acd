"""`python -m benchmarks.load`: rooms full of connected members, posts at a pace, and what became of them."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence

from attrs import evolve, frozen

from benchmarks.daemon import Daemon, DaemonFailed, own_daemon
from benchmarks.pacing import NS_PER_S
from benchmarks.plan import Plan, Result
from benchmarks.processes import Drivers, LoadFailed, drivers_of, tell
from benchmarks.session import Session, SetupFailed
from benchmarks.stamps import STAMP_BYTES
from benchmarks.summary import Figures, Usage, figures, is_clean, warnings
from chatd.limits import CONTENT_BYTES_MAX, DEFAULTS
from chatd.messages import Done, Ping
from chatd.model import RoomKind
from chatd.wire.errors import ProtocolError

SETTLE_S = 0.5
"""How long connections stay idle before memory is looked at, and before the clock starts."""
RESULT_S_MAX = 60
KINDS = ("group", "broadcast", "live")
_CONTENT_OVERHEAD_BYTES = 64
_DRIVERS_DEFAULT = max(1, min(4, (os.cpu_count() or 2) - 1))
"""A core is the daemon's."""


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    options.add_argument("--kind", choices=KINDS, default="group", help="of the rooms (default group)")
    options.add_argument("--rooms", type=int, default=1, help="rooms (default 1)")
    options.add_argument("--members", type=int, default=200, help="connected members of each room (default 200)")
    options.add_argument("--senders", type=int, default=1, help="members of each room that post (default 1)")
    options.add_argument("--size", type=int, default=100, help="bytes of text in a post (default 100)")
    pace = options.add_mutually_exclusive_group(required=True)
    pace.add_argument("--window", type=int, help="closed loop: posts in flight in all")
    pace.add_argument("--rate", type=float, help="open loop: posts a second in all")
    options.add_argument("--duration", type=float, default=10.0, help="seconds (default 10)")
    options.add_argument("--drain", type=float, default=10.0, help="seconds to wait for what is under way (default 10)")
    options.add_argument("--sample", type=int, help="decode one connection in so many (default: half of --members)")
    options.add_argument("--drivers", type=int, default=_DRIVERS_DEFAULT, help="processes that drive the load")
    options.add_argument("--tls", action="store_true", help="over TLS 1.3, with a certificate made on the spot")
    options.add_argument("--connect", metavar="URL", help="a running daemon that believes any name (chatd serve --dev)")
    options.add_argument("--json", action="store_true", help="print one line of JSON")
    return options


def complaint(options: argparse.Namespace) -> str | None:
    """Return what is wrong with the options, if anything."""
    at_least_one = ("rooms", "members", "senders", "window", "sample", "drivers")
    small = [name for name in at_least_one if getattr(options, name) is not None and getattr(options, name) < 1]
    if small:
        return f"--{small[0]} must be at least 1"
    if options.senders > options.members:
        return "--senders must not be over --members"
    if not STAMP_BYTES <= options.size <= CONTENT_BYTES_MAX - _CONTENT_OVERHEAD_BYTES:
        return f"--size must be within {STAMP_BYTES}..{CONTENT_BYTES_MAX - _CONTENT_OVERHEAD_BYTES}"
    if options.duration <= 0 or options.drain < 0 or (options.rate is not None and options.rate <= 0):
        return "--duration and --rate must be over 0, --drain not under it"
    if options.tls and options.connect:
        return "--tls is for a daemon of one's own, without --connect"
    return None


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the plan that the options ask for; its url is empty unless --connect gives it."""
    return Plan(
        url=options.connect or "",
        rooms=options.rooms,
        members=options.members,
        senders=options.senders,
        size=options.size,
        window=options.window,
        rate=options.rate,
        duration_s=options.duration,
        drain_s_max=options.drain,
        sample=options.sample or max(1, options.members // 2),
        salt=secrets.token_hex(4),
        drivers=min(options.drivers, options.rooms * options.members),
        kind=RoomKind(options.kind),
    )


def daemon_flags(plan: Plan) -> list[str]:
    """Return the flags that a daemon needs for this plan. Only a plan over the default limits changes any."""
    flags: list[str] = []
    if plan.kind is RoomKind.GROUP and plan.members > DEFAULTS.group_members_max:
        flags += ["--limits.group-members-max", str(plan.members)]
    return flags


def _warm_up(plan: Plan) -> None:
    """Make the daemon load what it loads with its first session, so that this is not counted to any connection."""
    session = Session.begin(plan.url, f"load-{plan.salt}-first", plan.authority)
    session.ask(Ping(), Done)
    session.sock.close()


@frozen
class Look:
    """What the daemon has used up to a moment; nothing of one that is not ours to look at."""

    cpu_s: float = 0.0
    rss_kb: int = 0

    @classmethod
    def at(cls, daemon: Daemon | None) -> Look:
        return cls(daemon.cpu_s(), daemon.rss_kb()) if daemon else cls()


def _set_up(plan: Plan, drivers: Drivers, daemon: Daemon | None) -> Look:
    """Connect, create, subscribe. Returns a look at the daemon with all connected and idle."""
    drivers.await_ready()
    time.sleep(SETTLE_S)
    idle = Look.at(daemon)
    tell(f"{plan.rooms * plan.members} connected")
    for phase in ("rooms made", "subscribed", *(("heard out",) if plan.kind is RoomKind.LIVE else ())):
        drivers.go_on()
        drivers.await_ready()
        tell(phase)
    return idle


def run(
    plan: Plan, daemon: Daemon | None, on_start: Callable[[], object] = lambda: None
) -> tuple[Figures, list[Result]]:
    """Carry out `plan`. Returns the figures and what they were made of.

    `daemon` is the one at `plan.url` if it is ours to look at. `on_start` is called when the clock starts. Raises
    LoadFailed, DaemonFailed, SetupFailed, ProtocolError or OSError if the run could not be made; no process of it is
    left then.
    """
    _warm_up(plan)
    before = Look.at(daemon)
    with drivers_of(plan) as drivers:
        idle = _set_up(plan, drivers, daemon)
        start_ns = time.monotonic_ns() + int(SETTLE_S * NS_PER_S)
        drivers.go_on(start_ns)
        drivers.watch(start_ns)
        on_start()
        began = Look.at(daemon)
        drivers.watch(start_ns + int(plan.duration_s * NS_PER_S))
        ended = Look.at(daemon)
        results = drivers.results(plan.drain_s_max + RESULT_S_MAX)
    usage = Usage(
        cpu=(ended.cpu_s - began.cpu_s) / plan.duration_s,
        rss_kb=ended.rss_kb,
        rss_before_kb=before.rss_kb,
        rss_idle_kb=idle.rss_kb,
        connecting_cpu_s=idle.cpu_s - before.cpu_s,
    )
    return figures(plan, results, usage if daemon else Usage()), results


def _run(plan: Plan, *, tls: bool) -> tuple[Figures, list[Result]]:
    if plan.url:
        return run(plan, None)
    with own_daemon(daemon_flags(plan), tls=tls) as daemon:
        return run(evolve(plan, url=daemon.url, authority=daemon.authority), daemon)


def show(found: Figures, *, as_json: bool) -> None:
    """Print the figures: one line of JSON, or one line for each."""
    if as_json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:24} {value}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 if the run was clean, 1 if not or if it could not be made; 2 is for usage."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    if wrong := complaint(options):
        command_line.error(wrong)
    try:
        found, results = _run(plan_of(options), tls=options.tls)
    except (LoadFailed, DaemonFailed, SetupFailed, ProtocolError, OSError) as error:
        tell(f"load: {error}")
        return 1
    for warning in warnings(results, found):
        tell(f"load: {warning}")
    show(found, as_json=options.json)
    return 0 if is_clean(found) else 1


if __name__ == "__main__":
    sys.exit(main())
