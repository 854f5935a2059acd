"""What a room is, and who is in it."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model.filters import Filter
from chatd.model.kinds import HeadPlus, MemberState, Role, RoomId, RoomKind, SeqOf, UserId
from chatd.rights import USUAL, Archive, Denial, Feature, Invite, Settings


@frozen(kw_only=True)
class RoomRecord:
    """What a room is, apart from its entries and its members."""

    room: RoomId
    kind: RoomKind
    title: str = ""
    pair: tuple[UserId, UserId] | None = None
    """The two of a direct room, sorted; None for every other kind."""
    members: int = 0
    """How many are present (`PRESENT`)."""
    owners: int = 0
    pins: tuple[int, ...] = ()
    """The seqs of the pinned posts, in the order in which they were pinned."""
    requests: int = 0
    """How many ask to be let in."""
    settings: Settings = USUAL
    invites: tuple[Invite, ...] = ()
    """Those that were not revoked or used up, oldest first; some may have expired."""
    outgrown: tuple[Feature, ...] = ()
    """What the room became too large for, as its entries have told."""
    filter: Filter | None = None
    """None where everything may be said."""
    expired: int = 0
    """Of a live room: the entries up to this seq are given to nobody any more, but for pinned posts. `SEQ_MAX` where
    all that it ever holds is gone."""
    ended: Archive | None = None
    """Of a live room whose stream is over: what has become of it."""
    frozen: bool = False
    """Nobody but operators changes anything in it."""
    held: int = 0
    """How many posts wait for review."""
    held_ever: int = 0
    """How many ever did."""
    erasing: int | None = None
    """Of a stream that is kept for nobody: the bodies up to this seq are erased, the others will be; None: all are."""


@frozen(kw_only=True)
class Membership:
    """A user in a room. They may see the entries `floor..until`, to the head while `until` is None."""

    room: RoomId
    user: UserId
    state: MemberState
    role: Role
    floor: int | SeqOf | HeadPlus
    until: int | SeqOf | HeadPlus | None
    """0 for who never was present (invited, requested): an empty range."""
    denied: tuple[Denial, ...] = ()
    """What was taken from them, in the order of `Permission`. It outlasts their leaving; some may be over."""
    banned_until: int | None = None
    """Of who is banned: the time from which on that counts for nothing; None: until it is lifted."""
    since: int = 0
    """Since when their state is what it is."""
