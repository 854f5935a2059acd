"""The one way from trio to a driver that was made for asyncio: its coroutines run here, step by step, as trio's.

What such a driver needs of an event loop is little: futures, and a way to settle them from its own thread. So there
is no second loop and no thread for one, and a job costs two wake-ups of a thread, to the driver and back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from typing import Any, TypeVar

import trio
from attrs import define, field
from outcome import Outcome, capture

Job = Callable[[], None]
T = TypeVar("T")


class _Loop(asyncio.AbstractEventLoop):
    """As much of an event loop as futures need. What a driver asks of it beyond that raises NotImplementedError."""

    def __init__(self) -> None:
        self._token = trio.lowlevel.current_trio_token()

    def get_debug(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def call_soon(  # type: ignore[override]  # futures alone call it, and take no handle
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> None:
        callback(*args)

    def call_soon_threadsafe(  # type: ignore[override]  # as above
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> None:
        # A driver may settle what nobody waits for any more: how its thread ended, for one.
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(callback, *args)


@define(eq=False)
class Bridge:
    """One call at a time crosses. A wake-up of a thread costs 25 to 150 us, and twice that where cores sleep.

    No call returns early when cancelled: a cancelled call either never began, and raises trio.Cancelled, or returns
    what its function returned. So what was done is never torn from its outcome.
    """

    _loop: _Loop = field(factory=_Loop)
    _one: trio.Lock = field(factory=trio.Lock)
    """Held while a call is under way: the driver is never asked two things at once."""
    _turn: trio.Lock = field(factory=trio.Lock)
    _closed: bool = False

    async def call(self, function: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run the asyncio coroutine `function()` to its end and return its result or raise its exception."""
        async with self._one:
            return await self._drive(function())

    async def run(self, enter: Callable[[Job], Coroutine[Any, Any, object]], job: Callable[[], T]) -> T:
        """Run `job` in the driver's thread and return its result or raise its exception.

        `enter(job)` is a coroutine which makes the driver call the job it is given.
        """
        told: list[Outcome[T]] = []

        def tell() -> None:
            told.append(capture(job))

        async with self._one:
            await self._drive(enter(tell))
        return told[0].unwrap()

    async def run_behind(self, enter: Callable[[Job], Coroutine[Any, Any, object]], job: Callable[[], T]) -> T:
        """Do the same, but let every other call pass that comes: at most one of these stands before it."""
        async with self._turn:
            return await self.run(enter, job)

    async def aclose(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `last`. Idempotent; not cut short by cancellation."""
        if not self._closed:
            self._closed = True
            with trio.CancelScope(shield=True):
                await self.call(last)

    async def _drive(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Take the steps of `coroutine`, and wait between them for the futures that it waits for."""
        while True:
            asyncio._set_running_loop(self._loop)
            try:
                future = coroutine.send(None)
            except StopIteration as ended:
                result: T = ended.value
                return result
            finally:
                asyncio._set_running_loop(None)
            await _settled(future)


async def _settled(future: asyncio.Future[Any]) -> None:
    """Not cut short by cancellation: what was handed to another thread goes its way."""
    settled = trio.Event()
    future.add_done_callback(lambda _: settled.set())
    with trio.CancelScope(shield=True):
        await settled.wait()
