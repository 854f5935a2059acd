"""Who exists, and what lets them in."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model.kinds import UserId


@frozen(kw_only=True)
class UserRecord:
    user: UserId
    created: int
    closed: int | None = None
    """Since when nobody is let in as this user. What has once been closed stays so, whatever is put later."""
    leaving: bool = False
    """Whether a closed user has still to be taken out of rooms."""
    revoked_until: int = 0
    """No token that was issued up to then lets them in. It never goes back, whatever is put later."""


@frozen(kw_only=True)
class TokenRecord:
    """A bearer token, known by the hash of its secret alone."""

    hash: bytes
    """BLAKE2b-256 of the secret; its first 8 bytes in hex are the token's public id."""
    user: UserId
    created: int
    expires: int | None
    revoked: bool = False
