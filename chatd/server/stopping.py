"""How long a daemon serves, and how it is told to end: at a signal it drains, and at the next it waits no longer."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import trio

from chatd.server.config import Config
from chatd.server.core import Core
from chatd.server.doors import open_doors

STOPS = (signal.SIGTERM, signal.SIGINT)


async def serve_until_stopped(
    accept: Callable[..., Any],
    drain: Callable[[], Awaitable[None]],
    core: Core,
    config: Config,
    ready: Callable[[Sequence[str]], None],
) -> None:
    """Let sessions in until a signal, `drain` then, and return once all have ended. Raises ListenError.

    What is left `drain_seconds_max` after the signal, or at the next one, is cut off: what was acknowledged is on disk
    all the same. Later signals take effect once the sessions have ended.
    """
    with trio.open_signal_receiver(*STOPS) as signals:
        async with trio.open_nursery() as watch:
            async with trio.open_nursery() as sessions:
                async with trio.open_nursery() as doors:
                    await open_doors(accept, core, config, sessions, doors, ready)
                    core.log.info("stopping", signal=await _next(signals))
                    doors.cancel_scope.cancel()
                sessions.cancel_scope.deadline = trio.current_time() + config.drain_seconds_max
                watch.start_soon(_cut_off, sessions.cancel_scope, signals, core)
                await drain()
            watch.cancel_scope.cancel()


async def _next(signals: AsyncIterator[int]) -> str:
    return signal.Signals(await anext(signals)).name


async def _cut_off(sessions: trio.CancelScope, signals: AsyncIterator[int], core: Core) -> None:
    core.log.info("stopping at once", signal=await _next(signals))
    sessions.cancel()
