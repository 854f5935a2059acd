"""The newest frames of all rooms, under one budget of bytes: what came first leaves first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from attrs import Factory, define

from chatd.model import RoomId
from chatd.rooms.room import Room


@define(eq=False)
class Tails:
    """Invariant: `held_bytes` is what all tails of the rooms in memory hold, and at rest at most `bytes_max`."""

    bytes_max: int
    held_bytes: int = 0
    _order: deque[Room] = Factory(deque[Room])
    """A room for each frame, from the oldest on."""
    _ghosts: int = 0
    """Places in that order whose frames left their tail early."""

    def grow(self, room: Room, size: int) -> None:
        """Count a frame of `size` bytes that was added to the tail of `room`; shorten the oldest ones to fit."""
        self._order.append(room)
        self.held_bytes += size
        while self.held_bytes > self.bytes_max:
            self.held_bytes -= self._order.popleft().shorten()

    def erase(self, room: Room, seq: int) -> None:
        """Drop the frames of `room` up to `seq`, because they hold what is gone."""
        frames = len(room.tail)
        self.held_bytes -= room.forget_up_to(seq)
        self._ghosts += frames - len(room.tail)
        if self._ghosts > len(self._order) // 2:
            self._order, self._ghosts = _in_tails(self._order), 0

    def drop(self, room: Room) -> None:
        """Drop the whole tail of a room that leaves memory."""
        self.held_bytes -= sum(len(framed.frame) for framed in room.tail)
        room.tail.clear()

    def tidy(self) -> None:
        """Do not wait for who has no tail left: what left memory would stay in it until the budget is met."""
        self._order = deque(room for room in self._order if room.tail)


def _in_tails(order: Iterable[Room]) -> deque[Room]:
    """Return `order`, a room for each frame from the oldest on, without the places of frames that are in no tail."""
    kept: deque[Room] = deque()
    left: dict[RoomId, int] = {}
    for room in reversed([*order]):
        frames = left.get(room.id, len(room.tail))
        left[room.id] = frames - 1
        if frames > 0:
            kept.appendleft(room)
    return kept
