"""`python -m benchmarks.memory`: what connections and rooms cost in memory, and whether anything stays of them.

Connections, burst and rooms are measured of a daemon that was started as `chatd serve`, from outside. The cycles are
measured of the same daemon started by `benchmarks.memory.counted`, because only from inside objects can be counted.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from attrs import asdict

from benchmarks.daemon import DaemonFailed
from benchmarks.descriptors import raise_descriptors
from benchmarks.memory.connections import POST_BYTES, POSTS, ROUNDS, Lost, burst, idle
from benchmarks.memory.counted import CountFailed
from benchmarks.memory.idle_rooms import WAVES, idle_rooms
from benchmarks.memory.leaks import CYCLES_MIN, Growth, Seen, growths, leaks, many_cycles
from benchmarks.memory.stages import Stage, each_kb, kept_kb, table
from benchmarks.peers.talk import TalkFailed
from benchmarks.processes import tell
from benchmarks.session import SetupFailed
from chatd.wire.errors import ProtocolError

PARTS = ("connections", "burst", "rooms", "cycles")
_ROOMS_MIN = 16
"""The least that `memory.rooms_max` may be."""
_SHOWN = 8

Found = dict[str, Any]


def _each(what: str, figures: Found) -> str:
    return f"{what}: {figures['rss_kb']:.2f} KiB of RSS, {figures['uss_kb']:.2f} KiB of USS"


def _stages(stages: Sequence[Stage], each: Found, kept: list[int], said: str) -> tuple[Found, str]:
    shown = [table(stages), said, "over the start of the first round, all gone, by round: " + _all(kept, " KiB of USS")]
    return {"stages": [asdict(stage) for stage in stages], "each": each, "kept_kb": kept}, "\n".join(shown)


def _all(numbers: Sequence[int], unit: str) -> str:
    return ", ".join(f"{number:,}" for number in numbers) + unit


def _connections(options: argparse.Namespace) -> tuple[Found, str]:
    stages = idle(options.connections)
    each = dict(each_kb(stages, "start", "connected", options.connections))
    return _stages(stages, each, kept_kb(stages, "start", "gone"), _each("an idle connection", each))


def _burst(options: argparse.Namespace) -> tuple[Found, str]:
    stages = burst(options.connections)
    count = min(stage.footprint.descriptors for stage in stages if stage.name == "listening")
    count -= next(stage.footprint.descriptors for stage in stages if stage.name == "start")
    listening = dict(each_kb(stages, "start", "listening", count))
    rested = dict(each_kb(stages, "start", "after the burst", count))
    said = "\n".join(
        (
            _each("a connection that listens to a room", listening),
            _each(f"the same after {POSTS} posts of {POST_BYTES} bytes, all read", rested),
        )
    )
    each = {"listening": listening, "after the burst": rested}
    return _stages(stages, each, kept_kb(stages, "start", "gone"), said)


def _rooms(options: argparse.Namespace) -> tuple[Found, str]:
    stages = idle_rooms(options.rooms)
    each = dict(each_kb(stages, "connected", "listening", options.rooms))
    said = _each("an idle room that somebody listens to", each)
    said += f"\nthe daemon may keep {options.rooms:,} rooms; each of {WAVES} waves has others"
    return _stages(stages, each, kept_kb(stages, "start", "gone"), said)


def _line(growth: Growth) -> str:
    return f"  {growth.name:44} {_all(growth.counts, '')}"


def _cycles(options: argparse.Namespace) -> tuple[Found, str]:
    seen = many_cycles(options.cycles)
    leaked = leaks(seen.looks, seen.cycles)
    found = {
        "cycles": seen.cycles,
        "ended": seen.ended,
        "looks": [asdict(look) for look in seen.looks],
        "leaked": [asdict(growth) for growth in leaked],
    }
    return found, "\n".join(_cycle_lines(seen, leaked))


def _cycle_lines(seen: Seen, leaked: Sequence[Growth]) -> list[str]:
    footprints = [look.footprint for look in seen.looks]
    totals = (
        Growth("descriptors", tuple(each.descriptors for each in footprints)),
        Growth("threads", tuple(each.threads for each in footprints)),
        Growth("USS KiB", tuple(each.uss_kb for each in footprints)),
        Growth("blocks of memory", tuple(look.blocks for look in seen.looks)),
        Growth("tracked objects", tuple(sum(look.objects.values()) for look in seen.looks)),
    )
    ended = ", ".join(f"{count:,} {kind}" for kind, count in seen.ended.items())
    return [
        f"{sum(seen.ended.values()):,} connections, with the warm-up: {ended}",
        "after the warm-up, and then after each part of the cycles:",
        *map(_line, totals),
        "the types that grew most:",
        *map(_line, growths(seen.looks)[:_SHOWN]),
        *(["LEAKED:", *map(_line, leaked)] if leaked else ["nothing leaked"]),
    ]


MEASURES: dict[str, Callable[[argparse.Namespace], tuple[Found, str]]] = {
    "connections": _connections,
    "burst": _burst,
    "rooms": _rooms,
    "cycles": _cycles,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--connections", type=int, default=5000, help=f"of each of {ROUNDS} rounds (default 5000)")
    parser.add_argument("--rooms", type=int, default=5000, help=f"of each of {WAVES} waves (default 5000)")
    parser.add_argument("--cycles", type=int, default=100_000, help="connections for the leaks (default 100000)")
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated (default: all)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure to FILE")
    return parser


def _end(*_: object) -> None:
    """Leave by an exception, so that the daemon is ended, too."""
    sys.exit(1)


def _measure(parts: Sequence[str], options: argparse.Namespace) -> Found:
    found: Found = {}
    for part in parts:
        figures, said = MEASURES[part](options)
        print(f"\n{part}\n{said}", flush=True)
        found[part] = figures
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 1 if something leaked or the measurement failed, else 0; 2 is for usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    parts = options.parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"{unknown[0]!r} is none of {', '.join(PARTS)}")
    if options.connections < 1 or options.cycles < CYCLES_MIN or options.rooms < _ROOMS_MIN:
        parser.error(f"--connections must be at least 1, --cycles {CYCLES_MIN}, --rooms {_ROOMS_MIN}")
    raise_descriptors()
    try:
        found = _measure(parts, options)
    except (DaemonFailed, CountFailed, Lost, SetupFailed, TalkFailed, ProtocolError, OSError, psutil.Error) as error:
        tell(f"memory: {type(error).__name__}: {error}")
        return 1
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 1 if found.get("cycles", {}).get("leaked") else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
