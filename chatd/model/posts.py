"""What became of a post: the records beside its entry."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model.kinds import RoomId, SeqOf, UserId


@frozen
class Tally:
    """How many users reacted to a post with one emoji, and who of those who still do was first."""

    emoji: str
    count: int
    first: tuple[UserId, ...]
    """At most `FIRST_REACTORS`; fewer than `count` where that is greater, or where one of them took it back."""


FIRST_REACTORS = 3


@frozen(kw_only=True)
class MessageRecord:
    """What became of a post. One that nobody edited, deleted or reacted to has none."""

    room: RoomId
    seq: int
    edits: int = 0
    deleted: bool = False
    reactions: tuple[Tally, ...] = ()
    """In the order in which each emoji was first given."""


@frozen(kw_only=True)
class ReactionRecord:
    """Whether a user reacts to a post with an emoji."""

    room: RoomId
    seq: int
    emoji: str
    user: UserId
    on: bool


@frozen(kw_only=True)
class MentionsRecord:
    """Whom a post mentions from now on, in the place of all that it mentioned before.

    An `Erasure` or an `Expiry` of the post ends it.
    """

    room: RoomId
    seq: int | SeqOf
    edit: int = 0
    """Which of its edits says so: they count from 1. 0: the post itself."""
    users: tuple[UserId, ...] = ()
    everybody: bool = False


@frozen(kw_only=True)
class Expiry:
    """The bodies of the posts first..last are gone from now on, but for those `spared`, and with them those of their
    edits, wherever these stand, whom they mention, and their polls, votes and reactions. So are the edits first..last,
    but for those of a post that is spared."""

    room: RoomId
    first: int
    last: int
    spared: tuple[int, ...] = ()
    """Seqs of pinned posts, those before `first` too."""


@frozen(kw_only=True)
class Erasure:
    """The body of the post at `seq` and those of its edits are gone from now on, and whom it mentions with them. What
    they hashed to stays."""

    room: RoomId
    seq: int
    edited: bool
    """Whether it has edits."""
