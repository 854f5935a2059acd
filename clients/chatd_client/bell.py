"""A bell: wakes those who wait for a condition to change. Look at the condition, then wait, without await between."""

from __future__ import annotations

import anyio
from attrs import define, field


@define(eq=False)
class Bell:
    _event: anyio.Event = field(factory=anyio.Event, init=False, repr=False)

    def ring(self) -> None:
        """Wake everybody who waits now. Never blocks."""
        self._event.set()
        self._event = anyio.Event()

    async def wait(self) -> None:
        """Return at the next `ring`. Cancelled, it has no effect."""
        await self._event.wait()

    async def wait_for_s(self, seconds: float | None) -> None:
        """Return at the next `ring`, or after `seconds`; None waits for the ring alone."""
        with anyio.move_on_after(seconds):
            await self._event.wait()
