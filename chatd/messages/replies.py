"""What a server answers: the greeting, and the one final reply of each request."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import HASH_BYTES
from chatd.frozen import frozen
from chatd.limits import Limits
from chatd.messages.asking import PAGE_BYTES
from chatd.messages.events import Entered
from chatd.messages.fields import a_seq, a_wait, exact_bytes, room_id, text_within, within
from chatd.model import Answer, MemberState, Role, RoomId, RoomKind, UserId


@frozen(kw_only=True)
class Greeting:
    tag: ClassVar[int] = 64
    versions: tuple[int, ...]
    epoch: bytes = field(validator=exact_bytes(16))
    time: int
    limits: Limits


@frozen(kw_only=True)
class Welcome:
    """The reply to a hello."""

    tag: ClassVar[int] = 65
    version: int
    capabilities: tuple[str, ...]
    user: UserId
    device: str
    room: RoomId = field(validator=room_id)
    """The user's self room."""
    heartbeat_s: int = field(validator=within(1, 3600))
    level: int = 0
    """The emergency level of the whole server."""


@frozen(kw_only=True)
class Done:
    """The reply to what has no more to say: ping, mark_read, typing, and most of what operators ask."""

    tag: ClassVar[int] = 66


@frozen
class Committed:
    """The ack of a keyed command: its entry is on disk, at this place, for ever."""

    tag: ClassVar[int] = 67
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)
    time: int
    duplicate: bool = False
    answers: dict[UserId, Answer] | None = None
    """Of create_group and add_member, when `duplicate` is false."""
    held: bool = False
    """Of a post that waits for review: the place is that of the entry in the author's self room that says so."""


@frozen(kw_only=True)
class Refused:
    tag: ClassVar[int] = 68
    code: str
    verdict: str
    text: str = ""
    """For people; never parsed."""
    after_ms: int | None = field(default=None, validator=a_wait)
    wait_ms: int | None = field(default=None, validator=a_wait)
    """Where a refusal heals by itself: when the command would be taken. It asks for nothing, and holds nothing up."""
    reason: str = field(default="", validator=text_within(256))
    """Of `rejected`: the app's own word for why."""


@frozen(kw_only=True)
class RoomSync:
    """What `subscribe` answers for one room. The entries `start..end` follow as `Entered` events."""

    room: RoomId = field(validator=room_id)
    status: str
    """`ok` | `reset` (the cursor does not belong to this store: forget the room's entries) | `unknown_room`."""
    kind: RoomKind | None = None
    title: str = ""
    peer: UserId | None = None
    state: MemberState | None = None
    role: Role | None = None
    members: int = 0
    read: int = field(default=0, validator=a_seq)
    start: int = field(default=0, validator=a_seq)
    end: int = field(default=0, validator=a_seq)
    """Empty range: end = start - 1."""
    head: int = field(default=0, validator=a_seq)
    """The last seq this user may see."""
    hash: bytes | None = field(default=None, validator=exact_bytes(HASH_BYTES))
    """The full chain hash at `start - 1`."""
    attached: bool = False
    more: bool = False
    """Subscribe again from `end`: the rest did not fit."""
    pins: tuple[int, ...] = ()
    """The seqs of the pinned posts, in the order in which they were pinned."""
    hidden: tuple[int, ...] = ()
    """The seqs within start..end of the entries that the user has hidden, ascending."""
    off: tuple[str, ...] = ()
    """What is off of what rooms of this kind have: words, because a newer server has more of them."""
    watchers: int = field(default=0, validator=a_seq)
    """About how many watch it."""
    ended: str | None = None
    """What has become of the room of a stream that is over; None: it goes on."""


@frozen(kw_only=True)
class Subscribed:
    """Covers the first `len(rooms)` of the rooms asked; those after them are to be asked again."""

    tag: ClassVar[int] = 69
    rooms: tuple[RoomSync, ...]


