"""How far commits have been applied, for whoever waits for one."""

from __future__ import annotations

import trio
from attrs import Factory, define


@define(eq=False)
class Watermark:
    """Invariant: `g` never falls."""

    g: int = 0
    _moved: trio.Event = Factory(trio.Event)

    def move(self, g: int) -> None:
        """Say that everything up to commit `g` is applied, and wake who waits."""
        self.g = g
        self._moved.set()
        self._moved = trio.Event()

    async def reached(self, g: int) -> None:
        """Return once commit `g` is applied; at once, without a checkpoint, when it is."""
        while self.g < g:
            await self._moved.wait()

    async def moved(self) -> None:
        """Return after the next move."""
        await self._moved.wait()
