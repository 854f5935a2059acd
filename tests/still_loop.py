"""A trio run that stands still between calls, so that a plain function can drive it step by step.

The run lives in a greenlet. A call switches into it, awaits one async function there, lets every task come to rest,
and switches back with the outcome. Nothing runs between two calls, and no thread is involved, so a test that makes
the same calls sees the same things.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import outcome
import trio
from greenlet import greenlet  # type: ignore[import-untyped]
from trio.testing import MockClock, wait_all_tasks_blocked

T = TypeVar("T")


class StillLoop:
    """One trio run under a clock that moves only when a call moves it. Tasks that outlive a call go in `nursery`."""

    def __init__(self) -> None:
        self.nursery: trio.Nursery
        self._caller: greenlet | None = None
        self._run = greenlet(self._main)
        self._switch(None)

    def __call__(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Return what `await function(*args)` returns once everything has come to rest; raise what it raises."""
        result: outcome.Outcome[T] = self._switch((function, *args))
        return result.unwrap()

    def close(self) -> None:
        """End the run. What its tasks have raised comes out here."""
        if not self._run.dead:
            self._switch(None)

    def _switch(self, call: Any) -> Any:
        self._caller = greenlet.getcurrent()
        return self._run.switch(call)

    def _main(self, _: None) -> None:
        trio.run(self._serve, clock=MockClock())

    async def _serve(self) -> None:
        answer = None
        async with trio.open_nursery() as self.nursery:
            while (call := self._back(answer)) is not None:
                function, *args = call
                answer = await outcome.acapture(function, *args)
                await wait_all_tasks_blocked()
            self.nursery.cancel_scope.cancel()

    def _back(self, answer: Any) -> Any:
        if self._caller is None:
            raise RuntimeError("nobody has called")
        self._run.parent = self._caller
        return self._caller.switch(answer)
