"""What is read of users by who administers them: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import RoomId, TokenRecord, UserId, UserRecord


@frozen(kw_only=True)
class GetUsers:
    """All users beyond `after`, closed ones too, ascending by the bytes of their names: a tuple of `UserRecord`."""

    after: UserId
    limit: int


@frozen
class GetBearer:
    """Who a token lets in. Answered with `Bearer | None`."""

    hash: bytes


@frozen
class Bearer:
    token: TokenRecord
    user: UserRecord


@frozen(kw_only=True)
class GetLeaving:
    """Closed users who have still to be taken out of rooms: a tuple of `UserRecord`, by name."""

    limit: int


@frozen(kw_only=True)
class GetStandings:
    """Where a user takes part, direct and self rooms excepted, ascending by room beyond `after`: a tuple of
    `Membership`."""

    user: UserId
    after: bytes
    limit: int


@frozen
class GetHeir:
    """Who is next to own a room when `user` goes: a tuple of their name (`str`), empty where nobody else is present.

    The highest role counts, then who has been there longest (the lowest floor), then the lowest name.
    """

    room: RoomId
    user: UserId


AccountQuery = GetUsers | GetBearer | GetLeaving | GetStandings | GetHeir
