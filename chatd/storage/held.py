"""What may be asked of posts that are held for review: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import RoomId, UserId


@frozen
class HeldPlace:
    """Where a post waits, and whose it is."""

    room: RoomId
    number: int
    user: UserId


@frozen
class GetHeld:
    """Answered with `HeldRecord | None`."""

    room: RoomId
    number: int


@frozen(kw_only=True)
class GetQueue:
    """The posts of a room that wait, by their numbers: a tuple of `HeldRecord`, at least one if there is any."""

    room: RoomId
    user: UserId | None
    """Only those of this author; None: everybody's."""
    after: int
    limit: int
    bytes_max: int


@frozen
class CountHeld:
    """Answered with how many posts (`int`) of an author wait in a room."""

    room: RoomId
    user: UserId


@frozen(kw_only=True)
class GetHeldSince:
    """The posts that wait longest of all rooms, of those held before a time: a tuple of `HeldPlace`."""

    before: int
    limit: int


@frozen(kw_only=True)
class GetHeldOf:
    """What waits of an author in all rooms, by room and number: a tuple of `HeldPlace`."""

    user: UserId
    limit: int


HeldQuery = GetHeld | GetQueue | CountHeld | GetHeldSince | GetHeldOf
