"""The filters of the rooms and of the server, ready for use, within a limit of memory."""

from __future__ import annotations

from collections import OrderedDict

from attrs import Factory, define

from chatd.filters import Sieve, sieve
from chatd.model import Filter, RoomId

SIZE_MAX = 65_536
"""Of the sieves of all rooms together: some 30 MiB. The largest that a room may have is some 1,000."""


@define(eq=False, kw_only=True)
class Sieves:
    """The sieve of the server, and those of the rooms that used theirs last, of at most `size_max` together."""

    server: Sieve | None = None
    """None where everything may be said."""
    size_max: int = SIZE_MAX
    _made: OrderedDict[RoomId, Sieve] = Factory(OrderedDict[RoomId, Sieve])
    """That which was used last stands last."""
    _size: int = 0

    def of(self, room: RoomId, given: Filter) -> Sieve:
        """Return the sieve of `given`, the filter of `room`.

        It is made again only when the room's filter is another object, or others needed its memory.
        """
        found = self._made.get(room)
        if found is None or found.filter is not given:
            return self._make(room, given)
        self._made.move_to_end(room)
        return found

    def _make(self, room: RoomId, given: Filter) -> Sieve:
        if before := self._made.pop(room, None):
            self._size -= before.size
        made = self._made[room] = sieve(given)
        self._size += made.size
        while self._size > self.size_max and len(self._made) > 1:
            self._size -= self._made.popitem(last=False)[1].size
        return made
