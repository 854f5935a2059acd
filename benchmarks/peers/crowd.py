"""The members that one driver process plays, on their way in, out and back again."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from attrs import define, field

from benchmarks.peers.mqtt import Acknowledger
from benchmarks.peers.speech import Seat, Step
from benchmarks.peers.talk import Company, Talk, cut
from benchmarks.peers.works import Job, Ready
from benchmarks.stamps import MARK

SETUP_AT_ONCE = 200
STORM_AT_ONCE = 2000
"""So many come back at the same time; the next one as soon as one is whole."""
QUIET_S_MAX = 60.0
"""A server may say nothing for so long while sessions begin and rooms are joined."""
STORM_S_MAX = 300.0
"""The patience with a storm: who is not whole by then counts as not finished."""
SETTLE_S = 0.5
_SETTLE_S_MAX = 30.0


@define(eq=False)
class Crowd:
    """Every method but `settle` raises TalkFailed or OSError if the server does not do what its protocol says."""

    job: Job
    pipe: Connection[Any, Any]
    company: Company = field(factory=Company, init=False)
    talks: dict[Seat, Talk] = field(factory=dict[Seat, Talk], init=False)
    """Those who are connected."""

    @property
    def seats(self) -> list[Seat]:
        return self.job.work.seats(self.job.driver, self.job.drivers)

    def enter(self, seats: Sequence[Seat] | None = None, at_once: int = SETUP_AT_ONCE) -> None:
        """Begin a session for each of these members, or for all."""
        entering = {seat: self._talk(self.job.speech.enter(seat)) for seat in (self.seats if seats is None else seats)}
        self.company.run(entering.values(), at_once, QUIET_S_MAX)
        self.talks.update(entering)

    def join(self, *, owners: bool) -> None:
        """Let the first members of all rooms hear them, or all others: who comes first makes some servers' rooms."""
        joining = {seat: talk for seat, talk in self.talks.items() if (seat.member == 0) is owners}
        for seat, talk in joining.items():
            talk.steps.extend(self.job.speech.join(seat))
        self.company.run(joining.values(), SETUP_AT_ONCE, QUIET_S_MAX)
        self.settle()

    def miss(self) -> None:
        """Cut off everybody but the first member of each room, who then post what the others miss."""
        work, speech = self.job.work, self.job.speech
        self.leave([seat for seat in self.talks if seat.member > 0])
        time.sleep(SETTLE_S)
        for seat, talk in self.talks.items():
            template, now_ns = speech.post(seat, work.size), time.monotonic_ns()
            posts = b"".join(template.fill(seat.room, number, now_ns, now_ns) for number in range(work.missed))
            talk.steps.append(Step(posts, speech.answer or MARK, work.missed))
        self.company.run(self.talks.values(), SETUP_AT_ONCE, QUIET_S_MAX)
        self.settle()

    def leave(self, seats: Sequence[Seat]) -> None:
        """Cut these members' connections."""
        for seat in seats:
            talk = self.talks.pop(seat)
            self.company.release([talk])
            cut(talk.sock)

    def come_back(self) -> None:
        """Return when all who were cut off, but for the first members, have caught up.

        Raises OutOfPatience if some have not within `STORM_S_MAX`.
        """
        gone = [seat for seat in self.seats if seat.member > 0]
        back = {seat: self._talk(self.job.speech.resume(seat, self.job.work.missed)) for seat in gone}
        self.company.run(back.values(), STORM_AT_ONCE, STORM_S_MAX, STORM_S_MAX)
        self.talks.update(back)

    def settle(self) -> None:
        """Hear what still comes, until it is quiet: what came twice shows then."""
        self.company.settle(SETTLE_S, _SETTLE_S_MAX)

    def step(self) -> int:
        """Say that a phase is over and wait for the word. Returns when the run begins, in the last phase."""
        self.pipe.send(Ready())
        start_ns: int = self.pipe.recv()
        return start_ns

    def _talk(self, steps: Sequence[Step]) -> Talk:
        return Talk(self.job.port, deque(steps), Acknowledger() if self.job.speech.acknowledges else None)
