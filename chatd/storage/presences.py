"""What may be read of who lets whom know that they are there: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import RoomId, Shown, UserId


@frozen
class GetPresences:
    """Those of `users`, which are distinct, who let anybody know of their presence, in that order: a tuple of
    `PresenceView`."""

    users: tuple[UserId, ...]


@frozen
class PresenceView:
    user: UserId
    shown: Shown
    seen: int
    """When they were there last, to the hour; 0 where that is not known."""


@frozen
class IsPresent:
    """Answered with whether (`bool`) a user is a present member of a room."""

    room: RoomId
    user: UserId


@frozen
class IsKnown:
    """Answered with whether (`bool`) a user is a present member of a room as somebody of whom the others there know.

    Where members do not know of each other (`APART`) its staff alone is.
    """

    room: RoomId
    user: UserId


PresenceQuery = GetPresences | IsPresent | IsKnown
