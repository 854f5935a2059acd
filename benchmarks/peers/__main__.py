"""`python -m benchmarks.peers`: chatd and its peers, in turn, on this machine, by one driver. README.md explains it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import asdict

from benchmarks.peers import helper
from benchmarks.peers.catalogue import CHATD, FAMILIES, PEERS, Peer
from benchmarks.peers.chart import svg
from benchmarks.peers.measure import MeasureFailed, measure
from benchmarks.peers.server import ServerFailed
from benchmarks.peers.table import HEADLINES, Measured, Row, rows, text
from benchmarks.peers.talk import TalkFailed
from benchmarks.peers.works import Work, standard
from benchmarks.processes import tell
from benchmarks.session import SetupFailed
from chatd.wire.errors import ProtocolError

WORKS = ("fanout200", "fanout1000", "small", "latency", "idle", "storm")
_DRIVERS_DEFAULT = max(1, min(4, (os.cpu_count() or 2) - 1))
"""A core is the server's."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--peers", default=",".join(FAMILIES), help="comma-separated; chatd is always measured")
    parser.add_argument("--work", default=",".join(WORKS), help="comma-separated (default: all)")
    parser.add_argument("--runs", type=int, default=1, help="how often every server does every work (default 1)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure to FILE")
    parser.add_argument("--chart", metavar="FILE", type=Path, help="draw the table to FILE, as SVG")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each closed loop (default 5)")
    parser.add_argument("--latency-seconds", type=float, default=60.0, help="of each open loop (default 60)")
    parser.add_argument("--connections", type=int, default=1000, help="idle connections (default 1000)")
    parser.add_argument("--clients", type=int, default=5000, help="who come back in a storm (default 5000)")
    parser.add_argument("--drivers", type=int, default=_DRIVERS_DEFAULT, help="processes that drive a load")
    parser.add_argument("--python", action="store_true", help="drive in Python even if the helper in C can be compiled")
    return parser


def _split(said: str, known: Sequence[str], parser: argparse.ArgumentParser) -> list[str]:
    names = [name for name in said.split(",") if name]
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"{unknown[0]!r} is none of {', '.join(known)}")
    return names


def missing(peers: Sequence[Peer]) -> list[str]:
    """Return what to say of the peers that are not installed: which, and the one command that brings each."""
    return [f"{peer.name} is not installed; this brings it: {peer.brings}" for peer in peers if not peer.is_installed()]


def turns(peers: Sequence[Peer], works: Sequence[Work], runs: int) -> Iterator[tuple[int, Work, Peer]]:
    """Return who does what when: the servers alternate within each work, and another begins each run."""
    for run in range(runs):
        for work in works:
            able = [peer for peer in peers if work.name in peer.works]
            at = run % max(1, len(able))
            for peer in able[at:] + able[:at]:
                yield run, work, peer


def _measured(run: int, work: Work, peer: Peer, options: argparse.Namespace, library: Path | None) -> Measured:
    try:
        figures = measure(peer, work, drivers=options.drivers, library=library)
    except (MeasureFailed, ServerFailed, TalkFailed, SetupFailed, ProtocolError, OSError) as error:
        tell(f"run {run + 1}: {work.name}: {peer.name}: {type(error).__name__}: {error}")
        return Measured(run, peer.name, work.name, {}, f"{error}" or type(error).__name__)
    shown = [h.figure for h in HEADLINES if h.work == work.name]
    tell(f"run {run + 1}: {work.name}: {peer.name}: " + ", ".join(f"{name} {figures[name]:,}" for name in shown))
    return Measured(run, peer.name, work.name, figures)


def _all(peers: Sequence[Peer], works: Sequence[Work], options: argparse.Namespace) -> list[Measured]:
    with tempfile.TemporaryDirectory(prefix="chatd-peers-") as directory:
        library = None if options.python else helper.build(Path(directory))
        if library is None:
            tell("driving in Python, which may be slower than the servers")
        return [_measured(*turn, options, library) for turn in turns(peers, works, options.runs)]


def machine() -> dict[str, str | int | None]:
    """Return what the figures depend on beside the servers."""
    return {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}


def _write(options: argparse.Namespace, measured: Sequence[Measured], made: Sequence[Row]) -> None:
    if options.json:
        found = {"machine": machine(), "measured": [asdict(each) for each in measured]}
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    if options.chart:
        options.chart.write_text(svg(made, CHATD), "utf-8")


def _end(*_: object) -> None:
    """Leave by an exception, so that the servers are ended, too."""
    sys.exit(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 if every measurement succeeded without a fault, else 1; 2 is for usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if min(options.runs, options.drivers, options.connections, options.clients) < 1:
        parser.error("--runs, --drivers, --connections and --clients must be at least 1")
    asked = _split(options.peers, FAMILIES, parser)
    peers = [peer for peer in PEERS if peer.family == CHATD or peer.family in asked]
    for line in missing(peers):
        tell(line)
    names = [name for work in _split(options.work, WORKS, parser) for name in (work, f"{work}-cold")]
    works = standard(
        seconds=options.seconds,
        latency_seconds=options.latency_seconds,
        connections=options.connections,
        clients=options.clients,
    )
    asked_works = [works[name] for name in names if name in works]
    measured = _all([peer for peer in peers if peer.is_installed()], asked_works, options)
    made = rows(measured, {peer.name: peer.durable for peer in PEERS}, CHATD)
    print(text(made))
    _write(options, measured, made)
    return 0 if all(each.figures.get("faults") == 0 for each in measured) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
