"""What may not be said in a room."""

from __future__ import annotations

from enum import StrEnum

from chatd.frozen import frozen
from chatd.model.kinds import Role


class FilterAction(StrEnum):
    """What becomes of a post that a filter catches."""

    REFUSE = "refuse"
    HOLD = "hold"
    """It waits until somebody has looked at it."""


class Links(StrEnum):
    """Which links may be said."""

    ANY = "any"
    LISTED = "listed"
    """Those to the hosts of the filter, and to what lies below them."""
    NONE = "none"


@frozen(kw_only=True)
class Filter:
    words: tuple[str, ...] = ()
    """Words, and words one behind another, that nobody says."""
    links: Links = Links.ANY
    hosts: tuple[str, ...] = ()
    exempt: Role = Role.MODERATOR
    """Whoever has this role, or a higher one, says what they like."""
    action: FilterAction = FilterAction.REFUSE


NO_FILTER = Filter()
