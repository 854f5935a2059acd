"""The places at the app's rule: bounded over all users, and for each of them, so that none leaves others without."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import trio
from attrs import Factory, define, field

from chatd.model import UserId

ASKS_A_USER = 2
"""At once, over all sessions of a user."""
WAITING_A_USER = 16
"""Beyond those, until the next is refused at once."""


@define(eq=False)
class _Line:
    """The asks of one user."""

    places: trio.Semaphore = Factory(lambda: trio.Semaphore(ASKS_A_USER))
    asks: int = 0
    """Those that wait included."""


@define(eq=False, kw_only=True)
class Places:
    asks_max: int
    waiting_max: int
    wait_s_max: float
    _asks: int = 0
    _places: trio.Semaphore = field(init=False)
    _lines: dict[UserId, _Line] = Factory(dict[UserId, _Line])
    """Of the users who ask or wait."""

    def __attrs_post_init__(self) -> None:
        self._places = trio.Semaphore(self.asks_max)

    @asynccontextmanager
    async def of(self, user: UserId) -> AsyncGenerator[bool, None]:
        """Give an ask of `user` a place for the block, in the order of coming. Cancelled, it keeps none.

        False: there was none within `wait_s_max`, or too many wait already. Who waits for others of the same user
        stands in no other user's way.
        """
        line = self._lines.get(user) or _Line()
        if self._asks >= self.asks_max + self.waiting_max or line.asks >= ASKS_A_USER + WAITING_A_USER:
            yield False
            return
        self._lines[user] = line
        self._asks += 1
        line.asks += 1
        try:
            async with AsyncExitStack() as taken:
                with trio.move_on_after(self.wait_s_max) as waiting:
                    await taken.enter_async_context(line.places)
                    await taken.enter_async_context(self._places)
                yield not waiting.cancelled_caught
        finally:
            self._asks -= 1
            line.asks -= 1
            if not line.asks:
                del self._lines[user]
