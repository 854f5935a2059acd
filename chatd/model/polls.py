"""What becomes of a poll: the records beside its post."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model.kinds import RoomId, SeqOf, UserId


@frozen(kw_only=True)
class PollRecord:
    """What a vote is judged by, and what the votes come to. Put with the post, so that nobody decodes it again."""

    room: RoomId
    seq: int | SeqOf
    multiple: bool
    """Whether one voter may choose several options."""
    closes: int | None
    """The time from which nobody votes any more; None: it stays open."""
    counts: tuple[int, ...]
    """How many chose each option: as many numbers as there are options."""
    voters: int = 0
    closed: bool = False
    """Whether somebody has closed it by hand."""


@frozen(kw_only=True)
class VoteRecord:
    """What a user chose in a poll."""

    room: RoomId
    seq: int
    user: UserId
    options: tuple[int, ...]
    """Ascending, each the place of an option, the first 0. Empty: they took their vote back."""
