"""Who exists, and what lets them in."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model.kinds import UserId


@frozen(kw_only=True)
class UserRecord:
    user: UserId
    created: int


@frozen(kw_only=True)
class TokenRecord:
    """A bearer token, known by the hash of its secret alone."""

    hash: bytes
    """BLAKE2b-256 of the secret; its first 8 bytes in hex are the token's public id."""
    user: UserId
    created: int
    expires: int | None
    revoked: bool = False
