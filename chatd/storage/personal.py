"""What may be read of how users keep their conversations, and the shape of each answer: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import RoomId, UserId


@frozen(kw_only=True)
class GetHidden:
    """The seqs within first..last of the entries that a user has hidden: a tuple of `int`, ascending."""

    room: RoomId
    user: UserId
    first: int
    last: int


@frozen(kw_only=True)
class CountPinned:
    """Answered with how many conversations (`int`) a user has pinned."""

    user: UserId


@frozen(kw_only=True)
class GetReaders:
    """The present members of a room, ascending by the user's UTF-8 bytes: a tuple of `Reader`."""

    room: RoomId
    limit: int


@frozen
class Reader:
    user: UserId
    floor: int
    told: int
    """How far others may know that they have read; 0 where there is no mark."""


PersonalQuery = GetHidden | CountPinned | GetReaders
