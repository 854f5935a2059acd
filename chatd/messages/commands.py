"""What a client sends: the hello, and everything a session may ask after it."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import HASH_BYTES, ROOM_BYTES
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import CREDENTIAL_BYTES_MAX
from chatd.messages.fields import (
    Unfit,
    a_name,
    a_seq,
    a_title,
    at_most,
    command_key,
    cursor_triples,
    exact_bytes,
    room_id,
    text_within,
    user_list,
    within,
)
from chatd.model import Key, Role, RoomId, UserId

PAGE_BYTES = 8 + ROOM_BYTES
"""Of the token that leads from one page of rooms to the next: of fixed size, so nothing needs to parse it."""


@frozen(kw_only=True)
class Hello:
    tag: ClassVar[int] = 1
    version: int = field(validator=within(0, 255))
    scheme: str = field(validator=text_within(16))
    """`token` | `dev` | `operator`: what `credential` is."""
    credential: str = field(default="", repr=False, validator=text_within(CREDENTIAL_BYTES_MAX))
    device: str = field(default="default", validator=a_name)
    capabilities: tuple[str, ...] = field(default=(), validator=at_most(32))
    heartbeat_s: int = field(default=60, validator=within(1, 3600))
    agent: str = field(default="", validator=text_within(128))
    """The client's name and version, for the operator's logs."""


@frozen(kw_only=True)
class Ping:
    tag: ClassVar[int] = 2


@frozen(kw_only=True)
class Post:
    tag: ClassVar[int] = 10
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    content: bytes = field(repr=False)
    retry: bool = False


@frozen(kw_only=True)
class OpenDirect:
    tag: ClassVar[int] = 11
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    retry: bool = False


@frozen(kw_only=True)
class CreateGroup:
    tag: ClassVar[int] = 12
    key: Key = field(validator=command_key)
    title: str = field(validator=a_title)
    members: tuple[UserId, ...] = field(default=(), validator=user_list)
    retry: bool = False


@frozen(kw_only=True)
class AddMember:
    tag: ClassVar[int] = 13
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    users: tuple[UserId, ...] = field(validator=user_list)
    retry: bool = False


@frozen(kw_only=True)
class RemoveMember:
    tag: ClassVar[int] = 14
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    retry: bool = False


@frozen(kw_only=True)
class Join:
    tag: ClassVar[int] = 15
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    retry: bool = False


@frozen(kw_only=True)
class Leave:
    tag: ClassVar[int] = 16
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    retry: bool = False


@frozen(kw_only=True)
class SetTitle:
    tag: ClassVar[int] = 17
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    title: str = field(validator=a_title)
    retry: bool = False


@frozen(kw_only=True)
class SetRole:
    tag: ClassVar[int] = 18
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    role: Role
    retry: bool = False


KeyedCommand = Post | OpenDirect | CreateGroup | AddMember | RemoveMember | Join | Leave | SetTitle | SetRole
"""The commands that can commit an entry: each carries a key and, on a resend, `retry`."""


@frozen(kw_only=True)
class Subscribe:
    tag: ClassVar[int] = 20
    epoch: bytes = field(validator=exact_bytes(16))
    rooms: tuple[bytes | int, ...] = field(validator=cursor_triples)
    latest: int | None = field(default=None, validator=within(0, 100))
    """Skip ahead so that at most this many entries of each room follow; what is left out is a named gap."""


@frozen(kw_only=True)
class History:
    """At most one of before, after, around; none of them asks for the newest."""

    tag: ClassVar[int] = 22
    room: RoomId = field(validator=room_id)
    before: int | None = field(default=None, validator=a_seq)
    after: int | None = field(default=None, validator=a_seq)
    around: int | None = field(default=None, validator=a_seq)
    limit: int = field(default=50, validator=within(1, 1000))

    def __attrs_post_init__(self) -> None:
        if [self.before, self.after, self.around].count(None) < 2:
            raise Unfit(RefusalCode.BAD_REQUEST, "history: at most one of before, after, around")


@frozen(kw_only=True)
class Members:
    tag: ClassVar[int] = 23
    room: RoomId = field(validator=room_id)
    after: UserId | None = field(default=None, validator=a_name)
    limit: int = field(default=100, validator=within(1, 1000))


@frozen(kw_only=True)
class Rooms:
    tag: ClassVar[int] = 24
    next: bytes | None = field(default=None, validator=exact_bytes(PAGE_BYTES))
    """Opaque, from the page before; None asks for the first page."""
    limit: int = field(default=50, validator=within(1, 1000))


@frozen(kw_only=True)
class MarkRead:
    tag: ClassVar[int] = 25
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)


@frozen(kw_only=True)
class Typing:
    tag: ClassVar[int] = 26
    room: RoomId = field(validator=room_id)


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


OperatorCommand = IssueToken | RevokeToken | ListTokens | HoldStore | ReleaseStore
"""What operators alone may ask."""

Command = KeyedCommand | Ping | Subscribe | History | Members | Rooms | MarkRead | Typing | OperatorCommand
"""Everything a session may ask after its hello."""
