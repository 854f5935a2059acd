"""Crowds of connections that nobody wants: thousands that hang half open, and thousands that come back at once.

Each crowd is a process of its own. It does the words of `benchmarks.nuisance`: it says that it is ready, begins at
the time it is told, ends at the next word, and tells what it did.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from attrs import frozen

from benchmarks.descriptors import raise_descriptors
from benchmarks.memory.visit import Visitors
from benchmarks.nuisance import Neighbour, Told
from benchmarks.pacing import NS_PER_S
from benchmarks.peers.chatd_speech import ChatdSpeech
from benchmarks.peers.crowd import STORM_S_MAX, Crowd
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.speech import Seat
from benchmarks.peers.talk import Talk
from benchmarks.peers.works import Job, Kind, Work

ROOM_OF_SILENT = 70_000
"""The number in the names of those who stay silent, so that they are nobody else."""
BEFORE_HELLO = 1_000
"""So many of the half-open connections stop within their hello, just under what a daemon lets wait there."""
STUCK_A_SECOND = 200
"""So fast these come: what hangs half open has not come at once."""
STORM_MEMBERS = 50
"""Of each room that the storm comes back to, its owner apart."""
MISSED = 20
AT_ONCE = 1_000
"""So many of the storm are under way at a time, the next as soon as one is whole: a daemon lets no more than 1,024 wait
whose hello is to come, and tells the others to come later."""
NICE = 10

Be = Callable[["Order", "Connection[Any, Any]"], None]


@frozen
class Order:
    """What a crowd is told."""

    port: int
    count: int


def _prepare() -> None:
    """Let this process hold thousands of connections, and leave the processor to who measures: a crowd is elsewhere."""
    raise_descriptors()
    os.nice(NICE)


def _wait_until(start_ns: int) -> None:
    time.sleep(max(0, start_ns - time.monotonic_ns()) / NS_PER_S)


def half_open(order: Order, pipe: Connection[Any, Any]) -> None:
    """Hold sessions that never speak or read again; from the time on that is told, more come that stop in their hello.

    To the daemon these are peers that vanished without a word (F12), and a slow-loris (F16).
    """
    _prepare()
    speech = ChatdSpeech()
    silent = max(0, order.count - BEFORE_HELLO)
    visitors = Visitors(order.port, speech)
    visitors.enter(Seat(ROOM_OF_SILENT, member) for member in range(silent))
    hello = speech.enter(Seat(ROOM_OF_SILENT, silent))[0].send
    pipe.send(None)
    start_ns = pipe.recv()
    _wait_until(start_ns)
    began = time.monotonic()
    stuck: list[socket.socket] = []
    for number in range(order.count - silent):
        _wait_until(start_ns + int(number * NS_PER_S / STUCK_A_SECOND))
        stuck.append(socket.create_connection(("127.0.0.1", order.port)))
        stuck[-1].sendall(hello[: len(hello) // 2])
    pipe.recv()
    pipe.send(Told(sent=order.count, seconds=time.monotonic() - began))


def reconnecting(order: Order, pipe: Connection[Any, Any]) -> None:
    """Be cut off, miss posts, and when the time comes come back all at once, each to be caught up (F23)."""
    _prepare()
    rooms = max(1, order.count // STORM_MEMBERS)
    work = Work(name="storm", kind=Kind.STORM, rooms=rooms, members=STORM_MEMBERS + 1, missed=MISSED)
    crowd = Crowd(Job(work=work, speech=chatd_rooms(order.port, work), port=order.port), pipe)
    crowd.enter()
    crowd.join(owners=True)
    crowd.join(owners=False)
    crowd.miss()
    pipe.send(None)
    _wait_until(pipe.recv())
    began = time.monotonic()
    gone = [seat for seat in crowd.seats if seat.member > 0]
    back = [Talk(order.port, deque(crowd.job.speech.resume(seat, MISSED))) for seat in gone]
    crowd.company.run(back, AT_ONCE, STORM_S_MAX, STORM_S_MAX)
    seconds = time.monotonic() - began
    crowd.settle()
    pipe.recv()
    pipe.send(Told(sent=len(back), answered=sum(talk.marks == MISSED for talk in back), seconds=seconds))


@contextmanager
def crowd_of(be: Be, order: Order) -> Generator[Neighbour, None, None]:
    """Run a crowd. Whatever happens inside, it is gone after it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=be, args=(order, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Neighbour(ours)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def not_whole(told: Told | None) -> int:
    """Return how many of a storm came back and were not given exactly what they had missed."""
    return told.sent - told.answered if told else 0
