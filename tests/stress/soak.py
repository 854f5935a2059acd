"""Connections that come, post, listen and end in every way, for as long as is asked: nothing may grow."""

from __future__ import annotations

import time

from benchmarks.daemon import port_of
from benchmarks.memory.counted import Counted, Inside, counted_daemon
from benchmarks.memory.drops import ROOM_MEMBERS, ROOMS, SIDE_BY_SIDE, Cycles
from benchmarks.memory.leaks import WARM_UP
from benchmarks.memory.visit import emptied, settled
from benchmarks.peers.chatd_speech import ChatdSpeech
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.works import Kind, Work
from benchmarks.processes import tell
from tests.stress.bounds import Held
from tests.stress.watch import watching

LOOKS = 6
"""The first after a warm-up, the others after equal parts of the time."""
AT_A_TIME = 10 * SIDE_BY_SIDE


def soak(minutes: float) -> tuple[list[Inside], int, int, list[Held]]:
    """Return what a daemon held at each look, how many connections there were between, its RSS before any, and all
    that was held meanwhile. Raises CountFailed, SetupFailed, TalkFailed, ProtocolError or OSError."""
    with counted_daemon() as daemon, watching(daemon.pid) as watch:
        start_kb = watch.held[0].rss_kb
        work = Work(name="soak", kind=Kind.LOAD, rooms=ROOMS, members=ROOM_MEMBERS)
        speech = chatd_rooms(port_of(daemon.url), work)
        if not isinstance(speech, ChatdSpeech):
            raise TypeError("chatd speaks its own protocol")
        churn = Cycles(port_of(daemon.url), speech)
        descriptors = settled(daemon.pid).descriptors
        churn.run(WARM_UP)
        looks = [_look(daemon, descriptors)]
        warm = sum(churn.ended.values())
        for _ in range(LOOKS - 1):
            _churn_for(churn, minutes * 60 / (LOOKS - 1))
            looks.append(_look(daemon, descriptors))
            tell(f"soak: {sum(churn.ended.values()):,} connections, {looks[-1].footprint.uss_kb:,} KiB of USS")
        return looks, sum(churn.ended.values()) - warm, start_kb, watch.held


def _churn_for(churn: Cycles, seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        churn.run(AT_A_TIME)


def _look(daemon: Counted, descriptors: int) -> Inside:
    emptied(daemon.pid, descriptors)
    return daemon.look()
