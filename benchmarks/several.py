"""`python -m benchmarks.several`: several daemons side by side on this machine, each with rooms of its own.

Each has its own data and is given the small-groups work, 200 rooms of 5 with 512 posts in flight, by a driver of its
own, all at the same time: as if rooms were spread over them by a hash. So one sees what one process leaves unused of
the machine, and who uses it: event loops, the threads of the stores, drivers. benchmarks/cluster.md explains the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from attrs import asdict, frozen

from benchmarks.daemon import Daemon, DaemonFailed, port_of
from benchmarks.descriptors import raise_descriptors
from benchmarks.footprint import Processor, idle_s
from benchmarks.pacing import NS_PER_S
from benchmarks.peers import helper
from benchmarks.peers.measure import (
    PHASE_S_MAX,
    MeasureFailed,
    NotFinished,
    await_phase,
    driving,
    go_on,
    load_figures,
    next_word,
)
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.talk import TalkFailed
from benchmarks.peers.works import Job, Kind, LoadSeen, Work
from benchmarks.processes import tell
from benchmarks.session import SetupFailed
from chatd.wire.errors import ProtocolError

ROOMS, MEMBERS, WINDOW = 200, 5, 512
SETTLE_S = 0.5
_PHASES_OF_SETUP = 3


@frozen(kw_only=True)
class Share:
    """What one daemon of several did, in the seconds of the load."""

    messages_per_s: float
    p50_ms: float
    p99_ms: float
    loop: float
    """Cores that its event loop used."""
    store: float
    """Cores that its other threads used: those of the store."""
    driver: float
    """Cores that its driver used."""
    commits: int
    """Transactions, and so fsyncs, from the first connection to the last: those of the setup were another process's."""
    faults: float
    """Posts lost, doubled, out of order or refused, and so on, as benchmarks.peers counts them."""


@frozen(kw_only=True)
class Measured:
    """One measurement of so many daemons."""

    processes: int
    run: int
    idle: float
    """Cores that nobody used."""
    shares: list[Share]

    @property
    def messages_per_s(self) -> float:
        return sum(share.messages_per_s for share in self.shares)

    @property
    def rest(self) -> float:
        """Cores that the kernel's own work and everybody else on the machine used: little, or nothing here counts."""
        ours = sum(share.loop + share.store + share.driver for share in self.shares)
        return max(0.0, (os.cpu_count() or 1) - self.idle - ours)


def commits_of(log: str) -> int:
    """Return how many transactions a daemon made, from its log. Raises DaemonFailed if it did not tell."""
    for line in reversed(log.splitlines()):
        told: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
        if told.get("event") == "stopped":
            return int(told["commits"])
    raise DaemonFailed(f"a daemon that stopped did not tell its counters: {log[-200:]!r}")


@contextmanager
def _daemons(count: int) -> Generator[list[Daemon], None, None]:
    """Run so many daemons, each in a temporary directory. Whatever happens inside, all of it is gone after it."""
    with ExitStack() as stack:
        daemons: list[Daemon] = []
        for _ in range(count):
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="chatd-bench-"))
            daemon = Daemon(Path(directory), log_level="info")
            stack.callback(daemon.kill)
            daemon.start()
            daemons.append(daemon)
        yield daemons


def _job(daemon: Daemon, work: Work, loop_in_c: Path | None) -> Job:
    """Make the rooms, and start the daemon again, so that its counters know nothing of that."""
    speech = chatd_rooms(port_of(daemon.url), work)
    daemon.stop()
    daemon.start()
    return Job(work=work, speech=speech, port=port_of(daemon.url), loop_in_c=loop_in_c)


def measure(processes: int, run: int, seconds: float, loop_in_c: Path | None) -> Measured:
    """Load so many daemons at the same time. `loop_in_c` is the driver's loop in C, None for the one in Python.

    Raises DaemonFailed, MeasureFailed, SetupFailed, TalkFailed, ProtocolError, OSError or psutil.Error.
    """
    work = Work(name="small", kind=Kind.LOAD, rooms=ROOMS, members=MEMBERS, window=WINDOW, seconds=seconds)
    with _daemons(processes) as daemons:
        jobs = [_job(daemon, work, loop_in_c) for daemon in daemons]
        with driving(jobs) as pipes:
            used, idle, seen = _play(daemons, work, pipes)
        for daemon in daemons:
            daemon.stop()
        commits = [commits_of(daemon.log_path.read_text("utf-8")) for daemon in daemons]
    shares = [_share(work, *each) for each in zip(used, seen, commits, strict=True)]
    return Measured(processes=processes, run=run, idle=round(idle / seconds, 2), shares=shares)


