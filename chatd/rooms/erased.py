"""Where bodies were erased lately: what was read of the store before that is not shown any more."""

from __future__ import annotations

from collections import deque

from attrs import Factory, define

from chatd.model import Erasure, Expiry, RoomId

ROOMS_KEPT = 1_024
"""Of a room that is not among them any more the last erasure of any that left is taken for its own: a read too many."""

EXPIRIES_KEPT = 1_000


@define(eq=False)
class Erased:
    _last: dict[RoomId, int] = Factory(dict[RoomId, int])
    """The commit that last erased something, by room, the newest last."""
    _before: int = 0
    expiries: deque[Expiry] = Factory(lambda: deque(maxlen=EXPIRIES_KEPT))
    """Those that no index has heard of yet. Of too many the oldest are left to whoever finds them."""

    def take(self, erasure: Erasure | Expiry, g: int) -> None:
        """Take note of what the commit `g` has erased."""
        self.note(erasure.room, g)
        if isinstance(erasure, Expiry):
            self.expiries.append(erasure)

    def note(self, room: RoomId, g: int) -> None:
        """The commit `g` has erased something in `room`."""
        self._last.pop(room, None)
        self._last[room] = g
        while len(self._last) > ROOMS_KEPT:
            self._before = max(self._before, self._last.pop(next(iter(self._last))))

    def since(self, room: RoomId, g: int) -> bool:
        """Return whether what was read of `room` as of the commit `g` may hold what has been erased since."""
        return self._last.get(room, self._before) > g
