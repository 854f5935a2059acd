"""Connections of this process to a daemon on this machine: in, listening, and gone again. Everything blocks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence

from attrs import define, field

from benchmarks.footprint import Footprint
from benchmarks.peers.speech import Seat, Speech, Step
from benchmarks.peers.talk import Company, Talk

AT_ONCE = 50
"""Few at a time, so that what a storm of connections takes is not counted to those who stay."""
QUIET_S_MAX = 60.0
"""The daemon may let so much time pass without any connection getting on."""
SETTLE_S = 1.0
GONE_S_MAX = 30.0
_LOOK_S = 0.1


@define(eq=False)
class Visitors:
    """Sessions that are held until `leave`. Every method raises TalkFailed or OSError if the daemon fails them."""

    port: int
    speech: Speech
    company: Company = field(factory=Company, init=False)
    talks: dict[Seat, Talk] = field(factory=dict[Seat, Talk], init=False)

    def enter(self, seats: Iterable[Seat]) -> None:
        """Begin a session for each of these."""
        entering = {seat: Talk(self.port, deque(self.speech.enter(seat))) for seat in seats}
        self.company.run(entering.values(), AT_ONCE, QUIET_S_MAX)
        self.talks.update(entering)

    def take(self, steps: dict[Seat, Sequence[Step]]) -> None:
        """Let sessions go through steps, all at once."""
        for seat, each in steps.items():
            self.talks[seat].steps.extend(each)
        self.company.run([self.talks[seat] for seat in steps], len(steps), QUIET_S_MAX)

    def join(self) -> None:
        """Let every session listen to its seat's room."""
        self.take({seat: self.speech.join(seat) for seat in self.talks})

    def leave(self) -> None:
        """Close every connection."""
        self.company.release(list(self.talks.values()))
        for talk in self.talks.values():
            talk.sock.close()
        self.talks.clear()


def settled(pid: int) -> Footprint:
    """Return what a process holds once it has had a moment to rest."""
    time.sleep(SETTLE_S)
    return Footprint.of(pid)


def emptied(pid: int, descriptors: int) -> Footprint:
    """Return what a process holds once it has no more than so many descriptors, or after `GONE_S_MAX`."""
    deadline = time.monotonic() + GONE_S_MAX
    while Footprint.of(pid).descriptors > descriptors and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
    return settled(pid)
