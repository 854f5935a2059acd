"""Posts that wait until somebody has looked at them."""

from __future__ import annotations

from attrs import field

from chatd.frozen import frozen
from chatd.model.kinds import Key, RoomId, UserId


@frozen(kw_only=True)
class HeldRecord:
    """A post that is held for review. It is no entry of its room; approved, it becomes one."""

    room: RoomId
    number: int
    """Which of all that were ever held in the room: 1, 2, 3 ..."""
    user: UserId
    """Its author."""
    key: Key
    """Under which its author sent it."""
    time: int
    content: bytes = field(repr=False)
    """The exact bytes. Whom they mention, and what they quote, stands in them."""
    reply: int | None = None
    ttl_s: int | None = None
    """How long it lives, once it is an entry."""


@frozen(kw_only=True)
class HeldGone:
    """A post waits no more: approved or not, what was kept of it is erased."""

    room: RoomId
    number: int | None
    """None: all that waited in the room."""
