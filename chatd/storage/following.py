"""What is read by who looks at all rooms, or at all those of a user: a part of `queries`."""

from __future__ import annotations

from collections.abc import Collection

from chatd.frozen import frozen
from chatd.model import Entry, EntryKind, RoomId, UserId


@frozen(kw_only=True)
class GetCommits:
    """Entries of all rooms in the order of their commits. Answered with `Commits`; ends early at either bound, but
    never empty for that.

    Posts and edits of a stream that is kept for nobody are stubs, whether they have been erased yet or not: nobody is
    given any of them from its end on.

    The places of entries in that order are 1, 2, 3 ..., and stay the same for ever. They tell how much others write, so
    users are never told them.
    """

    after: int
    """A place."""
    entries_max: int
    bytes_max: int
    """Of bodies, each with 256 bytes added for what surrounds it."""


@frozen
class Commits:
    entries: tuple[Entry, ...]
    place: int
    """Of the last of them; that which was asked for where there are none."""
    more: bool
    """A bound has cut: there are entries after that place."""


@frozen(kw_only=True)
class GetRanges:
    """The memberships by which a user may see entries, self room excepted: a tuple of `Membership`, their floors above
    what has expired.

    Those that see a room as it grows come first, then ascending by room.
    """

    user: UserId
    limit: int


@frozen
class GetExpiring:
    """The posts that are still to be deleted when their time comes, the earliest first: a tuple of `Expiring`."""

    limit: int


@frozen(kw_only=True)
class GetErasing:
    """The streams kept for nobody of which bodies are left, ascending, from behind the room `after`: a tuple of
    `RoomId`."""

    after: RoomId
    limit: int


@frozen(kw_only=True)
class GetAged:
    """The streams under way that still keep an entry, ascending, from behind the room `after`: a tuple of `Aged`."""

    before: int
    """A time: what is older counts as old."""
    most: int
    """So many entries of each room are looked at."""
    after: RoomId
    limit: int


FollowingQuery = GetCommits | GetRanges | GetExpiring | GetErasing | GetAged


@frozen
class Expiring:
    room: RoomId
    seq: int
    expires: int


@frozen
class Aged:
    room: RoomId
    oldest: int
    """The time of the oldest entry that it keeps."""
    last: int
    """The last of the first `most` entries that is old; 0: none is."""


def stub_of(entry: Entry, gone: Collection[RoomId]) -> Entry:
    """Return an entry, as a stub where it is a post or an edit in one of the rooms `gone`."""
    if entry.room not in gone or entry.kind not in (EntryKind.POST, EntryKind.EDIT):
        return entry
    return entry.stub()
