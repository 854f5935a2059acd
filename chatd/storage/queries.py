"""What may be read from a store, and the shape of each answer."""

from __future__ import annotations

from operator import attrgetter

from attrs import Factory, field

from chatd.frozen import frozen
from chatd.model import (
    Conversation,
    Entry,
    EntryKind,
    Head,
    Key,
    Membership,
    MessageRecord,
    PollRecord,
    RoomId,
    RoomRecord,
    UserId,
)
from chatd.storage.aside import Aside


@frozen
class GetRoom:
    """Answered with `RoomState | None`."""

    room: RoomId


@frozen
class RoomState:
    record: RoomRecord
    head: Head


@frozen
class GetHead:
    """Answered with `Head`: that of an empty room where none is known."""

    room: RoomId


@frozen
class GetMembership:
    """Answered with `MemberView | None`."""

    room: RoomId
    user: UserId


@frozen
class MemberView:
    membership: Membership
    read: int
    """The read mark; 0 where there is none."""
    posted: int = 0
    """Where slow mode is on, the time of the user's last post that may still hold them up; else 0."""
    told: int = field(default=Factory(attrgetter("read"), takes_self=True))
    """As far as others may know that the user has read."""
    conversation: Conversation | None = None
    blocks: bool = False
    """Of a direct room: whether the user has blocked the other one."""


@frozen
class GetKey:
    """Answered with `KeyRow | None`."""

    room: RoomId
    sender: UserId
    key: Key


@frozen
class KeyRow:
    """The entry that has the key."""

    room: RoomId
    seq: int
    time: int
    salt: bytes | None
    """None once erased: then there is nothing to compare with."""
    command_hash: bytes | None
    """None where it is not the first entry of its item: no command has this key."""


@frozen
class GetUser:
    """Answered with `UserRecord | None`."""

    user: UserId


@frozen
class FindToken:
    """By the public id, the first 8 bytes of the hash. Answered with `TokenRecord | None`."""

    prefix: bytes


@frozen(kw_only=True)
class GetTokens:
    """Answered with a tuple of `TokenRecord`, ascending by hash."""

    after: bytes
    limit: int


@frozen(kw_only=True)
class GetHash:
    """Answered with the chain hash (`bytes`) at seq, `chain.origin` for seq 0, or None beyond the head."""

    room: RoomId
    seq: int


@frozen(kw_only=True)
class GetUnread:
    """Answered with how many entries above seq count as unread (`int`): those there are, but what was erased.

    By formula: posts(head) - posts(seq) - erased posts above seq, of which at most `ERASED_MAX` are looked at.
    """

    room: RoomId
    seq: int


ERASED_MAX = 10_000


@frozen
class GetMessage:
    """Of the entry at seq. Answered with `MessageView | None`."""

    room: RoomId
    seq: int


@frozen
class MessageView:
    """Who made an entry, and what became of it."""

    kind: EntryKind
    sender: UserId
    time: int
    record: MessageRecord
    poll: PollRecord | None = None


@frozen
class GetReaction:
    """Answered with whether (`bool`) a user reacts to a post with an emoji."""

    room: RoomId
    seq: int
    emoji: str
    user: UserId


@frozen(kw_only=True)
class GetReactions:
    """Who reacts to a post: a tuple of `ReactionRecord`, ascending by emoji and user in the order of their bytes.

    `after` is the (emoji, user) beyond which to begin.
    """

    room: RoomId
    seq: int
    after: tuple[str, UserId]
    limit: int


@frozen(kw_only=True)
class GetEdits:
    """The edits of a post beyond the seq `after` and up to `last`. Answered with `Page`, whose entries have holes
    between them and whose `before` is None; ends early at either bound, but never empty for that."""

    room: RoomId
    seq: int
    after: int
    last: int
    entries_max: int
    bytes_max: int


@frozen(kw_only=True)
class GetEntries:
    """The entries first..last of a room. Answered with `Page`; ends early at either bound, but never empty for that.

    `newest` tells which end to keep when a bound cuts: True keeps the entries nearest to `last`.
    """

    room: RoomId
    first: int
    last: int
    entries_max: int
    bytes_max: int
    """Of bodies, each with 256 bytes added for what surrounds it."""
    newest: bool = False
    changes: bool = False
    """Whether the page tells what became of its entries."""


@frozen
class Page:
    entries: tuple[Entry, ...]
    """Ascending, without holes."""
    before: bytes | None
    """The chain hash before the first of them; None of an empty page."""
    changes: tuple[Change, ...] = ()
    """What became of those that anything was done to, ascending, where it was asked for."""


@frozen
class Change:
    """What became of a post, its newest edit, and of a poll how the votes stand."""

    record: MessageRecord
    edit: Entry | None
    poll: PollRecord | None = None


@frozen(kw_only=True)
class GetMembers:
    """Those whose state is not `left`, ascending by the user's UTF-8 bytes, beyond `after`: a tuple of `Membership`."""

    room: RoomId
    after: UserId
    limit: int
    staff: bool = False
    """Only those with a role above `member`: the others are not gone through for them."""


Query = (
    GetRoom
    | GetHead
    | GetMembership
    | GetKey
    | GetUser
    | FindToken
    | GetTokens
    | GetHash
    | GetUnread
    | GetMessage
    | GetReaction
    | GetReactions
    | GetEdits
    | GetEntries
    | GetMembers
    | Aside
)
