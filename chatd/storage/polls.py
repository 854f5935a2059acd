"""What may be read of the votes in a poll: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import RoomId, UserId


@frozen
class GetVote:
    """Answered with what a user chose in the poll at seq: a tuple of `int`, empty where they did not vote."""

    room: RoomId
    seq: int
    user: UserId


@frozen(kw_only=True)
class GetVotes:
    """Who voted in a poll, for what: a tuple of `VoteRecord`, ascending by the user's UTF-8 bytes, beyond `after`."""

    room: RoomId
    seq: int
    after: UserId
    limit: int


PollQuery = GetVote | GetVotes
