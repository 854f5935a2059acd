"""What may be read from a store, and the shape of each answer."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import Entry, Head, Key, Membership, RoomId, RoomRecord, UserId


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


@frozen
class GetKey:
    """Answered with `KeyRow | None`."""

    room: RoomId
    sender: UserId
    key: Key


@frozen
class KeyRow:
    """The first entry of the item which used the key."""

    room: RoomId
    seq: int
    time: int
    salt: bytes | None
    """None once erased: then there is nothing to compare with."""
    command_hash: bytes


@frozen
class GetUser:
    """Answered with `UserRecord | None`."""

    user: UserId


@frozen
class GetToken:
    """Answered with `TokenRecord | None`."""

    hash: bytes


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
class GetPosts:
    """Answered with the running count of posts (`int`) at seq; 0 for seq 0; that of the head beyond it."""

    room: RoomId
    seq: int


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


@frozen
class Page:
    entries: tuple[Entry, ...]
    """Ascending, without holes."""
    before: bytes | None
    """The chain hash before the first of them; None of an empty page."""


@frozen(kw_only=True)
class GetMembers:
    """Those whose state is not `left`, ascending by the user's UTF-8 bytes, beyond `after`: a tuple of `Membership`."""

    room: RoomId
    after: UserId
    limit: int


@frozen(kw_only=True)
class GetRooms:
    """The conversations of a user: where they are present or invited, self room excepted.

    Newest first, by (time of the head, room) descending, below `before` when it is given.
    Answered with a tuple of `RoomRow`.
    """

    user: UserId
    before: tuple[int, RoomId] | None
    limit: int


@frozen(kw_only=True)
class RoomRow:
    record: RoomRecord
    membership: Membership
    read: int
    head: Head
    last: Entry | None
    """The head's entry; None for who is invited only."""
    unread: int
    """posts(head) - posts(max(read, floor - 1)), 0 for who is invited only."""


@frozen(kw_only=True)
class CountRooms:
    """Answered with the number (`int`) of rooms where the user is present, invited or requested, self room excepted."""

    user: UserId


Query = (
    GetRoom
    | GetHead
    | GetMembership
    | GetKey
    | GetUser
    | GetToken
    | FindToken
    | GetTokens
    | GetHash
    | GetPosts
    | GetEntries
    | GetMembers
    | GetRooms
    | CountRooms
)
