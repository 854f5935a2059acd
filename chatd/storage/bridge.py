"""The asyncio thread that asyncio-only drivers live in, and the one way into it from trio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Generic, TypeVar

import trio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import define, field
from outcome import Outcome, capture

Job = Callable[[], None]
T = TypeVar("T")


@define(eq=False)
class Bridge:
    """An asyncio event loop in a thread of its own. One call at a time crosses. The cost is thread
    wake-ups, 25 to 150 us each: a job takes three, trio to asyncio to the driver and straight back.

    Neither kind of call returns early when cancelled: a cancelled call either never began, and raises
    trio.Cancelled, or returns what its function returned. So what was done is never torn from its outcome.
    """

    _manager: AbstractContextManager[BlockingPortal]
    _loop: asyncio.AbstractEventLoop
    _one: trio.Lock = field(factory=trio.Lock)
    """Held while a call is under way: the driver is never asked two things at once."""
    _turn: trio.Lock = field(factory=trio.Lock)
    _closed: bool = False

    @classmethod
    async def start(cls) -> Bridge:
        """Start the thread and return the bridge to it. Cancelled, it leaves no thread behind."""
        manager = start_blocking_portal("asyncio")
        portal = await trio.to_thread.run_sync(manager.__enter__)
        return cls(manager, await trio.to_thread.run_sync(portal.call, asyncio.get_running_loop))

    async def call(self, function: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run `function` in the asyncio thread and return its result or raise its exception."""
        async with self._one:
            crossing: _Crossing[T] = _Crossing()
            return await crossing.over(self._loop, function())

    async def run(self, enter: Callable[[Job], Coroutine[Any, Any, object]], job: Callable[[], T]) -> T:
        """Run `job` in the driver's thread and return its result or raise its exception.

        `enter(job)` is a coroutine which makes the driver call the job it is given. The outcome is told from the
        driver's own thread: that the coroutine ends, in yet another thread, is not waited for.
        """
        async with self._one:
            crossing: _Crossing[T] = _Crossing()
            return await crossing.over(self._loop, enter(partial(crossing.run, job)))

    async def run_behind(self, enter: Callable[[Job], Coroutine[Any, Any, object]], job: Callable[[], T]) -> T:
        """Do the same, but let every other call pass that comes: at most one of these stands before it."""
        async with self._turn:
            return await self.run(enter, job)

    async def aclose(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `last` in the thread, then stop it. Idempotent; not cut short by cancellation."""
        if self._closed:
            return
        self._closed = True
        with trio.CancelScope(shield=True):
            try:
                await self.call(last)
            finally:
                await trio.to_thread.run_sync(self._manager.__exit__, None, None, None)


@define(eq=False)
class _Crossing(Generic[T]):
    """One call over the bridge and back: the outcome is set once, by whichever thread has it first."""

    _token: trio.lowlevel.TrioToken = field(factory=trio.lowlevel.current_trio_token)
    _done: trio.Event = field(factory=trio.Event)
    _outcome: Outcome[T] | None = None
    _task: asyncio.Task[Any] | None = None
    """Kept here, because a loop holds its tasks weakly."""

    async def over(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> T:
        """Start `coroutine` in the loop's thread and return the outcome. Not cut short by cancellation."""
        loop.call_soon_threadsafe(self._begin, loop, coroutine)
        with trio.CancelScope(shield=True):
            await self._done.wait()
        if self._outcome is None:
            raise RuntimeError("a crossing ended without an outcome")
        return self._outcome.unwrap()

    def run(self, job: Callable[[], T]) -> None:
        """In the driver's thread: do the job and tell."""
        self._tell(capture(job))

    def _begin(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> None:
        """In the asyncio thread: start the coroutine. Nobody needs a future of it that threads could share."""
        self._task = loop.create_task(coroutine)
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """In the asyncio thread: tell how the coroutine ended, unless its job has told more."""
        ended = capture(task.result)
        if self._outcome is None:
            self._tell(ended)

    def _tell(self, outcome: Outcome[T]) -> None:
        self._outcome = outcome
        self._token.run_sync_soon(self._done.set)
