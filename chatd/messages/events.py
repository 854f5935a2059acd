"""What a server pushes: the entries of rooms, what cannot be given, and signals."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import HASH_BYTES
from chatd.frozen import frozen
from chatd.messages.fields import a_seq, a_wait, an_entry, exact_bytes, room_id
from chatd.model import Key, RoomId, UserId


@frozen(kw_only=True)
class Entered:
    """One entry of a room: the event, and the element of pages. The wire carries the whole of `model.Entry` but g."""

    tag: ClassVar[int] = 80
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)
    kind: str
    sender: UserId
    key: Key
    time: int
    posts: int
    h8: bytes
    target: int | None = None
    body: bytes | None = field(default=None, repr=False)
    salt: bytes | None = field(default=None, repr=False)
    body_hash: bytes | None = None
    """Of a stub alone, whose salt and body are gone."""
    expires: int | None = field(default=None, validator=a_seq)
    """When the server deletes it. The hash chain does not cover this."""


@frozen(kw_only=True)
class Gap:
    """The entries start..end of a room will not be given, and why. The next one has seq end + 1."""

    tag: ClassVar[int] = 81
    room: RoomId = field(validator=room_id)
    start: int = field(validator=a_seq)
    end: int = field(validator=a_seq)
    reason: str
    hash: bytes | None = field(default=None, validator=exact_bytes(HASH_BYTES))
    """The full chain hash at `end`, from which the entries after it are verified."""


@frozen(kw_only=True)
class Paused:
    """This session is attached to no room any more. Subscribe from the cursors."""

    tag: ClassVar[int] = 82
    reason: str
    """`slow` | `recovered`."""


@frozen(kw_only=True)
class CaughtUp:
    """All that subscribe number `request` asked for has been sent, and its rooms are live."""

    tag: ClassVar[int] = 83
    request: int


@frozen(kw_only=True)
class IsTyping:
    tag: ClassVar[int] = 84
    room: RoomId = field(validator=room_id)
    user: UserId


@frozen(kw_only=True)
class Receipts:
    tag: ClassVar[int] = 85
    room: RoomId = field(validator=room_id)
    read: dict[UserId, int]
    delivered: dict[UserId, int] = field(factory=dict[UserId, int])
    """How much has reached a device of each of these users."""


@frozen(kw_only=True)
class PostSummary:
    seq: int = field(validator=an_entry)
    reactions: dict[str, int] = field(factory=dict[str, int])
    """How many users give each emoji, all of them."""


@frozen(kw_only=True)
class PollSummary:
    seq: int = field(validator=an_entry)
    votes: tuple[int, ...]
    """How many chose each option."""
    voters: int


@frozen(kw_only=True)
class Summary:
    """What followers, or an audience, came to: a passing fact, of which the newest is enough."""

    tag: ClassVar[int] = 94
    room: RoomId = field(validator=room_id)
    members: int
    """How many are present."""
    posts: tuple[PostSummary, ...] = ()
    """Those to which something was done since the summary before."""
    polls: tuple[PollSummary, ...] = ()
    """Those that were opened, voted in or closed since then."""


@frozen(kw_only=True)
class ServerLevel:
    """The emergency level of the whole server has changed."""

    tag: ClassVar[int] = 205
    level: int


@frozen(kw_only=True)
class InReview:
    """So many posts of a room wait for review now."""

    tag: ClassVar[int] = 207
    room: RoomId = field(validator=room_id)
    held: int


@frozen(kw_only=True)
class GoingAway:
    """The server is about to stop: reconnect after `after_ms`. What is in flight is still answered."""

    tag: ClassVar[int] = 86
    after_ms: int = field(validator=a_wait)


@frozen(kw_only=True)
class Closing:
    """The last frame before the end of the stream."""

    tag: ClassVar[int] = 87
    code: int
    text: str = ""
    after_ms: int | None = field(default=None, validator=a_wait)
