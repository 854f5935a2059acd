"""What every fuzz target is, and what it says when something is wrong."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol
from zlib import crc32

ALLOCATED_PER_BYTE_MAX = 48
ALLOCATED_BASE_MAX = 32 * 1024
"""What decoding may allocate at its peak: so much for each byte of a frame, and so much for any.

The dearest byte is a small negative integer in an array: 8 bytes of pointer and 32 of object. Reliability asks for
4 bytes a byte, which no decoder that makes Python objects can hold; the count of containers and items bounds it here.
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


def weigh(size: int, decode: Callable[[], object]) -> None:
    """Run `decode` of `size` bytes. Raises Finding when it allocates more than the bound, or what it raises."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        decode()
    finally:
        allocated = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    if allocated - before > ALLOCATED_PER_BYTE_MAX * size + ALLOCATED_BASE_MAX:
        raise Finding(f"M4: {allocated - before} bytes allocated for a frame of {size}")
