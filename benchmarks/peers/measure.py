"""One work on one server: start it, let the drivers play, and turn what they saw into figures."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from benchmarks.descriptors import raise_descriptors
from benchmarks.latency import Latencies
from benchmarks.pacing import NS_PER_S
from benchmarks.peers.catalogue import Peer
from benchmarks.peers.crowd import STORM_S_MAX
from benchmarks.peers.drive import WARM_CONNECTIONS, drive
from benchmarks.peers.server import Server, own_server
from benchmarks.peers.works import Failed, Heard, Job, Kind, LoadSeen, Ready, StormSeen, Unfinished, Word, Work

PHASE_S_MAX = 300.0
SETTLE_S = 0.5
IDLE_SETTLE_S = 2.0
COLD_SETTLE_S = 2.0
"""A server that saves now and then has this long to do it, before it is killed."""
_PHASES_OF_LOAD = 3
_END_S_MAX = 5.0

Figures = dict[str, float]
"""By name. `faults` counts what was lost, doubled, out of order, uneven, refused or closed: 0 of a clean run."""


class MeasureFailed(RuntimeError):
    """A driver did not get through. `str()` says what it saw."""


class NotFinished(RuntimeError):
    """The server was still at it when the stated patience was over. `str()` says how far it was."""


def next_word(pipe: Connection[Any, Any], seconds_max: float) -> Word:
    """Return what a driver tells next.

    Raises MeasureFailed if that is nothing, or that it has given up, and NotFinished if its patience was over.
    """
    if not pipe.poll(seconds_max):
        raise MeasureFailed(f"a driver said nothing for {seconds_max} s")
    try:
        word: Word = pipe.recv()
    except EOFError:
        raise MeasureFailed("a driver ended without a word") from None
    if isinstance(word, Failed):
        raise MeasureFailed(word.text)
    if isinstance(word, Unfinished):
        raise NotFinished(word.text)
    return word


def await_phase(pipes: Sequence[Connection[Any, Any]]) -> None:
    """Return when every driver is through a phase. Raises MeasureFailed."""
    for pipe in pipes:
        word = next_word(pipe, PHASE_S_MAX)
        if not isinstance(word, Ready):
            raise MeasureFailed(f"a driver said {word!r} in the middle")


def go_on(pipes: Sequence[Connection[Any, Any]], start_ns: int = 0) -> None:
    """Let every driver begin its next phase; the last one is the run, from `start_ns` on."""
    for pipe in pipes:
        pipe.send(start_ns)


@contextmanager
def driving(jobs: Sequence[Job]) -> Generator[list[Connection[Any, Any]], None, None]:
    """Run each job in a process of its own. Whatever happens inside, they are gone after it."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection[Any, Any]] = []
    processes: list[SpawnProcess] = []
    try:
        for job in jobs:
            ours, theirs = context.Pipe()
            pipes.append(ours)
            process = context.Process(target=drive, args=(job, theirs), daemon=True)
            process.start()
            processes.append(process)
            theirs.close()
        yield pipes
        for process in processes:
            process.join(_END_S_MAX)
    finally:
        for process in processes:
            process.kill()
            process.join()
        for pipe in pipes:
            pipe.close()


def measure(peer: Peer, work: Work, *, drivers: int, loop_in_c: Path | None) -> Figures:
    """Return the figures of one work on a new server. `loop_in_c` is the loop in C, None for the one in Python.

    Raises NotFinished if the server was too slow for the driver's patience, and MeasureFailed, ServerFailed,
    TalkFailed, SetupFailed, ProtocolError or OSError if it could not be done; no process of it is left then.
    """
    raise_descriptors()
    with own_server(peer.launch) as server:
        speech = peer.prepare(server.place.port, work)
        several = drivers if work.kind is Kind.LOAD else 1
        jobs = [
            Job(work=work, speech=speech, port=server.place.port, driver=each, drivers=several, loop_in_c=loop_in_c)
            for each in range(several)
        ]
        with driving(jobs) as pipes:
            if work.kind is Kind.LOAD:
                return _load(server, work, pipes)
            if work.kind is Kind.IDLE:
                return _idle(server, work, pipes)
            return _storm(server, work, pipes)


