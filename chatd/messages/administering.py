"""What operators do on behalf of the app: users, rooms, and the stream of all that was committed."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import SHORT_HASH_BYTES
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import SEQ_MAX
from chatd.messages.events import Entered
from chatd.messages.fields import (
    Unfit,
    a_name,
    a_title,
    at_most,
    command_key,
    exact_bytes,
    room_id,
    text_within,
    user_list,
    within,
)
from chatd.messages.grouping import led
from chatd.messages.moderating import REASON_BYTES_MAX
from chatd.messages.telling import Tell
from chatd.messages.webhooks import SettleLetters
from chatd.model import EntryKind, Key, RoomId, RoomKind, UserId

POSITION_BYTES = 16 + 8 + SHORT_HASH_BYTES
"""Of a place in the stream: of fixed size, so nothing needs to parse it."""
FOLLOW_MS_MAX = 10_000
"""So long a stream that has nothing new waits for something."""
FOLLOW_EVENTS_MAX = 200


@frozen(kw_only=True)
class CreateUser:
    """For operators. A user exists from then on, without a token."""

    tag: ClassVar[int] = 160
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    retry: bool = False


@frozen(kw_only=True)
class CloseUser:
    """For operators. Nobody is let in as this user any more, for good."""

    tag: ClassVar[int] = 161
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    reason: str = field(default="", validator=text_within(REASON_BYTES_MAX))
    retry: bool = False


@frozen(kw_only=True)
class CreateFor:
    """For operators. A room that belongs to somebody else, of a kind that somebody leads."""

    tag: ClassVar[int] = 162
    key: Key = field(validator=command_key)
    owner: UserId = field(validator=a_name)
    title: str = field(validator=a_title)
    members: tuple[UserId, ...] = field(default=(), validator=user_list)
    kind: RoomKind = field(default=RoomKind.GROUP, validator=led)
    retry: bool = False


@frozen(kw_only=True)
class Freeze:
    """For operators. Until it is taken back, nobody but operators changes anything in the room."""

    tag: ClassVar[int] = 163
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    on: bool = True
    reason: str = field(default="", validator=text_within(REASON_BYTES_MAX))
    retry: bool = False


@frozen(kw_only=True)
class RevokeTokens:
    """For operators. No token of the user that was issued up to a time is good any more, whoever made or signed it."""

    tag: ClassVar[int] = 170
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    until: int | None = field(default=None, validator=within(0, SEQ_MAX))
    """None: now, by the clock of the server."""
    reason: str = field(default="", validator=text_within(REASON_BYTES_MAX))
    retry: bool = False


Administer = CreateUser | CloseUser | CreateFor | Freeze | RevokeTokens | Tell | SettleLetters
"""The keyed commands that operators alone may send."""


@frozen(kw_only=True)
class ListUsers:
    tag: ClassVar[int] = 164
    after: UserId | None = field(default=None, validator=a_name)
    limit: int = field(default=100, validator=within(1, 200))


@frozen(kw_only=True)
class User:
    user: UserId
    created: int
    closed: int | None = None


@frozen(kw_only=True)
class UsersPage:
    tag: ClassVar[int] = 195
    users: tuple[User, ...]
    """Ascending in the order of the bytes of their names."""
    more: bool


@frozen(kw_only=True)
class Follow:
    """For operators. What was committed behind a position, in every room, in the order of commits."""

    tag: ClassVar[int] = 165
    after: bytes | None = field(default=None, validator=exact_bytes(POSITION_BYTES))
    """Opaque: of an event, or of the page before. None asks for the beginning."""
    limit: int = field(default=100, validator=within(1, FOLLOW_EVENTS_MAX))
    wait_ms: int = field(default=0, validator=within(0, FOLLOW_MS_MAX))
    """How long to wait for something new where there is nothing."""
    room_kinds: tuple[RoomKind, ...] = field(default=(), validator=at_most(16))
    """Empty: rooms of every kind."""
    kinds: tuple[EntryKind, ...] = field(default=(), validator=at_most(64))
    """Empty: entries of every kind."""
    now: bool = False
    """Only where the stream ends now is asked for, from which on to follow."""

    def __attrs_post_init__(self) -> None:
        if self.now and self.after is not None:
            raise Unfit(RefusalCode.BAD_REQUEST, "follow: now, or after a position, and not both")


@frozen(kw_only=True)
class StreamEvent:
    position: bytes = field(validator=exact_bytes(POSITION_BYTES))
    """From which on to follow once this one is dealt with."""
    room_kind: RoomKind
    entry: Entered


@frozen(kw_only=True)
class Followed:
    """The reply to `Follow`."""

    tag: ClassVar[int] = 196
    status: str
    """`ok` | `reset` (the position does not belong to this store: begin anew)."""
    position: bytes = field(validator=exact_bytes(POSITION_BYTES))
    """Everything up to it has been looked at."""
    events: tuple[StreamEvent, ...] = ()
    more: bool = False
    """There is more, or may be: ask at once."""
