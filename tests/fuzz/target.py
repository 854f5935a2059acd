"""What every fuzz target is, and what it says when something is wrong."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol
from zlib import crc32

from chatd.limits import VALUES_PER_CONTAINER

ALLOCATED_PER_BYTE_MAX = 5
ALLOCATED_PER_VALUE_MAX = 80
ALLOCATED_BASE_MAX = 32 * 1024
"""What decoding may allocate at its peak (M4): so much for each byte of a frame, for each value in it, and for any.

The dearest bytes are a text of ASCII in which one character is beyond U+FFFF: it is held as it came, and then with 4
bytes for each. The dearest values are short keys of a map with short texts of other scripts: an object each, their
pair, and their place in a table. A frame of 64 KiB from a client takes 672 KiB at most, a hello of 4 KiB takes 72.
Any may take the frames of a refusal eight levels deep, 7 KiB, and several times that where an engine instruments them.
"""
WEIGHED_OF = 256
"""One input of so many is weighed: watching every allocation takes several times as long."""


class Finding(Exception):
    """The code under test did what its contract does not allow."""


class Target(Protocol):
    @property
    def name(self) -> str: ...

    def seeds(self) -> Sequence[bytes]:
        """Return the inputs to begin with: streams of frames."""
        ...

    def run(self, data: bytes) -> str:
        """Feed one input and return what came of it, in few words: inputs with new words are mutated further.

        Every exception is a finding. The same input does the same again.
        """
        ...


def chance_of(data: bytes) -> random.Random:
    """Return a generator seeded by the input itself: what a target draws from it replays with the input."""
    return random.Random(crc32(data))


def pieces(data: bytes, chance: random.Random) -> Iterator[bytes]:
    """Cut `data` as a network may: whole, by single bytes, or anyhow."""
    most = chance.choice((len(data), len(data), 1 << 10, 64, 7)) or 1
    at = 0
    while at < len(data):
        size = chance.randrange(1, most + 1) if most < len(data) else most
        yield data[at : at + size]
        at += size


def weigh(size: int, containers_max: int, decode: Callable[[], object]) -> None:
    """Run `decode` of `size` bytes, where so many containers are allowed, and values for each (2.3).

    Raises Finding when it allocates more than the bound, or what it raises.
    """
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        decode()
    finally:
        allocated = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    values = min(size, VALUES_PER_CONTAINER * containers_max)
    allowed = ALLOCATED_PER_BYTE_MAX * size + ALLOCATED_PER_VALUE_MAX * values + ALLOCATED_BASE_MAX
    if allocated - before > allowed:
        raise Finding(f"M4: {allocated - before} bytes allocated for a frame of {size}")
