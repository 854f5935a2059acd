"""What belongs to one user in one room."""

from __future__ import annotations

from attrs import Factory, field

from chatd.frozen import frozen
from chatd.model.kinds import RoomId, SeqOf, UserId


def _seq(mark: ReadMark) -> int:
    return mark.seq


@frozen
class ReadMark:
    """How far a user has read a room. Merged by max (invariant E6)."""

    room: RoomId
    user: UserId
    seq: int
    told: int = field(default=Factory(_seq, takes_self=True))
    """As far as others may know: less than `seq` where the user has read on privately. Merged by max, too."""


@frozen(kw_only=True)
class Conversation:
    """How a user keeps a room, which nobody else learns. One that they keep as it came has none."""

    room: RoomId
    user: UserId
    muted_until: int = 0
    """0: not muted."""
    archived: bool = False
    pinned: int = 0
    """When the user pinned it; 0: it is not pinned."""
    unread: int | None = None
    """Where the read mark stood when the user marked it as unread. A mark that has moved on since has ended that."""
    draft: int | SeqOf = 0
    """The seq of the entry in the user's self room that holds the draft; 0: there is none."""
    hidden: int = 0
    """How many of its entries the user has hidden."""


@frozen(kw_only=True)
class HiddenRecord:
    """An entry that a user does not want to see any more."""

    room: RoomId
    user: UserId
    seq: int


OwnRecord = ReadMark | Conversation | HiddenRecord
"""What belongs to one user in one room."""
