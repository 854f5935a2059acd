"""Posts against the number of rooms that are written to, with as many connections however many rooms there are.

`CONNECTIONS` users sit in groups of `MEMBERS`; the rooms are spread evenly over the groups, each a room of these
members alone. The first of a group posts to its rooms in turn. So a post has the same audience at every size, and
what grows is the number of rooms that a batch touches, that memory holds, and that each session listens to.
"""

from __future__ import annotations

import gc
import select
import time
from collections.abc import Sequence
from itertools import pairwise

from attrs import define, evolve, field

from benchmarks.daemon import Daemon
from benchmarks.growth.curves import Curve, Series
from benchmarks.growth.ground import Ground, audience_of, require_descriptors, running
from benchmarks.growth.shape import Shape
from benchmarks.growth.stores import make_rooms
from benchmarks.latency import Counts
from benchmarks.pacing import Window
from benchmarks.peers.chatd_speech import ChatdSpeech, Cursor
from benchmarks.peers.lines import Line
from benchmarks.peers.loop import Loop, Told
from benchmarks.peers.measure import Figures, MeasureFailed, load_figures
from benchmarks.peers.speech import Seat, Template
from benchmarks.peers.talk import Talk
from benchmarks.peers.works import Heard, Kind, LoadSeen, Work

CONNECTIONS, MEMBERS, WINDOW = 1_000, 5, 512
_DRAIN_S_MAX = 20.0
_WARM_S, _WARM_S_MAX = 2.0, 120.0
_TEXT_BYTES = 100
_SPARE_DESCRIPTORS = 200
_US_PER_S = 1_000_000

CURVE = Curve(
    name="rooms",
    title=f"{CONNECTIONS:,} connections in groups of {MEMBERS} share the rooms; a sender in each, {WINDOW} in flight",
    x_label="rooms",
    xs=(10, 100, 1_000, 5_000, 20_000),
    quick=(10, 100),
    series=(
        Series(figure="messages_per_s", label="posts, each on disk", unit="posts/s", shape=Shape.FLAT),
        Series(figure="cpu_us", label="chatd's CPU a post", unit="us", shape=Shape.FLAT),
        Series(figure="driver_cpu", label="driver's CPU", unit="cores", is_drawn=False),
    ),
)


