"""What every curve stands on: where things lie, how long to measure, a daemon on a store, sessions that listen."""

from __future__ import annotations

import resource
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import define, field, frozen

from benchmarks.daemon import Daemon, port_of
from benchmarks.descriptors import raise_descriptors
from benchmarks.growth.stores import EPOCH, Shelf
from benchmarks.peers.chatd_speech import ChatdSpeech, Cursor
from benchmarks.peers.speech import Seat, Step
from benchmarks.peers.talk import Company, Talk, cut
from chatd.messages import CaughtUp, Subscribe
from chatd.wire import codec

ROOMS_PER_SUBSCRIBE = 40
"""Their answers fit one reply."""
CONNECTIONS_PER_ADDRESS = 10_000
"""Of one loopback address: well within the ports that a system hands out."""
SETTLE_S = 0.5
_SETTLE_S_MAX = 30.0
_QUIET_S_MAX = 60.0
_AT_ONCE = 50
_SUBSCRIBE = 2


class TooFewDescriptors(RuntimeError):
    """A process may not hold so many connections. `str()` says how many it may."""


@frozen(kw_only=True)
class Ground:
    """What the curves of one run share."""

    directory: Path
    """For what the daemons store."""
    shelf: Shelf
    loop_in_c: Path | None
    """The driver's loop in C, None for the one in Python."""
    drivers: int
    seconds: float
    """How long a load runs."""
    requests: int
    """How many pages are read at each place of a room."""
    starts: int
    """How often a daemon is started in each state."""
    settle_s: float
    """How long nothing happens before memory is looked at."""

    @contextmanager
    def scratch(self) -> Generator[Path, None, None]:
        """Hand out an empty directory, which is gone afterwards."""
        with TemporaryDirectory(dir=self.directory, prefix="scratch-") as made:
            yield Path(made)


@contextmanager
def running(directory: Path) -> Generator[Daemon, None, None]:
    """Run a daemon on the store in `directory/data`. Whatever happens inside, no process is left.

    Raises DaemonFailed as `Daemon.start` and, if the body succeeded, `Daemon.stop` do.
    """
    daemon = Daemon(directory)
    try:
        daemon.start()
        yield daemon
        daemon.stop()
    finally:
        daemon.kill()


def require_descriptors(count: int) -> None:
    """Let this process, and what it starts, hold as many files as the system allows. Raises TooFewDescriptors."""
    hard = raise_descriptors()
    if hard != resource.RLIM_INFINITY and hard < count:
        raise TooFewDescriptors(f"{count:,} descriptors are needed, the hard limit of RLIMIT_NOFILE is {hard:,}")


def source_address(number: int) -> str:
    """Return the loopback address from which connection `number` comes: none has more than it has ports for."""
    return f"127.0.0.{1 + number // CONNECTIONS_PER_ADDRESS}"


def subscribe_steps(cursors: Sequence[Cursor]) -> list[Step]:
    """Return how a session starts to listen to any number of rooms."""
    steps: list[Step] = []
    for at in range(0, len(cursors), ROOMS_PER_SUBSCRIBE):
        some = cursors[at : at + ROOMS_PER_SUBSCRIBE]
        rooms = tuple(value for each in some for value in (each.room, each.seq, each.h8))
        frame = codec.encode(Subscribe(epoch=EPOCH, rooms=rooms), _SUBSCRIBE)
        steps.append(Step(frame, bytes((0x93, CaughtUp.tag, 0))))
    return steps


@define(eq=False)
class Audience:
    """Sessions that have said hello and listen to what they were told to."""

    port: int
    company: Company = field(factory=Company, init=False)
    talks: dict[Seat, Talk] = field(factory=dict[Seat, Talk], init=False)

    @classmethod
    def of(cls, daemon: Daemon) -> Audience:
        return cls(port_of(daemon.url))

    def enter(self, seats: Sequence[Seat]) -> None:
        """Begin a session for each, a few at a time. Raises TalkFailed or OSError."""
        speech = ChatdSpeech(EPOCH)
        entering = [self._talk(seat, deque(speech.enter(seat))) for seat in seats]
        self.company.run(entering, _AT_ONCE, _QUIET_S_MAX)

    def subscribe(self, cursors: dict[Seat, Sequence[Cursor]]) -> None:
        """Let each of these sessions listen to its rooms. Raises TalkFailed or OSError."""
        for seat, rooms in cursors.items():
            self.talks[seat].steps.extend(subscribe_steps(rooms))
        listening = [self.talks[seat] for seat, rooms in cursors.items() if rooms]
        self.company.run(listening, _AT_ONCE, _QUIET_S_MAX)
        self.company.settle(SETTLE_S, _SETTLE_S_MAX)

    def leave(self) -> None:
        """Cut every connection: closed well, each would keep its port from the next point for a minute."""
        for talk in self.talks.values():
            cut(talk.sock)
        self.talks.clear()

    def _talk(self, seat: Seat, steps: deque[Step]) -> Talk:
        talk = Talk(self.port, steps)
        talk.sock.bind((source_address(len(self.talks)), 0))
        self.talks[seat] = talk
        return talk


@contextmanager
def audience_of(daemon: Daemon) -> Generator[Audience, None, None]:
    """Hand out an audience that is gone afterwards, whatever happens inside."""
    audience = Audience.of(daemon)
    try:
        yield audience
    finally:
        audience.leave()
