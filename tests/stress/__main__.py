"""`python -m tests.stress [--minutes M] [--json]`: overload, bad neighbours, and a soak, on real daemons.

Every verdict rests on ratios within one run on one machine, which must have nothing else to do. What is measured:
ten times the load that a daemon can carry; a flood, a reader that stops, 2,000 half-open connections and 5,000 that
come back at once beside others' traffic; memory throughout, against M1's formula; and growth over a soak.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.daemon import DaemonFailed, own_daemon
from benchmarks.descriptors import raise_descriptors
from benchmarks.memory.counted import TAIL_BYTES_MAX, CountFailed
from benchmarks.memory.drops import ROOMS as CHURN_ROOMS
from benchmarks.neighbours import ROOMS as LOAD_ROOMS
from benchmarks.nuisance import NuisanceFailed
from benchmarks.peers.talk import OutOfPatience, TalkFailed
from benchmarks.processes import LoadFailed, tell
from benchmarks.session import SetupFailed
from chatd.server.config import Config, MemoryConfig
from chatd.wire.errors import ProtocolError
from tests.stress import overload, turns
from tests.stress.bounds import Found, Load, judge_neighbours, judge_overload, judge_soak, memory_share
from tests.stress.crowds import STORM_MEMBERS
from tests.stress.probe import ProbeFailed
from tests.stress.soak import soak
from tests.stress.watch import watching

FAILURES = (
    CountFailed,
    DaemonFailed,
    LoadFailed,
    NuisanceFailed,
    OutOfPatience,
    OSError,
    ProbeFailed,
    ProtocolError,
    SetupFailed,
    TalkFailed,
)
TAIL_BYTES = 1024 * 1024
"""The cache of newest posts is small in an overload: else what fills it would look like growth."""

Part = Callable[[argparse.Namespace], tuple[Found, list[str]]]


def _memory(start_kb: int, share: float) -> tuple[Found, list[str]]:
    found: Found = {"start_mb": round(start_kb / 1024, 1), "of_m1": share}
    return found, [f"M1: {share} times the memory that is allowed"] if share > 1 else []


def _overload(options: argparse.Namespace) -> tuple[Found, list[str]]:
    flags = ("--memory.tail-bytes-max", str(TAIL_BYTES))
    config = Config(memory=MemoryConfig(tail_bytes_max=TAIL_BYTES))
    with own_daemon(flags) as daemon, watching(daemon.pid) as watch:
        overload.warm_up(daemon)
        rounds = [overload.one_round(daemon, watch, options.seconds) for _ in range(options.runs)]
    found, broken = judge_overload(rounds)
    start_kb = watch.held[0].rss_kb
    load = Load(rooms=overload.ROOMS * (2 * options.runs + 1))
    memory, over = _memory(start_kb, memory_share(start_kb, watch.held, load, config))
    return {**found, "memory": memory}, broken + over


def _neighbours(options: argparse.Namespace) -> tuple[Found, list[str]]:
    with own_daemon() as daemon, watching(daemon.pid) as watch:
        pairs = list(turns.pairs(daemon, options.seconds, options.runs))
    found, broken = judge_neighbours(pairs)
    turns_of = sum(2 + (pair.elsewhere is not None) for pair in pairs)
    rooms = LOAD_ROOMS * (turns_of + 1) + turns.RECONNECTING // STORM_MEMBERS
    start_kb = watch.held[0].rss_kb
    share = memory_share(start_kb, watch.held, Load(rooms=rooms, slow_readers=1), Config())
    memory, over = _memory(start_kb, share)
    return {**found, "memory": memory}, broken + over


def _soak(options: argparse.Namespace) -> tuple[Found, list[str]]:
    looks, cycles, start_kb, held = soak(options.minutes)
    found, broken = judge_soak(looks, cycles)
    config = Config(memory=MemoryConfig(tail_bytes_max=TAIL_BYTES_MAX))
    memory, over = _memory(start_kb, memory_share(start_kb, held, Load(rooms=CHURN_ROOMS), config))
    return {"minutes": options.minutes, **found, "memory": memory}, broken + over


PARTS: dict[str, Part] = {"overload": _overload, "neighbours": _neighbours, "soak": _soak}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of the soak (default 10)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each overload and each turn (default 10)")
    parser.add_argument("--runs", type=int, default=3, help="overloads, and turns with each neighbour (default 3)")
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated (default: all)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser


def _end(*_: object) -> None:
    """Leave by an exception, so that the daemons are ended, too."""
    sys.exit(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 if all bounds hold, 1 if not or if something could not be measured."""
    parser = _parser()
    options = parser.parse_args(arguments)
    parts = options.parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(PARTS)}")
    if options.minutes <= 0 or options.seconds <= 0 or options.runs < 1:
        parser.error("--minutes and --seconds must be over 0, --runs at least 1")
    raise_descriptors()
    began = time.monotonic()
    found: Found = {}
    broken: list[str] = []
    for part in parts:
        try:
            found[part], violations = PARTS[part](options)
        except FAILURES as error:
            violations = [f"{part} could not be measured: {type(error).__name__}: {error}"]
        for text in violations:
            tell(text)
        broken += violations
    found |= {"broken": broken, "violations": len(broken), "seconds": round(time.monotonic() - began, 1)}
    sys.stdout.write(f"{json.dumps(found, indent=None if options.json else 1)}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