@frozen(kw_only=True)
class MessageState:
    """What became of a post by the time of a page, beside its entry."""

    seq: int = field(validator=a_seq)
    edits: int = 0
    edited: int | None = None
    """The seq of the newest edit."""
    edit: Entered | None = None
    """That edit, where it fits the page."""
    deleted: bool = False
    reactions: dict[str, int] = field(factory=dict[str, int])
    """How many users gave each emoji."""
    first: dict[str, str] = field(factory=dict[str, str])
    """The names of those who gave it first, a space between them, which no name holds."""
    votes: tuple[int, ...] = ()
    """Of a poll, how many chose each option."""
    voters: int = 0
    closed: bool = False
    """By hand: of a poll that closes at a time, the content says when."""


@frozen(kw_only=True)
class HistoryPage:
    tag: ClassVar[int] = 70
    room: RoomId = field(validator=room_id)
    entries: tuple[Entered, ...]
    """Ascending."""
    hash: bytes | None
    """The full chain hash before the first of them; None of an empty page."""
    floor: int
    """The first seq this user may ever see."""
    head: int
    """The last one, now."""
    more_before: bool
    more_after: bool
    messages: tuple[MessageState, ...] = ()
    """Of those entries to which anything was done, ascending."""
    hidden: tuple[int, ...] = ()
    """The seqs of those that the user has hidden, ascending."""


@frozen(kw_only=True)
class VersionsPage:
    tag: ClassVar[int] = 74
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)
    edits: tuple[Entered, ...]
    """Ascending."""
    more: bool


@frozen(kw_only=True)
class Reactor:
    emoji: str
    user: UserId


@frozen(kw_only=True)
class ReactionsPage:
    tag: ClassVar[int] = 75
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)
    reactions: tuple[Reactor, ...]
    """By emoji and user, ascending in the order of their bytes."""
    more: bool


@frozen(kw_only=True)
class Voter:
    user: UserId
    options: tuple[int, ...]
    """Ascending."""


@frozen(kw_only=True)
class VotesPage:
    tag: ClassVar[int] = 90
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)
    votes: tuple[Voter, ...]
    """By user, ascending in the order of their bytes."""
    more: bool


@frozen(kw_only=True)
class Member:
    user: UserId
    state: MemberState
    role: Role


@frozen(kw_only=True)
class MembersPage:
    tag: ClassVar[int] = 71
    room: RoomId = field(validator=room_id)
    members: tuple[Member, ...]
    """By user, ascending in the order of their bytes."""
    more: bool


@frozen(kw_only=True)
class RoomSummary:
    room: RoomId = field(validator=room_id)
    kind: RoomKind
    state: MemberState
    role: Role
    title: str = ""
    peer: UserId | None = None
    members: int = 0
    head: int = 0
    read: int = 0
    unread: int = 0
    mentions: int = 0
    """Of the unread posts those that mention the user, or everybody: `MENTIONS_COUNTED_MAX` at most."""
    last: Entered | None = None
    """None, too, where the user has hidden it, or the post that it acts on."""
    muted_until: int = 0
    archived: bool = False
    pinned: int = 0
    """When the user pinned it; 0: it is not pinned."""
    marked_unread: bool = False
    """By hand."""
    draft: int = field(default=0, validator=a_seq)
    """The seq of the entry in the self room that holds the user's draft; 0: there is none."""
    off: tuple[str, ...] = ()
    """What is off of what rooms of this kind have: words, because a newer server has more of them."""


@frozen(kw_only=True)
class RoomsPage:
    tag: ClassVar[int] = 72
    rooms: tuple[RoomSummary, ...]
    """Newest last entry first."""
    more: bool
    next: bytes | None = field(default=None, validator=exact_bytes(PAGE_BYTES))


@frozen(kw_only=True)
class Readers:
    """Who has read an entry, as far as they let others know."""

    tag: ClassVar[int] = 210
    room: RoomId = field(validator=room_id)
    users: tuple[UserId, ...]
    """Ascending in the order of their bytes; without who asked."""


@frozen(kw_only=True)
class Token:
    token: str
    user: UserId
    created: int
    expires: int | None = None
    revoked: bool = False


@frozen(kw_only=True)
class TokensPage:
    tag: ClassVar[int] = 73
    tokens: tuple[Token, ...]
    more: bool
