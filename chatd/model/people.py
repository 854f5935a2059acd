"""What users have to do with each other, and what the app says of them."""

from __future__ import annotations

from enum import StrEnum

from chatd.frozen import frozen
from chatd.model.kinds import UserId

Attribute = str | int | bool
"""What an attribute of a user may be."""


class RelationKind(StrEnum):
    FOLLOW = "follow"
    BLOCK = "block"


class ContactList(StrEnum):
    """The lists that a user may ask for. Who blocks them is in none (invariant A8)."""

    FOLLOWS = "follows"
    FOLLOWERS = "followers"
    MUTUALS = "mutuals"
    """Who follows the user, and whom the user follows."""
    BLOCKS = "blocks"


@frozen(kw_only=True)
class Relation:
    """What one user has to do with another, one fact at a time: so two who set different ones overwrite nothing."""

    user: UserId
    kind: RelationKind
    other: UserId
    since: int
    """The time from which on it holds; 0: it does not hold any more."""


@frozen(kw_only=True)
class Attributes:
    """What the app says of a user, all of it."""

    user: UserId
    values: tuple[tuple[str, Attribute], ...]
    """By name."""


@frozen(kw_only=True)
class Ties:
    """What two users have to do with each other, seen from one of them. Each is the time since when; 0: not."""

    follows: int = 0
    followed: int = 0
    blocks: int = 0
    blocked: int = 0


NO_TIES = Ties()


@frozen(kw_only=True)
class Profile:
    """How a user shows themselves to others."""

    user: UserId
    name: str = ""
    handle: str = ""
    skeleton: str = ""
    """What all handles have in common that look like this one: two users never have the same."""
    avatar: str = ""
    version: int = 0
    """How often it has changed."""
