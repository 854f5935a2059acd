"""A trio run that schedules its tasks in an order which a seed decides, so that it happens again the same way.

trio draws the order of tasks that may run at the same moment. With a seed for that, and a mock clock, a run in one
thread replays exactly, and another seed is another order.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

import trio
from attrs import define
from trio._core import _run as scheduler
from trio.testing import MockClock

T = TypeVar("T")


def run(function: Callable[..., Awaitable[T]], *args: Any, seed: int = 0, jumps: bool = False) -> T:
    """Return what `await function(*args)` returns.

    The clock stands still; with `jumps` it goes to the next deadline whenever nothing else can happen.
    """
    _decide_order(seed)
    return trio.run(function, *args, clock=MockClock(autojump_threshold=0 if jumps else math.inf))


def run_on_threads(function: Callable[..., Awaitable[T]], *args: Any, seed: int = 0) -> T:
    """Do the same by the real clock, for what waits for threads: when they answer, no seed decides."""
    _decide_order(seed)
    return trio.run(function, *args)


def _decide_order(seed: int) -> None:
    """As trio does by itself while hypothesis runs: it has no public way to it."""
    setattr(scheduler, "_ALLOW_DETERMINISTIC_SCHEDULING", True)  # noqa: B010 - it is declared final
    scheduler._r.seed(seed)


@define(eq=False)
class _Steps(trio.abc.Instrument):
    scope: trio.CancelScope
    left: int

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.left -= 1
        if self.left == 0:
            self.scope.cancel()


@contextmanager
def at_most(steps: int) -> Generator[None, None, None]:
    """Cancel the block after so many steps of any tasks: where somebody spins, no mock clock ever moves."""
    with trio.CancelScope() as scope:
        instrument = _Steps(scope, steps)
        trio.lowlevel.add_instrument(instrument)
        try:
            yield
        finally:
            trio.lowlevel.remove_instrument(instrument)
