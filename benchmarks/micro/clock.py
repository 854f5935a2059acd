"""What a micro-benchmark is, and the loop of those that need nothing between two rounds."""

from __future__ import annotations

import time
from collections.abc import Callable

from attrs import frozen

Measure = Callable[[int], float]
"""Does a thing so many times and returns the seconds that it took, without what was set up for it."""


@frozen
class Micro:
    name: str
    """SUBJECT.WHAT."""
    measure: Measure
    inner: int = 1
    """How many of what the figure is about are in one of the things done."""


def steady(build: Callable[[], Callable[[], object]]) -> Measure:
    """Return the measure of a function that can be called again and again; `build` makes it, off the clock."""

    def measure(loops: int) -> float:
        once = build()
        rounds = range(loops)
        began = time.perf_counter()
        for _ in rounds:
            once()
        return time.perf_counter() - began

    return measure
