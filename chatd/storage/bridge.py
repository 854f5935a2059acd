"""The asyncio thread that asyncio-only drivers live in, and the one way into it from trio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import TypeVar

import trio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import define, field

T = TypeVar("T")


@define(eq=False)
class Bridge:
    """An asyncio event loop in a thread of its own. One call at a time crosses, each at the price of one hop.

    Neither kind of call returns early when cancelled: a cancelled call either never began, and raises
    trio.Cancelled, or returns what its function returned. So what was done is never torn from its outcome.
    """

    _manager: AbstractContextManager[BlockingPortal]
    _portal: BlockingPortal
    _thread: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(1))
    # Its own limiter: whoever else fills trio's default one with slow work must not hold up a commit.
    _turn: trio.Lock = field(factory=trio.Lock)
    _closed: bool = False

    @classmethod
    async def start(cls) -> Bridge:
        """Start the thread and return the bridge to it. Cancelled, it leaves no thread behind."""
        manager = start_blocking_portal("asyncio")
        portal = await trio.to_thread.run_sync(manager.__enter__)
        return cls(manager, portal)

    async def call(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run `function` in the asyncio thread and return its result or raise its exception."""
        return await trio.to_thread.run_sync(self._portal.call, function, limiter=self._thread)

    async def call_behind(self, function: Callable[[], Awaitable[T]]) -> T:
        """Do the same, but let every `call` pass that comes: at most one of these stands before it."""
        async with self._turn:
            return await self.call(function)

    async def aclose(self, last: Callable[[], Awaitable[None]]) -> None:
        """Run `last` in the thread, then stop it. Idempotent; not cut short by cancellation."""
        if self._closed:
            return
        self._closed = True
        with trio.CancelScope(shield=True):
            try:
                await self.call(last)
            finally:
                await trio.to_thread.run_sync(self._manager.__exit__, None, None, None)
