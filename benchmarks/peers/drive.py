"""One driver process: it plays its share of the members against one server, and tells what it saw."""

from __future__ import annotations

import gc
import select
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.pacing import NS_PER_S, Schedule, Window
from benchmarks.peers import helper
from benchmarks.peers.crowd import Crowd
from benchmarks.peers.lines import Line
from benchmarks.peers.loop import Loop, Told
from benchmarks.peers.mqtt import Acknowledger
from benchmarks.peers.speech import Seat
from benchmarks.peers.talk import OutOfPatience, TalkFailed
from benchmarks.peers.works import Done, Failed, Heard, Job, Kind, LoadSeen, StormSeen, Unfinished, Word

IDLE_AT_ONCE = 50
WARM_CONNECTIONS = 50
"""So many connect before memory is looked at first: what a server loads with its first sessions is not theirs."""


def _line(crowd: Crowd, seat: Seat) -> Line:
    work, speech = crowd.job.work, crowd.job.speech
    sender = work.sender_number(seat)
    return Line(
        crowd.talks[seat].sock,
        seat.room,
        sender=sender,
        looks=sender is not None or work.is_sampled(seat),
        template=None if sender is None else speech.post(seat, work.size),
        acknowledger=Acknowledger() if speech.acknowledges else None,
        first_sender=seat.room * work.senders,
        slots=work.senders,
    )


def _run(job: Job, lines: list[Line], poll: select.epoll, start_ns: int) -> Told:
    work, speech = job.work, job.speech
    pacer: Window | Schedule
    if work.rate:
        pacer = Schedule(work.rate_of(job.driver, job.drivers), start_ns)
    else:
        pacer = Window(work.window_of(job.driver, job.drivers))
    if job.loop_in_c is None:
        loop = Loop(lines, pacer, speech.answer, speech.complaint, poll)
        return loop.run(start_ns, work.seconds, work.drain_s_max)
    times = (start_ns, work.seconds, work.drain_s_max)
    return helper.run(job.loop_in_c, lines, pacer, (speech.answer, speech.complaint), times=times)


def _load(crowd: Crowd) -> LoadSeen | Unfinished:
    poll = select.epoll()
    crowd.enter()
    crowd.step()
    crowd.join(owners=True)
    crowd.step()
    crowd.join(owners=False)
    lines = [_line(crowd, seat) for seat in crowd.talks]
    crowd.company.release(list(crowd.talks.values()))
    # The collector would stop the driver now and then to look at objects that never go.
    gc.collect()
    gc.disable()
    told = _run(crowd.job, lines, poll, crowd.step())
    if told.is_unfinished:
        return Unfinished(f"still delivering {crowd.job.work.drain_s_max:g} s after the last post")
    posted: Counter[int] = Counter()
    for line in lines:
        posted[line.room] += line.sent - line.complaints
    return LoadSeen(
        answered=told.answered,
        delivered=told.delivered,
        cpu=told.cpu,
        latency_us=told.latency_us,
        posted=dict(posted),
        heard=[Heard(line.room, line.count, line.size, line.sender is not None) for line in lines],
        complaints=sum(line.complaints for line in lines),
        broken=sum(line.broken for line in lines),
        closed=sum(not line.is_open for line in lines),
    )


def _idle(crowd: Crowd) -> Done:
    """Connect slowly, a few at a time, with a phase's end after the first few and after all."""
    crowd.enter(seats=crowd.seats[:WARM_CONNECTIONS], at_once=IDLE_AT_ONCE)
    crowd.step()
    crowd.enter(seats=crowd.seats[WARM_CONNECTIONS:], at_once=IDLE_AT_ONCE)
    crowd.step()
    return Done()


def _storm(crowd: Crowd) -> StormSeen:
    crowd.enter()
    crowd.join(owners=True)
    crowd.join(owners=False)
    crowd.miss()
    if crowd.job.work.kind is Kind.COLD:
        crowd.leave(list(crowd.talks))
    since_ns = crowd.step()
    began_ns, cpu_s = time.monotonic_ns(), time.process_time()
    crowd.come_back()
    ended_ns = time.monotonic_ns()
    cpu = (time.process_time() - cpu_s) * NS_PER_S / (ended_ns - began_ns)
    crowd.settle()
    missed = crowd.job.work.missed
    counts = [talk.marks for seat, talk in crowd.talks.items() if seat.member > 0]
    return StormSeen(
        seconds=(ended_ns - since_ns) / NS_PER_S,
        lost=sum(max(0, missed - count) for count in counts),
        doubled=sum(max(0, count - missed) for count in counts),
        cpu=cpu,
    )


_PLAYS: dict[Kind, Callable[[Crowd], Word]] = {
    Kind.LOAD: _load,
    Kind.IDLE: _idle,
    Kind.STORM: _storm,
    Kind.COLD: _storm,
}


def drive(job: Job, pipe: Connection[Any, Any]) -> None:
    """Play one driver of a job in this process, and tell the parent by `pipe`: `works.Word`s, the last a result."""
    word: Word
    try:
        word = _PLAYS[job.work.kind](Crowd(job, pipe))
    except OutOfPatience as late:
        word = Unfinished(f"{late}")
    except (OSError, TalkFailed, helper.HelperFailed) as error:
        word = Failed(f"{type(error).__name__}: {error}")
    pipe.send(word)
