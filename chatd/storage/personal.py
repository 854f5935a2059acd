"""What may be read of how users keep their conversations, and the shape of each answer: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import Conversation, Entry, EntryKind, Head, Membership, RoomId, RoomRecord, UserId


@frozen(kw_only=True)
class GetHidden:
    """The seqs within first..last of the entries that a user has hidden: a tuple of `int`, ascending."""

    room: RoomId
    user: UserId
    first: int
    last: int


@frozen(kw_only=True)
class CountPinned:
    """Answered with how many conversations (`int`) a user has pinned."""

    user: UserId


@frozen(kw_only=True)
class CountMentions:
    """Answered with how many posts above seq mention a user, or everybody (`int`): `MENTIONS_COUNTED_MAX` at most.

    What was deleted, or edited away, does not count.
    """

    room: RoomId
    user: UserId
    seq: int


@frozen(kw_only=True)
class GetReaders:
    """The present members of a room, ascending by the user's UTF-8 bytes: a tuple of `Reader`."""

    room: RoomId
    limit: int


@frozen
class Reader:
    user: UserId
    floor: int
    told: int
    """How far others may know that they have read; 0 where there is no mark."""


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
    """The head's entry; None for who is invited only, and where it lies before their floor."""
    unread: int
    """As `GetUnread` for max(read, floor - 1); 0 for who is invited only."""
    mentions: int = 0
    """As `CountMentions` for the same."""
    conversation: Conversation | None = None
    last_hidden: bool = False
    """Whether the user has hidden the head's entry, or the post that it acts on: `conversation` counts them."""


def hiding(entry: Entry) -> tuple[int, ...]:
    """Return the seqs which, hidden, hide `entry`: its own, and that of the post it acts on. To answer is no act."""
    is_act = entry.kind is not EntryKind.POST
    return (entry.seq, entry.target) if is_act and entry.target is not None else (entry.seq,)


@frozen(kw_only=True)
class CountRooms:
    """Answered with the number (`int`) of rooms where the user is present, invited or requested, self room excepted."""

    user: UserId


PersonalQuery = GetHidden | CountPinned | CountMentions | GetReaders | GetRooms | CountRooms
