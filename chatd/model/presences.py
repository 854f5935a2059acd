"""Who lets whom know that they are there, and when they were."""

from __future__ import annotations

from enum import StrEnum

from chatd.frozen import frozen
from chatd.model.kinds import UserId


class Shown(StrEnum):
    """Whom a user lets know of their presence."""

    NOBODY = "nobody"
    CONTACTS = "contacts"
    """With whom they share a direct room: anybody may open one."""
    EVERYBODY = "everybody"
    """With whom they share a direct room, a group, or the staff of another room."""


class Seen(StrEnum):
    """When a user was there last, in steps so coarse that they tell of no habits."""

    ONLINE = "online"
    RECENTLY = "recently"
    """Within a day."""
    WEEK = "week"
    MONTH = "month"
    LONG_AGO = "long_ago"
    """Or never, or who asks may not know: nobody can tell these apart."""


@frozen(kw_only=True)
class PresenceRecord:
    """Whom a user lets know of their presence. Who has none lets nobody."""

    user: UserId
    shown: Shown


@frozen(kw_only=True)
class SeenRecord:
    """That a user was there, to the hour. Merged by max."""

    user: UserId
    at: int
