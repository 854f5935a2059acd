"""What users report, and the evidence that goes with it."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model.entries import Entry
from chatd.model.kinds import RoomId, UserId

ReportId = bytes
"""16 bytes, opaque."""


@frozen
class Proof:
    """An entry as it was when it was reported, and the chain hash before it: so whoever has both can verify it."""

    before: bytes
    entry: Entry


@frozen(kw_only=True)
class ReportRecord:
    """A post, a room or a user, as somebody reported it."""

    report: ReportId
    reporter: UserId
    time: int
    room: RoomId | None = None
    """None: a user is reported."""
    seq: int | None = None
    """Of a post; None: the room or the user as such."""
    user: UserId | None = None
    """Whom it is about: the author of the post, or the user. None: a room."""
    reason: str
    text: str = ""
    resolved: int = 0
    """When somebody settled it; 0: it is open."""
    resolver: UserId = ""
    """Who did; empty: an operator, or nobody."""
    evidence: tuple[Proof, ...] = ()
    """Of a post: some entries before it, itself, and its newest edit. Put with the report, and read by itself."""


@frozen(kw_only=True)
class Resolution:
    """A report is settled, and its evidence gone; of one that is settled already nothing changes."""

    report: ReportId
    time: int
    resolver: UserId