def _play(
    daemons: Sequence[Daemon], work: Work, pipes: Sequence[Connection[Any, Any]]
) -> tuple[list[Processor], float, list[LoadSeen]]:
    """Return what each daemon used, what the machine did not, and what each driver saw."""
    for phase in range(_PHASES_OF_SETUP):
        await_phase(pipes)
        if phase < _PHASES_OF_SETUP - 1:
            go_on(pipes)
    go_on(pipes, time.monotonic_ns() + int(SETTLE_S * NS_PER_S))
    time.sleep(SETTLE_S)
    before, idle_before_s = [Processor.of(daemon.pid) for daemon in daemons], idle_s()
    time.sleep(work.seconds)
    idle = idle_s() - idle_before_s
    used = [Processor.of(daemon.pid).since(earlier) for daemon, earlier in zip(daemons, before, strict=True)]
    seen = [next_word(pipe, work.drain_s_max + PHASE_S_MAX) for pipe in pipes]
    if unfit := [word for word in seen if not isinstance(word, LoadSeen)]:
        raise MeasureFailed(f"a driver said {unfit[0]!r} at the end")
    return used, idle, [word for word in seen if isinstance(word, LoadSeen)]


def _share(work: Work, used: Processor, seen: LoadSeen, commits: int) -> Share:
    found = load_figures(work, [seen])
    return Share(
        messages_per_s=found["messages_per_s"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        loop=round(used.main_s / work.seconds, 2),
        store=round(used.others_s / work.seconds, 2),
        driver=round(seen.cpu, 2),
        commits=commits,
        faults=found["faults"],
    )


def _median(numbers: Sequence[float]) -> float:
    return statistics.median(numbers)


def _row(of_count: Sequence[Measured], alone: float, seconds: float) -> str:
    shares = [share for each in of_count for share in each.shares]
    total = _median([each.messages_per_s for each in of_count])
    return (
        f"{of_count[0].processes:>9} {total:>10,.0f} {total / alone:>6.2f}"
        f" {_median([share.p50_ms for share in shares]):>8.1f} {_median([share.p99_ms for share in shares]):>8.1f}"
        f" {_median([share.loop for share in shares]):>11.2f} {_median([share.store for share in shares]):>12.2f}"
        f" {_median([share.driver for share in shares]):>12.2f} {_median([each.idle for each in of_count]):>6.2f}"
        f" {_median([each.rest for each in of_count]):>6.2f}"
        f" {_median([sum(share.commits for share in each.shares) for each in of_count]) / seconds:>9,.0f}"
        f" {sum(share.faults for share in shares):>7,.0f}"
    )


def table(measured: Sequence[Measured], seconds: float) -> str:
    """Return a line for each number of processes, with medians; the ratio is that to the first number."""
    counts = dict.fromkeys(each.processes for each in measured)
    by_count = [[each for each in measured if each.processes == count] for count in counts]
    alone = _median([each.messages_per_s for each in by_count[0]]) or 1.0
    head = (
        f"{'processes':>9} {'messages/s':>10} {'ratio':>6} {'p50 ms':>8} {'p99 ms':>8}"
        f" {'loop, each':>11} {'store, each':>12} {'driver, each':>12} {'idle':>6} {'rest':>6}"
        f" {'commits/s':>9} {'faults':>7}"
    )
    note = f"loop, store, driver, idle and the rest in cores, of {os.cpu_count()}; commits of all processes together"
    return "\n".join([head, *(_row(of_count, alone, seconds) for of_count in by_count), note])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several", description=__doc__)
    parser.add_argument("--processes", default="1,2", help="how many daemons, comma-separated, in turn (default 1,2)")
    parser.add_argument("--runs", type=int, default=3, help="turns of each number (default 3)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each load (default 5)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write every figure to FILE")
    return parser


def _all(counts: Sequence[int], options: argparse.Namespace) -> list[Measured]:
    raise_descriptors()
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="chatd-bench-") as directory:
        loop_in_c = helper.build(Path(directory))
        if loop_in_c is None:
            tell("driving in Python, which takes more of the machine than the daemons leave")
        for run in range(1, options.runs + 1):
            for count in counts:
                measured.append(measure(count, run, options.seconds, loop_in_c))
                tell(f"run {run}: {count} processes: {measured[-1].messages_per_s:,.0f} messages/s")
    return measured


def _end(*_: object) -> None:
    """Leave by an exception, so that the daemons are ended, too."""
    sys.exit(1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 if all was measured without a fault, else 1; 2 is for usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    counts = [int(word) if word.isdigit() else 0 for word in options.processes.split(",")]
    if min(counts) < 1 or options.runs < 1 or options.seconds <= 0:
        parser.error("--processes and --runs must be at least 1, --seconds over 0")
    try:
        measured = _all(counts, options)
    except (
        DaemonFailed, MeasureFailed, NotFinished, SetupFailed, TalkFailed, ProtocolError, OSError, psutil.Error,
    ) as error:  # fmt: skip
        tell(f"several: {type(error).__name__}: {error}")
        return 1
    print(table(measured, options.seconds))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in measured], indent=1) + "\n", "utf-8")
    return 0 if not any(share.faults for each in measured for share in each.shares) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
