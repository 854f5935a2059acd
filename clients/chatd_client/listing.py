"""Finding all rooms of the user, page by page, though they change places meanwhile.

Pages come newest entry first, so a room that somebody posts to between two pages moves from below them to above them,
and neither holds it. Therefore a list of several pages is followed by another look from the top, down to the first room
in which nothing has happened since the last look: what is below that has not moved past it. It ends with a look of one
page, which is as of one moment.
"""

from __future__ import annotations

from attrs import define, field

from chatd.messages import RoomsPage
from chatd.model import RoomId

LOOKS_MAX = 8
"""After so many it ends anyway: more rooms have moved, each time, than a page holds."""


@define(eq=False)
class Listing:
    next: bytes | None = field(default=None, init=False)
    """Which page to ask for; None: the first."""
    _heads: dict[RoomId, int] = field(factory=dict[RoomId, int], init=False)
    _looks: int = field(default=0, init=False)
    _pages: int = field(default=0, init=False)
    """Of this look, so far."""

    def take(self, page: RoomsPage) -> bool:
        """Take the page asked for; return whether that was the last one."""
        self._pages += 1
        settled = any(self._heads.get(room.room) == room.head for room in page.rooms)
        self._heads |= {room.room: room.head for room in page.rooms}
        if page.more and not settled:
            self.next = page.next
            return False
        self._looks += 1
        done = self._pages == 1 or self._looks == LOOKS_MAX
        self.next, self._pages = None, 0
        return done
