"""How far users have read, between the command and the store: merged by max, never regressing (invariant E6)."""

from __future__ import annotations

from attrs import Factory, define

from chatd.model import ReadMark, RoomId, UserId


@define(eq=False)
class ReadMarks:
    """Marks that are newer than the store's: those that wait, and those which a batch carries right now."""

    waiting: dict[UserId, dict[RoomId, int]] = Factory(dict[UserId, dict[RoomId, int]])
    untold: dict[RoomId, dict[UserId, int]] = Factory(dict[RoomId, dict[UserId, int]])
    """Marks which no receipt has told of yet."""
    _in_flight: dict[UserId, dict[RoomId, int]] = Factory(dict[UserId, dict[RoomId, int]])

    def put(self, mark: ReadMark) -> None:
        """Take a mark that is greater than what was known."""
        self.waiting.setdefault(mark.user, {})[mark.room] = mark.seq
        self.untold.setdefault(mark.room, {})[mark.user] = mark.seq

    def newest(self, user: UserId) -> dict[RoomId, int]:
        """Return the marks of a user which the store may not have yet."""
        return {**self._in_flight.get(user, {}), **self.waiting.get(user, {})}

    def take(self, most: int) -> tuple[ReadMark, ...]:
        """Take at most `most` marks to the store. They count as newer than the store's until they are applied."""
        taken: list[ReadMark] = []
        while self.waiting and len(taken) < most:
            user, rooms = next(iter(self.waiting.items()))
            room, seq = rooms.popitem()
            taken.append(ReadMark(room, user, seq))
            self._in_flight.setdefault(user, {})[room] = seq
            if not rooms:
                del self.waiting[user]
        return tuple(taken)

    def settle(self, mark: ReadMark) -> None:
        """The store has `mark`."""
        rooms = self._in_flight.get(mark.user, {})
        if rooms.get(mark.room, mark.seq + 1) <= mark.seq:
            del rooms[mark.room]
            if not rooms:
                del self._in_flight[mark.user]

    def give_back(self) -> None:
        """Let what was taken wait again: its commit failed."""
        for user, rooms in self._in_flight.items():
            waiting = self.waiting.setdefault(user, {})
            waiting.update({room: max(seq, waiting.get(room, 0)) for room, seq in rooms.items()})
        self._in_flight.clear()

    def take_untold(self) -> dict[RoomId, dict[UserId, int]]:
        """Take what receipts have to tell."""
        untold, self.untold = self.untold, {}
        return untold
