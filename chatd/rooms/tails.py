"""The newest frames of all rooms, under one budget of bytes: what came first leaves first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from attrs import Factory, define

from chatd.model import Erasure, Expiry, MessageRecord, PostRecord, RoomId, RoomKind
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
    _edits: dict[RoomId, dict[int, int]] = Factory(dict[RoomId, dict[int, int]])
    """Of live rooms, where the newest edit of each post stands that may be in a tail: it goes with its post."""

    def grow(self, room: Room, size: int) -> None:
        """Count a frame of `size` bytes that was added to the tail of `room`; shorten the oldest ones to fit."""
        self._order.append(room)
        self.held_bytes += size
        while self.held_bytes > self.bytes_max:
            self.held_bytes -= self._order.popleft().shorten()

    def note(self, room: Room | None, record: PostRecord) -> None:
        """Take note of what became of a post: where `room` is a live one, of the edit at its head."""
        if isinstance(record, MessageRecord) and record.edits and room and _is_live(room):
            self._edits.setdefault(room.id, {})[record.seq] = room.head.seq

    def erase(self, room: Room, erasure: Erasure | Expiry) -> None:
        """Drop the frames of `room`, which ends with the item of `erasure`, that hold what is gone, and all before."""
        if isinstance(erasure, Expiry):
            edits = self._edits.get(room.id, {})
            gone = [edits.pop(seq) for seq in [*edits] if seq <= erasure.last and seq not in erasure.spared]
            self._erase_up_to(room, max(erasure.last, *gone, 0))
        else:
            self._erase_up_to(room, room.head.seq - 1 if erasure.edited else erasure.seq)

    def _erase_up_to(self, room: Room, seq: int) -> None:
        frames = len(room.tail)
        self.held_bytes -= room.forget_up_to(seq)
        self._ghosts += frames - len(room.tail)
        if self._ghosts > len(self._order) // 2:
            self._order, self._ghosts = _in_tails(self._order), 0

    def drop(self, room: Room) -> None:
        """Drop the whole tail of a room that leaves memory."""
        self._edits.pop(room.id, None)
        self.held_bytes -= sum(len(framed.frame) for framed in room.tail)
        room.tail.clear()

    def tidy(self) -> None:
        """Do not wait for who has no tail left: what left memory would stay in it until the budget is met."""
        self._order = deque(room for room in self._order if room.tail)


def _is_live(room: Room) -> bool:
    return room.record is not None and room.record.kind is RoomKind.LIVE


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