def groups(rooms: int) -> list[range]:
    """Return, for each group of members, its rooms: at most `CONNECTIONS / MEMBERS` groups, as even as can be."""
    count = min(rooms, CONNECTIONS // MEMBERS)
    ends = [rooms * index // count for index in range(count + 1)]
    return [range(first, last) for first, last in pairwise(ends)]


@define(eq=False)
class RovingLine(Line):
    """A connection that hears all rooms of its group. A sender posts to them in turn, as another sender in each.

    `room` is the number of its group, `first_sender` and `slots` tell its rooms: so the order that is checked is
    that of each room. The group has one sender, so every post that a sender hears is its own.
    """

    templates: Sequence[Template] = ()
    """A sender's: one for each room."""
    _answered: int = field(default=0, init=False)

    def post(self, due_ns: int, now_ns: int) -> None:
        """Put the next post into the batch, for the next room."""
        turn, at = divmod(self.sent, len(self.templates))
        self._batch.append(self.templates[at].fill(self.first_sender + at, turn, due_ns, now_ns))
        self.sent += 1

    def look(self, buffer: bytearray, start: int, end: int, now_ns: int, latencies: Counts) -> int:
        """Read the stamps as `Line.look` does. Returns how many posts were heard since it was called last."""
        Line.look(self, buffer, start, end, now_ns, latencies)
        own, self._answered = self.count - self._answered, self.count
        return own


def _lines(talks: dict[Seat, Talk], cursors: Sequence[Cursor], of_groups: Sequence[range]) -> list[RovingLine]:
    speech = ChatdSpeech(cursors=dict(enumerate(cursors)))
    lines: list[RovingLine] = []
    for seat, talk in talks.items():
        rooms = of_groups[seat.room]
        posts = [speech.post(Seat(room, 0), _TEXT_BYTES) for room in rooms] if seat.member == 0 else []
        lines.append(
            RovingLine(
                talk.sock,
                seat.room,
                sender=seat.room if posts else None,
                looks=bool(posts) or seat.member == MEMBERS - 1,
                first_sender=rooms.start,
                slots=len(rooms),
                templates=posts,
            )
        )
    return lines


def _drive(lines: Sequence[Line], seconds: float) -> Told:
    """Run the loop in this process: the one in C knows lines of one room alone."""
    gc.collect()
    gc.disable()
    try:
        poll = select.epoll()
        loop = Loop(list(lines), Window(WINDOW), None, ChatdSpeech().complaint, poll)
        return loop.run(time.monotonic_ns(), seconds, _DRAIN_S_MAX)
    finally:
        gc.enable()


def seen_of(told: Told, lines: Sequence[Line]) -> LoadSeen:
    """Return what a loop and its lines saw, group by group."""
    return LoadSeen(
        answered=told.answered,
        delivered=told.delivered,
        cpu=told.cpu,
        latency_us=told.latency_us,
        posted={line.room: line.sent - line.complaints for line in lines if line.sender is not None},
        heard=[Heard(line.room, line.count, line.size, line.sender is not None) for line in lines],
        complaints=sum(line.complaints for line in lines),
        broken=sum(line.broken for line in lines),
        closed=sum(not line.is_open for line in lines),
    )


def _measured(daemon: Daemon, cursors: Sequence[Cursor], seconds: float) -> Figures:
    of_groups = groups(len(cursors))
    seats = [Seat(group, member) for group in range(CONNECTIONS // MEMBERS) for member in range(MEMBERS)]
    with audience_of(daemon) as audience:
        audience.enter(seats)
        listening = {seat: cursors[rooms.start : rooms.stop] for seat in seats for rooms in of_groups[seat.room :][:1]}
        audience.subscribe(listening)
        talks = {seat: audience.talks[seat] for seat in listening}
        lines = _lines(talks, cursors, of_groups)
        audience.company.release(list(talks.values()))
        _warm(lines)
        return _timed(daemon, lines, seconds)


def _warm(lines: list[RovingLine]) -> None:
    """Let every room have a post, so that what chatd reads for its first one is not timed. Raises MeasureFailed."""
    deadline = time.monotonic() + _WARM_S_MAX
    while any(line.sent < len(line.templates) for line in lines):
        if time.monotonic() > deadline:
            raise MeasureFailed(f"not every room had had a post after {_WARM_S_MAX:g} s")
        _drive(lines, _WARM_S)


def _timed(daemon: Daemon, lines: list[RovingLine], seconds: float) -> Figures:
    """Return the figures of a load on lines that are warm. Faults are counted from the very first post on."""
    sent, answered, delivered = (sum(getattr(line, name) for line in lines) for name in ("sent", "answered", "count"))
    cpu_s = daemon.cpu_s()
    told = _drive(lines, seconds)
    used_s = daemon.cpu_s() - cpu_s
    since = evolve(told, answered=told.answered - answered, delivered=told.delivered - delivered)
    work = Work(name="rooms", kind=Kind.LOAD, rooms=CONNECTIONS // MEMBERS, members=MEMBERS, seconds=seconds)
    posts = sum(line.sent for line in lines) - sent
    return {**load_figures(work, [seen_of(since, lines)]), "cpu_us": round(used_s * _US_PER_S / max(1, posts), 1)}


def point(ground: Ground, rooms: int) -> Figures:
    """Return the figures of one size.

    Raises TooFewDescriptors, StoreError, DaemonFailed, TalkFailed, MeasureFailed or OSError.
    """
    require_descriptors(CONNECTIONS + _SPARE_DESCRIPTORS)
    members = [
        [Seat(group, member).user for member in range(MEMBERS)]
        for group, of_group in enumerate(groups(rooms))
        for _ in of_group
    ]
    with ground.scratch() as directory:
        cursors = make_rooms(directory / "data", members)
        with running(directory) as daemon:
            return _measured(daemon, cursors, ground.seconds)
