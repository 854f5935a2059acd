"""Idle connections, and connections through a burst: what each holds, and what stays of them."""

from __future__ import annotations

import time
from collections.abc import Mapping

from benchmarks.daemon import Daemon, own_daemon, port_of
from benchmarks.footprint import Footprint
from benchmarks.memory.stages import Stage
from benchmarks.memory.visit import Visitors, emptied, settled
from benchmarks.peers.chatd_speech import ChatdSpeech
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.speech import Seat, Step
from benchmarks.peers.works import Kind, Work
from benchmarks.processes import tell
from benchmarks.stamps import MARK

ROUNDS = 3
BURST_ROUNDS = 6
"""The allocator's highest need is found after some bursts only: what would go on rising after it is a leak."""
WARM = 50
"""So many connect before memory is looked at first: what the daemon loads with its first sessions is not theirs."""
ROOM_MEMBERS = 500
NO_TAIL = ("--memory.tail-bytes-max", "0")
"""What the daemon keeps of the newest posts is no connection's, and would grow until its budget is met."""
POSTS = 200
POST_BYTES = 1024
_DRAIN_S_MAX = 120.0
_QUIET_S = 1.0


class Lost(RuntimeError):
    """Not every connection was given the whole burst, once. `str()` tells the numbers."""


def _warm_up(daemon: Daemon) -> None:
    before = Footprint.of(daemon.pid)
    visitors = Visitors(port_of(daemon.url), ChatdSpeech())
    visitors.enter(Seat(99_999, member) for member in range(WARM))
    visitors.leave()
    emptied(daemon.pid, before.descriptors)


def idle(count: int) -> list[Stage]:
    """Return the stages of `count` connections that come slowly, say nothing and go, `ROUNDS` times, on a new daemon.

    Stages: start, connected, gone. Raises DaemonFailed, TalkFailed or OSError.
    """
    stages: list[Stage] = []
    with own_daemon() as daemon:
        _warm_up(daemon)
        for number in range(1, ROUNDS + 1):
            start = settled(daemon.pid)
            visitors = Visitors(port_of(daemon.url), ChatdSpeech())
            visitors.enter(Seat(0, member) for member in range(count))
            connected = settled(daemon.pid)
            visitors.leave()
            gone = emptied(daemon.pid, start.descriptors)
            stages += _stages(number, {"start": start, "connected": connected, "gone": gone})
            tell(f"connections: round {number} of {ROUNDS}")
    return stages


def _stages(number: int, found: Mapping[str, Footprint]) -> list[Stage]:
    return [Stage(number, name, footprint) for name, footprint in found.items()]


def burst(count: int) -> list[Stage]:
    """Return the stages of connections that listen, are given `POSTS` posts of `POST_BYTES` each, rest, and go.

    As many as fill rooms of `ROOM_MEMBERS`, or one room with all of `count`; `BURST_ROUNDS` times, on a new daemon that
    keeps no posts in memory. Stages: start, listening, after the burst, gone.

    Raises Lost, DaemonFailed, SetupFailed, TalkFailed, ProtocolError or OSError.
    """
    members = min(count, ROOM_MEMBERS)
    work = Work(name="burst", kind=Kind.LOAD, rooms=max(1, count // members), members=members)
    stages: list[Stage] = []
    with own_daemon(NO_TAIL) as daemon:
        _warm_up(daemon)
        descriptors = Footprint.of(daemon.pid).descriptors
        chatd_rooms(port_of(daemon.url), work)
        for number in range(1, BURST_ROUNDS + 1):
            stages += _burst(daemon, work, number, descriptors)
            tell(f"burst: round {number} of {BURST_ROUNDS}")
    return stages


def _burst(daemon: Daemon, work: Work, number: int, descriptors: int) -> list[Stage]:
    """`descriptors` are those that the daemon holds without a connection."""
    port = port_of(daemon.url)
    visitors = Visitors(port, chatd_rooms(port, work))
    start = emptied(daemon.pid, descriptors)
    visitors.enter(work.seats(0, 1))
    visitors.join()
    listening = settled(daemon.pid)
    _post(visitors, work)
    rested = settled(daemon.pid)
    visitors.leave()
    gone = emptied(daemon.pid, descriptors)
    return _stages(number, {"start": start, "listening": listening, "after the burst": rested, "gone": gone})


def _post(visitors: Visitors, work: Work) -> None:
    """Let the first member of each room post, and everybody hear all of it."""
    now_ns = time.monotonic_ns()
    owners = [seat for seat in visitors.talks if seat.member == 0]
    templates = {seat: visitors.speech.post(seat, POST_BYTES) for seat in owners}
    posts = {
        seat: b"".join(template.fill(seat.room, number, now_ns, now_ns) for number in range(POSTS))
        for seat, template in templates.items()
    }
    visitors.take({seat: [Step(data, MARK, POSTS)] for seat, data in posts.items()})
    visitors.company.settle(_QUIET_S, _DRAIN_S_MAX)
    wrong = [talk.marks for talk in visitors.talks.values() if talk.marks != POSTS]
    if wrong:
        raise Lost(f"{len(wrong)} of {work.connections} connections were not given {POSTS} posts: {wrong[:5]} ...")
