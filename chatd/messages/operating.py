"""What operators alone may ask."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import HASH_BYTES
from chatd.frozen import frozen
from chatd.messages.administering import Follow, ListUsers
from chatd.messages.fields import a_name, exact_bytes, text_within, within
from chatd.messages.telling import AskAttributes
from chatd.messages.webhooks import AskWebhooks
from chatd.model import UserId
from chatd.rights import Level


@frozen(kw_only=True)
class IssueToken:
    """For operators. The secret is made by who asks, and never sent: only its hash is."""

    tag: ClassVar[int] = 40
    user: UserId = field(validator=a_name)
    hash: bytes = field(validator=exact_bytes(HASH_BYTES))
    ttl_s: int | None = field(default=None, validator=within(1, 10 * 366 * 86_400))


@frozen(kw_only=True)
class RevokeToken:
    tag: ClassVar[int] = 41
    token: str = field(validator=text_within(16))
    """The public id: 16 hex digits."""


@frozen(kw_only=True)
class ListTokens:
    tag: ClassVar[int] = 42
    after: str | None = field(default=None)
    limit: int = field(default=100, validator=within(1, 200))


@frozen(kw_only=True)
class HoldStore:
    """For operators. Until `ReleaseStore`, or the session's end, the store's file can be copied."""

    tag: ClassVar[int] = 43


@frozen(kw_only=True)
class ReleaseStore:
    """For operators. Answered `Done` where the file was held until now, and a copy of it is good."""

    tag: ClassVar[int] = 44


@frozen(kw_only=True)
class SetLevel:
    """For operators. The emergency level of the whole server."""

    tag: ClassVar[int] = 180
    level: int = field(validator=within(0, max(Level)))


OperatorAsk = ListTokens | HoldStore | ReleaseStore | AskWebhooks | ListUsers | Follow | AskAttributes
"""What changes no room, and is answered by the store."""
OperatorCommand = IssueToken | RevokeToken | SetLevel | OperatorAsk
