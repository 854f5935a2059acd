"""Whether anything stays of very many connections: objects, blocks, descriptors and threads, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from benchmarks.daemon import port_of
from benchmarks.memory.counted import Inside, counted_daemon
from benchmarks.memory.drops import ROOM_MEMBERS, ROOMS, Cycles
from benchmarks.memory.visit import emptied, settled
from benchmarks.peers.chatd_speech import ChatdSpeech
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.works import Kind, Work
from benchmarks.processes import tell

LOOKS = 6
"""The first before the cycles, after a warm-up; the others after equal parts of them."""
CYCLES_MIN = LOOKS - 1
WARM_UP = 10_000
"""Connections after which what the daemon keeps of each user and room is kept."""
OBJECTS_MIN = 50
CYCLES_FOR_ONE = 500
"""A leak in any way to end leaves more than one object for so many cycles: less is the ups and downs of pools."""
SPARE_THREADS = 2
"""Worker threads come when they are needed and go after some seconds."""


@frozen
class Growth:
    """Of one kind of thing: how many there were at each look."""

    name: str
    counts: tuple[int, ...]

    def is_steady(self, least: int) -> bool:
        """Return whether there were at least so many more in the end, and at no look fewer than at the one before."""
        grown = self.counts[-1] - self.counts[0]
        return grown >= least and all(later >= earlier for earlier, later in pairwise(self.counts))


def growths(looks: Sequence[Inside]) -> list[Growth]:
    """Return how many there were of each type at each look, those that grew most first."""
    names = dict.fromkeys(name for look in looks for name in look.objects)
    found = [Growth(name, tuple(look.objects.get(name, 0) for look in looks)) for name in names]
    return sorted(found, key=lambda each: each.counts[0] - each.counts[-1])


def leaks(looks: Sequence[Inside], cycles: int) -> list[Growth]:
    """Return what may have leaked: types and blocks that grew steadily, descriptors and threads that are more at last.

    Of blocks there must be a tenth of one more for each cycle, because tables of all kinds move them.
    """
    found = [growth for growth in growths(looks) if growth.is_steady(max(OBJECTS_MIN, cycles // CYCLES_FOR_ONE))]
    blocks = Growth("blocks of memory", tuple(look.blocks for look in looks))
    if blocks.is_steady(max(1000, cycles // 10)):
        found.append(blocks)
    for name, spare in (("descriptors", 0), ("threads", SPARE_THREADS)):
        counts = tuple(int(getattr(look.footprint, name)) for look in looks)
        if counts[-1] > counts[0] + spare:
            found.append(Growth(name, counts))
    return found


@frozen
class Seen:
    looks: list[Inside]
    cycles: int
    ended: dict[str, int]
    """Connections by how they ended."""


def many_cycles(cycles: int) -> Seen:
    """Return what a daemon holds before and after so many connections, and between.

    Raises CountFailed, SetupFailed, TalkFailed, ProtocolError or OSError.
    """
    with counted_daemon() as daemon:
        port = port_of(daemon.url)
        work = Work(name="cycles", kind=Kind.LOAD, rooms=ROOMS, members=ROOM_MEMBERS)
        speech = chatd_rooms(port, work)
        load = Cycles(port, speech if isinstance(speech, ChatdSpeech) else ChatdSpeech())
        begun = settled(daemon.pid).descriptors
        load.run(WARM_UP)
        looks: list[Inside] = []
        for number in range(LOOKS):
            if number:
                load.run(cycles // CYCLES_MIN)
            emptied(daemon.pid, begun)
            looks.append(daemon.look())
            tell(f"cycles: {sum(load.ended.values()):,} connections, {looks[-1].blocks:,} blocks of memory")
        return Seen(looks, cycles, load.ended)