def _load(server: Server, work: Work, pipes: Sequence[Connection[Any, Any]]) -> Figures:
    for phase in range(_PHASES_OF_LOAD):
        await_phase(pipes)
        if phase < _PHASES_OF_LOAD - 1:
            go_on(pipes)
    start_ns = time.monotonic_ns() + int(SETTLE_S * NS_PER_S)
    go_on(pipes, start_ns)
    time.sleep(SETTLE_S)
    cpu_s = server.cpu_s()
    time.sleep(work.seconds)
    used_s = server.cpu_s() - cpu_s
    rss_kb = server.rss_kb()
    seen = [next_word(pipe, work.drain_s_max + PHASE_S_MAX) for pipe in pipes]
    found = load_figures(work, [each for each in seen if isinstance(each, LoadSeen)])
    return {**found, "server_cpu": round(used_s / work.seconds, 2), "server_rss_mb": round(rss_kb / 1024, 1)}


def load_figures(work: Work, seen: Sequence[LoadSeen]) -> Figures:
    """Return what the drivers of a load saw, together."""
    latencies = Latencies.of(each.latency_us for each in seen)
    posted: Counter[int] = Counter()
    for each in seen:
        posted.update(each.posted)
    heard = [one for each in seen for one in each.heard]
    missing = [posted[one.room] - one.count for one in heard]
    faults = {
        "lost": sum(max(0, each) for each in missing),
        "doubled": sum(max(0, -each) for each in missing),
        "out_of_order": sum(each.broken for each in seen),
        "uneven_bytes": uneven(heard),
        "refused": sum(each.complaints for each in seen),
        "closed": sum(each.closed for each in seen),
    }
    return {
        "messages_per_s": round(sum(each.answered for each in seen) / work.seconds, 1),
        "deliveries_per_s": round(sum(each.delivered for each in seen) / work.seconds, 1),
        "p50_ms": latencies.percentile_ms(50) or 0.0,
        "p99_ms": latencies.percentile_ms(99) or 0.0,
        "driver_cpu": round(max(each.cpu for each in seen), 2),
        **faults,
        "faults": sum(faults.values()),
    }


def uneven(heard: Sequence[Heard]) -> int:
    """Return how many listeners were given another number of bytes than most of their room. Senders are apart."""
    by_room: dict[int, Counter[int]] = {}
    for one in heard:
        if not one.is_sender:
            by_room.setdefault(one.room, Counter())[one.bytes] += 1
    return sum(sizes.total() - max(sizes.values()) for sizes in by_room.values())


def _idle(server: Server, work: Work, pipes: Sequence[Connection[Any, Any]]) -> Figures:
    await_phase(pipes)
    time.sleep(IDLE_SETTLE_S)
    before_kb = server.rss_kb()
    go_on(pipes)
    await_phase(pipes)
    time.sleep(IDLE_SETTLE_S)
    grown_kb = server.rss_kb() - before_kb
    go_on(pipes)
    next_word(pipes[0], PHASE_S_MAX)
    return {"rss_kb": round(grown_kb / max(1, work.connections - WARM_CONNECTIONS), 1), "faults": 0}


def _storm(server: Server, work: Work, pipes: Sequence[Connection[Any, Any]]) -> Figures:
    await_phase(pipes)
    cpu_s, since_ns = server.cpu_s(), time.monotonic_ns()
    found: Figures = {}
    if work.kind is Kind.COLD:
        time.sleep(COLD_SETTLE_S)
        server.kill()
        cpu_s, since_ns = 0.0, time.monotonic_ns()
        server.start()
        found["start_s"] = round((time.monotonic_ns() - since_ns) / NS_PER_S, 2)
    go_on(pipes, since_ns)
    seen = next_word(pipes[0], STORM_S_MAX + PHASE_S_MAX)
    if not isinstance(seen, StormSeen):
        raise MeasureFailed(f"a driver said {seen!r} at the end")
    used_s = server.cpu_s() - cpu_s
    return found | {
        "seconds": round(seen.seconds, 2),
        "server_cpu_s": round(used_s, 2),
        "driver_cpu": round(seen.cpu, 2),
        "lost": seen.lost,
        "doubled": seen.doubled,
        "faults": seen.lost + seen.doubled,
    }
