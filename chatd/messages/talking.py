"""What members say in a room, and what they do to what was said."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import OPTIONS_MAX
from chatd.messages.fields import Unfit, a_name, a_seq, an_emoji, an_entry, ascending, command_key, room_id, within
from chatd.model import Key, RoomId, UserId

TTL_S_MAX = 366 * 86_400


@frozen(kw_only=True)
class Origin:
    """Where a post stands that is forwarded."""

    room: RoomId = field(validator=room_id)
    seq: int = field(validator=an_entry)


@frozen(kw_only=True)
class Post:
    tag: ClassVar[int] = 10
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    content: bytes = field(repr=False)
    reply: int | None = field(default=None, validator=an_entry)
    """The seq of the entry that it answers."""
    ttl_s: int | None = field(default=None, validator=within(1, TTL_S_MAX))
    """How long after it is committed the server deletes it; None: when the room says, or never."""
    origin: Origin | None = None
    """Of a forward: told to the server alone."""
    retry: bool = False


@frozen(kw_only=True)
class Edit:
    tag: ClassVar[int] = 30
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    seq: int = field(validator=an_entry)
    content: bytes = field(repr=False)
    retry: bool = False


@frozen(kw_only=True)
class Delete:
    tag: ClassVar[int] = 31
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    seq: int = field(validator=an_entry)
    retry: bool = False


@frozen(kw_only=True)
class React:
    tag: ClassVar[int] = 32
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    seq: int = field(validator=an_entry)
    emoji: str = field(validator=an_emoji)
    on: bool = True
    retry: bool = False


@frozen(kw_only=True)
class Pin:
    tag: ClassVar[int] = 33
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    seq: int = field(validator=an_entry)
    on: bool = True
    retry: bool = False


@frozen(kw_only=True)
class Vote:
    """Choose in a poll, in the place of what one chose before."""

    tag: ClassVar[int] = 38
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    seq: int = field(validator=an_entry)
    options: tuple[int, ...] = field(default=(), validator=ascending(OPTIONS_MAX))
    """Ascending, the first option of the poll is 0. Empty takes the vote back."""
    retry: bool = False


@frozen(kw_only=True)
class ClosePoll:
    tag: ClassVar[int] = 39
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    seq: int = field(validator=an_entry)
    retry: bool = False


Act = Edit | Delete | React | Pin
"""What is done to a post."""

Voting = Vote | ClosePoll
"""What is done to a poll."""

Talk = Post | Act | Voting
"""The keyed commands of those who are present in a room, about what is said in it."""


@frozen(kw_only=True)
class Versions:
    """The edits of a post, oldest first."""

    tag: ClassVar[int] = 34
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=an_entry)
    after: int = field(default=0, validator=a_seq)
    """The seq of the last edit of the page before; 0 asks for the first page."""
    limit: int = field(default=50, validator=within(1, 1000))


@frozen(kw_only=True)
class Reactions:
    """Who reacted to a post, by emoji and user in the order of their bytes."""

    tag: ClassVar[int] = 35
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=an_entry)
    emoji: str | None = field(default=None, validator=an_emoji)
    """The last of the page before, together with `user`; None asks for the first page."""
    user: UserId | None = field(default=None, validator=a_name)
    limit: int = field(default=100, validator=within(1, 1000))

    def __attrs_post_init__(self) -> None:
        if (self.emoji is None) is not (self.user is None):
            raise Unfit(RefusalCode.BAD_REQUEST, "reactions: emoji and user go together")


@frozen(kw_only=True)
class Votes:
    """Who voted in a poll for what, by user in the order of their bytes."""

    tag: ClassVar[int] = 144
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=an_entry)
    after: UserId | None = field(default=None, validator=a_name)
    """The last of the page before; None asks for the first page."""
    limit: int = field(default=100, validator=within(1, 1000))
