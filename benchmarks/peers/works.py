"""What is asked of every server, and what a driver process is told of it. Pure."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from attrs import frozen

from benchmarks.latency import Counts
from benchmarks.pacing import share
from benchmarks.peers.speech import Seat, Speech


class Kind(StrEnum):
    LOAD = "load"
    """Posts at a pace to rooms full of connected members."""
    IDLE = "idle"
    """Connections that say nothing."""
    STORM = "storm"
    """All are cut off, miss posts, and come back at once."""
    COLD = "cold"
    """The same, and the server is killed, and started again as the clock starts."""


@frozen(kw_only=True)
class Work:
    name: str
    kind: Kind
    rooms: int
    members: int
    """Of each room; each is a connection. In a storm the first of them stays and posts."""
    senders: int = 1
    """Of each room: its first members."""
    window: int = 0
    """Closed loop: posts in flight in all."""
    rate: float = 0.0
    """Open loop, if over 0: posts a second in all, measured from when each was meant to be sent."""
    seconds: float = 5.0
    drain_s_max: float = 120.0
    """The patience with what is under way at the end: a server that still delivers after it has not finished."""
    size: int = 100
    """Bytes of text in a post."""
    missed: int = 20
    """In a storm: posts of each room that its members miss."""

    @property
    def connections(self) -> int:
        return self.rooms * self.members

    def seats(self, driver: int, drivers: int) -> list[Seat]:
        """Return the members that one of the driver processes plays. A room's are spread over all of them."""
        return [
            Seat(room, member)
            for room in range(self.rooms)
            for member in range(self.members)
            if (room + member) % drivers == driver
        ]

    def is_sampled(self, seat: Seat) -> bool:
        """Return whether a listener reads stamps: about two of each room, at other places in each."""
        return (seat.room + seat.member) % max(1, self.members // 2) == 0

    def sender_number(self, seat: Seat) -> int | None:
        """Return a sender's number among all senders; None of a member that only listens."""
        return seat.room * self.senders + seat.member if seat.member < self.senders else None

    def _senders_by_driver(self, drivers: int) -> list[int]:
        counts = [0] * drivers
        for room in range(self.rooms):
            for member in range(self.senders):
                counts[(room + member) % drivers] += 1
        return counts

    def window_of(self, driver: int, drivers: int) -> int:
        """Return a driver's share of the window, in proportion to its senders."""
        return share(self.window, self._senders_by_driver(drivers), driver)

    def rate_of(self, driver: int, drivers: int) -> float:
        """Return a driver's share of the rate, in proportion to its senders."""
        counts = self._senders_by_driver(drivers)
        return self.rate * counts[driver] / sum(counts)


def standard(*, seconds: float, latency_seconds: float, connections: int, clients: int) -> dict[str, Work]:
    """Return the works by name. `clients` come back in a storm; `connections` are idle."""
    in_room = min(50, clients)
    rooms, members = max(1, clients // in_room), in_room + 1
    works = [
        Work(name="fanout200", kind=Kind.LOAD, rooms=1, members=200, senders=4, window=64, seconds=seconds),
        Work(name="fanout1000", kind=Kind.LOAD, rooms=1, members=1000, senders=4, window=64, seconds=seconds),
        Work(name="small", kind=Kind.LOAD, rooms=200, members=5, window=512, seconds=seconds),
        Work(name="latency", kind=Kind.LOAD, rooms=100, members=5, rate=400.0, seconds=latency_seconds),
        Work(name="idle", kind=Kind.IDLE, rooms=1, members=connections),
        Work(name="storm", kind=Kind.STORM, rooms=rooms, members=members),
        Work(name="storm-cold", kind=Kind.COLD, rooms=rooms, members=members),
    ]
    return {work.name: work for work in works}


@frozen(kw_only=True)
class Job:
    """What one driver process is told. The speech knows the rooms already."""

    work: Work
    speech: Speech
    port: int
    driver: int = 0
    drivers: int = 1
    loop_in_c: Path | None = None
    """The loop in C; None to run the one in Python."""


@frozen
class Ready:
    """A phase is over; the driver waits for the word."""


@frozen
class Failed:
    """The driver has given up."""

    text: str


@frozen
class Unfinished:
    """The server was still at it when the driver's patience was over."""

    text: str


@frozen
class Done:
    """Nothing is left to do, and there is nothing to tell."""


@frozen
class Heard:
    """What one line has to tell."""

    room: int
    count: int
    bytes: int
    is_sender: bool


@frozen(kw_only=True)
class LoadSeen:
    """What one driver saw of a load."""

    answered: int
    delivered: int
    cpu: float
    latency_us: Counts
    posted: dict[int, int]
    """By room: posts sent and not refused."""
    heard: list[Heard]
    complaints: int
    broken: int
    closed: int


@frozen(kw_only=True)
class StormSeen:
    """How a storm went: how long until the last was whole, and what came too little or too often."""

    seconds: float
    """From the moment that came with the word to begin."""
    lost: int
    doubled: int
    cpu: float


Word = Ready | Failed | Unfinished | Done | LoadSeen | StormSeen
"""What a driver tells."""
