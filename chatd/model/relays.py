"""What is kept of the app's endpoints: how far each was told of what is committed, and what it would not take."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model.kinds import RoomId


@frozen(kw_only=True)
class RelayRecord:
    """An endpoint was told of everything up to a place in the order of commits, or it has a letter about it."""

    endpoint: str
    place: int
    """See `chatd.storage.following.GetCommits`."""
    time: int


@frozen(kw_only=True)
class LetterRecord:
    """An entry that an endpoint would not take in its time. It holds none of what was said."""

    endpoint: str
    room: RoomId
    seq: int
    time: int
    """When it was given up."""
    attempts: int
    error: str
    """What the last attempt met, for people."""
    again: bool = False
    """Whether it is to be delivered again."""


@frozen(kw_only=True)
class LettersChange:
    """Letters of an endpoint are to be delivered again, or are forgotten: one, or without a place all of them."""

    endpoint: str
    room: RoomId | None = None
    seq: int | None = None
    again: bool = False


WebhookRecord = RelayRecord | LetterRecord | LettersChange
"""What belongs to one endpoint of the app."""
