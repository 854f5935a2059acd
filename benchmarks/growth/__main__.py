"""`python -m benchmarks.growth`: what chatd costs as the work grows. README.md says how each curve is measured."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.daemon import DaemonFailed
from benchmarks.growth import chart, connections, depth, known, members, restart, rooms
from benchmarks.growth.curves import Curve, Point, as_json, text
from benchmarks.growth.ground import Ground, TooFewDescriptors
from benchmarks.growth.stores import NoSpace, Shelf
from benchmarks.peers import helper
from benchmarks.peers.__main__ import machine
from benchmarks.peers.measure import Figures, MeasureFailed, NotFinished
from benchmarks.peers.server import ServerFailed
from benchmarks.peers.talk import OutOfPatience, TalkFailed
from benchmarks.processes import tell
from benchmarks.session import SetupFailed
from chatd.storage.base import StoreError
from chatd.wire.errors import ProtocolError

MEASURES: dict[str, tuple[Curve, Callable[[Ground, int], Figures]]] = {
    "members": (members.CURVE, members.point),
    "rooms": (rooms.CURVE, rooms.point),
    "depth": (depth.CURVE, depth.point),
    "connections": (connections.CURVE, connections.point),
    "known": (known.CURVE, known.point),
    "restart": (restart.CURVE, restart.point),
}
_FAILURES = (
    DaemonFailed,
    MeasureFailed,
    NoSpace,
    NotFinished,
    OSError,
    ProtocolError,
    ServerFailed,
    SetupFailed,
    StoreError,
    OutOfPatience,
    TalkFailed,
    TooFewDescriptors,
)
_DRIVERS_DEFAULT = max(1, min(4, (os.cpu_count() or 2) - 1))
"""A core is the daemon's."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--curves", default=",".join(MEASURES), help="comma-separated (default: all)")
    parser.add_argument("--quick", action="store_true", help="the small points alone, to see that the tool works")
    parser.add_argument("--at", metavar="X,X", default="", help="these points instead, of every curve asked for")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure to FILE")
    parser.add_argument("--charts", metavar="DIR", type=Path, help="draw each curve to DIR/NAME.svg")
    parser.add_argument("--stores", metavar="DIR", type=Path, help="keep the filled stores in DIR, and use those there")
    parser.add_argument("--seconds", type=float, help="of each load (default 5; with --quick 1)")
    parser.add_argument("--requests", type=int, help="pages read at each place of a room (default 1000; 200)")
    parser.add_argument("--starts", type=int, help="starts in each state (default 5; 1)")
    return parser


def _numbers(said: str, parser: argparse.ArgumentParser) -> list[int]:
    names = [name.replace("_", "") for name in said.split(",") if name]
    if not all(name.isdigit() and int(name) > 0 for name in names):
        parser.error(f"--at: {said!r} are not sizes")
    return sorted(int(name) for name in names)


def _names(said: str, parser: argparse.ArgumentParser) -> list[str]:
    names = [name for name in said.split(",") if name]
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        parser.error(f"{unknown[0]!r} is none of {', '.join(MEASURES)}")
    return names


def _default(given: float | None, full: float, quick: float, *, is_quick: bool) -> float:
    if given is not None:
        return given
    return quick if is_quick else full


def _ground(options: argparse.Namespace, directory: Path) -> Ground:
    quick = options.quick
    stores = options.stores or directory / "stores"
    stores.mkdir(parents=True, exist_ok=True)
    return Ground(
        directory=directory,
        shelf=Shelf(stores),
        loop_in_c=helper.build(directory),
        drivers=_DRIVERS_DEFAULT,
        seconds=_default(options.seconds, 5.0, 1.0, is_quick=quick),
        requests=int(_default(options.requests, 1000, 200, is_quick=quick)),
        starts=int(_default(options.starts, 5, 1, is_quick=quick)),
        settle_s=0.5 if quick else 2.0,
    )


def measured(name: str, x: int, ground: Ground) -> Point:
    """Return one point. What cannot be measured is told, and a figure with faults is none."""
    began = time.monotonic()
    try:
        values = MEASURES[name][1](ground, x)
    except _FAILURES as error:
        tell(f"{name} {x:,}: {type(error).__name__}: {error}")
        return Point(x=x, failure=(f"{error}" or type(error).__name__).splitlines()[0][:200])
    tell(f"{name} {x:,}: {values}, {time.monotonic() - began:.0f} s")
    if values.get("faults"):
        return Point(x=x, failure=f"{values['faults']:.0f} faults: not every message arrived once, in order, accepted")
    return Point(x=x, values=values)


def _write(options: argparse.Namespace, found: dict[str, list[Point]]) -> None:
    if options.json:
        curves = [as_json(MEASURES[name][0], points) for name, points in found.items()]
        options.json.write_text(json.dumps({"machine": machine(), "curves": curves}, indent=1) + "\n", "utf-8")
    if options.charts:
        options.charts.mkdir(parents=True, exist_ok=True)
        for name, points in found.items():
            (options.charts / f"{name}.svg").write_text(chart.svg(MEASURES[name][0], points), "utf-8")


def _end(*_: object) -> None:
    """Leave by an exception, so that the daemons are ended, too."""
    sys.exit(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 if every point was measured without a fault, else 1; 2 is for usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    names, at = _names(options.curves, parser), _numbers(options.at, parser)
    if any(given is not None and given <= 0 for given in (options.seconds, options.requests, options.starts)):
        parser.error("--seconds, --requests and --starts must be over 0")
    found: dict[str, list[Point]] = {}
    with ExitStack() as stack:
        ground = _ground(options, Path(stack.enter_context(TemporaryDirectory(prefix="chatd-growth-"))))
        for name in names:
            curve = MEASURES[name][0]
            xs = at or (curve.quick if options.quick else curve.xs)
            found[name] = [measured(name, x, ground) for x in xs]
            print(text(curve, found[name]))
    _write(options, found)
    return 1 if any(point.failure for points in found.values() for point in points) else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
