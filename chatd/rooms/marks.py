"""How far users have read, between the command and the store: merged by max, never regressing (invariant E6).

And what receipts have to tell of it, and of what has reached users' devices, which nobody stores.
"""

from __future__ import annotations

from attrs import Factory, define, evolve

from chatd.model import ReadMark, RoomId, UserId


def merged(one: ReadMark | None, other: ReadMark) -> ReadMark:
    """Return what two marks of one user in one room come to."""
    return evolve(one, seq=max(one.seq, other.seq), told=max(one.told, other.told)) if one else other


@define
class News:
    """What receipts have to tell of one room."""

    read: dict[UserId, int] = Factory(dict[UserId, int])
    delivered: dict[UserId, int] = Factory(dict[UserId, int])
    own: dict[UserId, int] = Factory(dict[UserId, int])
    """How far users have read privately: for their own devices alone."""


@define(eq=False)
class ReadMarks:
    """Marks that are newer than the store's: those that wait, and those which a batch carries right now."""

    waiting: dict[UserId, dict[RoomId, ReadMark]] = Factory(dict[UserId, dict[RoomId, ReadMark]])
    news: dict[RoomId, News] = Factory(dict[RoomId, News])
    """What no receipt has told yet."""
    _in_flight: dict[UserId, dict[RoomId, ReadMark]] = Factory(dict[UserId, dict[RoomId, ReadMark]])

    def put(self, mark: ReadMark, *, private: bool = False) -> None:
        """Take a mark that is greater than what was known; `private`: others are not told of it."""
        self.waiting.setdefault(mark.user, {})[mark.room] = mark
        news = self.news.setdefault(mark.room, News())
        if private:
            news.own[mark.user] = mark.seq
        else:
            news.read[mark.user] = mark.told

    def deliver(self, room: RoomId, user: UserId, seq: int) -> None:
        """Note for the next receipt that everything up to `seq` has reached a device of `user`."""
        self.news.setdefault(room, News()).delivered[user] = seq

    def newest(self, user: UserId) -> dict[RoomId, ReadMark]:
        """Return the marks of a user which the store may not have yet."""
        return {**self._in_flight.get(user, {}), **self.waiting.get(user, {})}

    def take(self, most: int) -> tuple[ReadMark, ...]:
        """Take at most `most` marks to the store. They count as newer than the store's until they are applied."""
        taken: list[ReadMark] = []
        while self.waiting and len(taken) < most:
            user, rooms = next(iter(self.waiting.items()))
            room, mark = rooms.popitem()
            taken.append(mark)
            self._in_flight.setdefault(user, {})[room] = mark
            if not rooms:
                del self.waiting[user]
        return tuple(taken)

    def settle(self, mark: ReadMark) -> None:
        """The store has `mark`."""
        rooms = self._in_flight.get(mark.user, {})
        taken = rooms.get(mark.room)
        if taken is not None and merged(taken, mark) == mark:
            del rooms[mark.room]
            if not rooms:
                del self._in_flight[mark.user]

    def give_back(self) -> None:
        """Let what was taken wait again: its commit failed."""
        for user, rooms in self._in_flight.items():
            waiting = self.waiting.setdefault(user, {})
            waiting.update({room: merged(waiting.get(room), mark) for room, mark in rooms.items()})
        self._in_flight.clear()

    def take_news(self) -> dict[RoomId, News]:
        """Take what receipts have to tell."""
        news, self.news = self.news, {}
        return news
