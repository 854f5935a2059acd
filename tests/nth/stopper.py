"""Cancelling at the n-th moment (invariant L7, fault F27): n = 1, 2, ... until what is cancelled completes unhindered.

A moment is a step of any task: between two of them nothing can happen, so all the moments are all the places where a
cancellation can strike.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

import trio
from attrs import define, frozen
from trio.lowlevel import Task, add_instrument, remove_instrument

T = TypeVar("T")

POINTS_MAX = 2000
"""An operation with more moments than this does not come to its end."""


class Violation(Exception):
    """A guarantee that did not hold after a cancellation."""


@define(eq=False)
class _Stopper(trio.abc.Instrument):
    scope: trio.CancelScope
    n: int
    steps: int = 0

    @property
    def fired(self) -> bool:
        return self.steps >= self.n

    def before_task_step(self, task: Task) -> None:
        self.steps += 1
        if self.steps == self.n:
            self.scope.cancel()


@frozen
class Stopped(Generic[T]):
    """How an operation ended that was to be cancelled at its n-th moment."""

    fired: bool
    """Whether that moment came before the operation was over."""
    value: T | None
    """What it returned; None when the cancellation came out instead."""
    cancelled: bool


async def stop_at(n: int, operation: Callable[[], Awaitable[T]]) -> Stopped[T]:
    """Run `operation`, and cancel it right before the n-th task step from now. Raises what it raises but Cancelled."""

    async def at_once(begin: Callable[[], None]) -> T:
        begin()
        return await operation()

    return await stop_after(n, at_once)


async def stop_after(n: int, operation: Callable[[Callable[[], None]], Awaitable[T]]) -> Stopped[T]:
    """Do the same, counting the steps from when `operation` calls what it is given."""
    value: T | None = None
    stopper = _Stopper(trio.CancelScope(), n)
    with stopper.scope as scope:
        try:
            value = await operation(partial(add_instrument, stopper))
        finally:
            remove_instrument(stopper)
    return Stopped(stopper.fired, value, scope.cancelled_caught)


async def at_every_moment(trial: Callable[[int], Awaitable[bool]]) -> int:
    """Await `trial(n)` for n = 1, 2, ... as long as it says that its moment came; return how often it came.

    Raises Violation, which names n, for whatever a trial raises, and when there is no end of it.
    """
    for n in range(1, POINTS_MAX):
        try:
            if not await trial(n):
                return n - 1
        except Exception as error:
            raise Violation(f"hindered at {n}: {type(error).__name__}: {error}") from error
    raise Violation(f"no end after {POINTS_MAX} moments")
