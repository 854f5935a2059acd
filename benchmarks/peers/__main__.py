"""`python -m benchmarks.peers`: chatd and its peers, in turn, on this machine, by one driver. README.md explains it."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import SubprocessError

from attrs import evolve

from benchmarks.peers import helper
from benchmarks.peers.bars import bars_text, judged
from benchmarks.peers.catalogue import CHATD, FAMILIES, PEERS, Peer
from benchmarks.peers.chart import svg
from benchmarks.peers.duration import about_s, spoken
from benchmarks.peers.earlier import EARLIER, earlier, is_checkout, measure_earlier
from benchmarks.peers.measure import Figures, MeasureFailed, NotFinished, measure
from benchmarks.peers.record import Facts, Record, RecordRefused
from benchmarks.peers.server import ServerFailed
from benchmarks.peers.table import HEADLINES, Measured, rows, text
from benchmarks.peers.talk import TalkFailed
from benchmarks.peers.works import Work, standard
from benchmarks.processes import tell
from benchmarks.session import SetupFailed
from chatd.wire.errors import ProtocolError

WORKS = ("fanout200", "fanout1000", "small", "latency", "idle", "storm")
_DRIVERS_DEFAULT = max(1, min(4, (os.cpu_count() or 2) - 1))
"""A core is the server's."""
_SETTINGS = ("seconds", "latency_seconds", "connections", "clients", "drivers", "python")
"""The options that change what is measured."""

Turn = tuple[int, Work, Peer]
"""The run, from 0, and who does what in it."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--peers", default=",".join(FAMILIES), help="comma-separated; chatd is always measured")
    parser.add_argument("--work", default=",".join(WORKS), help="comma-separated (default: all)")
    parser.add_argument("--runs", type=int, default=1, help="how often every server does every work (default 1)")
    parser.add_argument("--earlier", metavar="CHECKOUT", type=Path, help="measure the chatd of a checkout in turn, too")
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--json", metavar="FILE", type=Path, help="write every figure to FILE, as soon as it is there")
    kept.add_argument(
        "--resume", metavar="FILE", type=Path, help="go on with the run that FILE holds, and keep it there"
    )
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


def turns(peers: Sequence[Peer], works: Sequence[Work], runs: int) -> Iterator[Turn]:
    """Return who does what when: the servers alternate within each work, and another begins each run."""
    for run in range(runs):
        for work in works:
            able = [peer for peer in peers if work.name in peer.works]
            at = run % max(1, len(able))
            for peer in able[at:] + able[:at]:
                yield run, work, peer


def _told(one: Measured) -> str:
    """Return the line that says what came of one turn."""
    if one.failure or one.unfinished:
        said = f"FAILED: {one.failure}" if one.failure else f"not finished: {one.unfinished}"
    else:
        shown = [h.figure for h in HEADLINES if h.work == one.work]
        said = ", ".join(f"{name} {one.figures[name]:,}" for name in shown)
    return f"run {one.run + 1}: {one.work}: {one.peer}: {said}"


def _figures(peer: Peer, work: Work, options: argparse.Namespace, loop_in_c: Path | None) -> Figures:
    if peer.name == EARLIER:
        return measure_earlier(options.earlier, work.name, {name: getattr(options, name) for name in _SETTINGS})
    return measure(peer, work, drivers=options.drivers, loop_in_c=loop_in_c)


def _measured(turn: Turn, options: argparse.Namespace, loop_in_c: Path | None) -> Measured:
    run, work, peer = turn
    began_s = time.monotonic()
    one = Measured(run, peer.name, work.name, {})
    try:
        one = evolve(one, figures=_figures(peer, work, options, loop_in_c))
    except NotFinished as late:
        one = evolve(one, unfinished=f"{late}")
    except (MeasureFailed, ServerFailed, TalkFailed, SetupFailed, ProtocolError, SubprocessError, OSError) as error:
        one = evolve(one, failure=f"{type(error).__name__}: {error}")
    return evolve(one, took_s=round(time.monotonic() - began_s, 1))


def _take(ahead: Sequence[Turn], record: Record, options: argparse.Namespace) -> None:
    """Take every turn, whatever became of those before it. Nothing is tried twice."""
    seconds = sum(about_s(work, peer.name) for _, work, peer in ahead)
    tell(f"to measure: {len(ahead)}, which takes about {spoken(seconds)}")
    with tempfile.TemporaryDirectory(prefix="chatd-peers-") as directory:
        loop_in_c = None if options.python else helper.build(Path(directory))
        if loop_in_c is None:
            tell("driving in Python, which may be slower than the servers")
        for turn in ahead:
            one = _measured(turn, options, loop_in_c)
            tell(_told(one))
            record.add(one)


def machine() -> Facts:
    """Return what the figures depend on beside the servers."""
    return {"cores": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}


def _record(options: argparse.Namespace, parser: argparse.ArgumentParser) -> Record:
    settings = {name: getattr(options, name) for name in _SETTINGS}
    today = time.strftime("%Y-%m-%d", time.gmtime())
    record = Record(settings, machine(), options.resume or options.json, today)
    try:
        if options.resume:
            record.resume()
        record.save()
    except (RecordRefused, OSError) as error:
        parser.error(f"{error}")
    return record


def _print(record: Record, options: argparse.Namespace) -> None:
    durable = {peer.name: peer.durable for peer in (*PEERS, earlier(PEERS[0]))}
    made = rows(record.measured, durable, CHATD)
    facts = ", ".join(f"{name} {value}" for name, value in record.machine.items())
    print(f"Measured on {record.began}: {facts}.\n")
    print(text(made))
    print(f"\n{bars_text(judged(record.measured))}")
    if options.chart:
        options.chart.write_text(svg(made, CHATD), "utf-8")


def is_clean(measured: Sequence[Measured]) -> bool:
    """Return whether nothing failed and nothing was lost, and chatd finished everything."""
    return not any(
        each.failure or each.figures.get("faults") or (each.unfinished and each.peer == CHATD) for each in measured
    )


def _end(*_: object) -> None:
    """Leave by an exception, so that the servers are ended, too."""
    sys.exit(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 if nothing failed and every message arrived, else 1; 2 is for usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if min(options.runs, options.drivers, options.connections, options.clients) < 1:
        parser.error("--runs, --drivers, --connections and --clients must be at least 1")
    if options.earlier and not is_checkout(options.earlier):
        parser.error(f"--earlier {options.earlier}: no checkout of chatd")
    asked = _split(options.peers, FAMILIES, parser)
    peers = [peer for peer in PEERS if peer.family == CHATD or peer.family in asked]
    if options.earlier:
        peers.insert(1, earlier(peers[0]))
    names = [name for work in _split(options.work, WORKS, parser) for name in (work, f"{work}-cold")]
    for line in missing(peers):
        tell(line)
    works = standard(
        seconds=options.seconds,
        latency_seconds=options.latency_seconds,
        connections=options.connections,
        clients=options.clients,
    )
    asked_works = [works[name] for name in names if name in works]
    record = _record(options, parser)
    all_turns = turns([peer for peer in peers if peer.is_installed()], asked_works, options.runs)
    ahead = [turn for turn in all_turns if not record.has(turn[0], turn[1].name, turn[2].name)]
    _take(ahead, record, options)
    _print(record, options)
    return 0 if is_clean(record.measured) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
