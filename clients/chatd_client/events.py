"""What a chat tells its app: one frozen class for each event, and how an entry of the wire becomes one."""

from __future__ import annotations

from typing import Any, cast

from attrs import field, frozen

from chatd import messages
from chatd.limits import CONTAINERS_MAX
from chatd.messages import Committed, KeyedCommand, Unfit
from chatd.model import EntryKind, Key, RoomId, Seen, UserId
from chatd.wire import content
from chatd.wire.bodies import Typed
from chatd.wire.strict import unpack
from chatd_client.errors import ChainBroken, Refused


@frozen(kw_only=True)
class Entry:
    """One durable fact of a room. Each (room, seq) comes exactly once, ascending in its room."""

    room: RoomId
    seq: int
    kind: str
    """One of `chatd.model.EntryKind`, or what a newer server says."""
    sender: UserId
    key: Key
    time: int
    """Milliseconds since 1970, by the server's clock."""
    mine: bool
    """Whether this user sent it, from whatever device."""
    posts: int
    """How many entries of the room, up to and with this one, count as unread."""
    target: int | None = None
    """The seq in the same room that this entry acts on."""
    expires: int | None = None
    """When the server deletes a post, by its clock; None: it stays. The hash chain does not cover this."""
    mentioned: bool = False
    """Whether it is a post or an edit that mentions this user, or everybody."""
    content: content.Content | None = None
    """Of a post or an edit. None of an erased one, and of one that this version cannot read: see `body`."""
    facts: dict[str, Any] = field(factory=dict[str, Any])
    """Of every other kind, by the names of protocol.md section 9. Empty when erased."""
    body: bytes | None = field(default=None, repr=False)
    """The exact bytes; None when erased."""

    @property
    def erased(self) -> bool:
        return self.body is None

    @property
    def text(self) -> str:
        """What to print of a post: its text, or the fallback of a type other than text. Empty for all else."""
        return "" if self.content is None else content.shown(self.content)

    @property
    def typed(self) -> Typed | None:
        """A post as a body of its type, such as `Media` or `Poll`; `Other` where this version does not know the type.

        None of what has no content, and of one that does not fit its type: show its `text`. Read anew at each access.
        """
        return None if self.content is None else content.typed(self.content)


@frozen
class Gap:
    """The entries start..end of a room will not come, and why. The next one has seq end + 1."""

    room: RoomId
    start: int
    end: int
    reason: str
    """One of `chatd.codes.GapReason`."""


@frozen
class Hidden:
    """Stands in the place of an entry that this user has hidden, of what was done to one, and of what somebody says
    whom this user has blocked."""

    room: RoomId
    seq: int


@frozen
class Reset:
    """What was told of this room is of another history (a restored store): forget it. It comes again, from seq 1."""

    room: RoomId


@frozen
class Broken:
    """The room's entries did not continue one another. While `following`, they are being asked for again."""

    room: RoomId
    error: ChainBroken
    following: bool
    """False: the room is given up, until `follow` is called for it."""


@frozen
class Unavailable:
    """The room does not exist, or not for this user. It is not followed any more."""

    room: RoomId


@frozen
class CaughtUp:
    """All that happened in the followed rooms up to now has been told; from here on it comes as it happens."""


@frozen
class Typing:
    """A passing signal. May be left out."""

    room: RoomId
    user: UserId


@frozen
class Receipts:
    """How far others have read. A passing signal: the newest is enough, and any may be left out."""

    room: RoomId
    read: dict[UserId, int]
    delivered: dict[UserId, int] = field(factory=dict[UserId, int])
    """How much has reached a device of each of these."""


@frozen
class Summary:
    """What the followers of a broadcast room, or the audience of a stream, came to. A passing signal: pages of history
    have it, too."""

    room: RoomId
    members: int
    """How many follow it, its staff among them; of a stream, how many are in it."""
    reactions: dict[int, dict[str, int]]
    """For each post that was reacted to just now, by seq: how many give each emoji."""
    votes: dict[int, tuple[int, ...]] = field(factory=dict[int, tuple[int, ...]])
    """For each poll that was opened, voted in or closed just now, by seq: how many chose each option."""
    voters: dict[int, int] = field(factory=dict[int, int])
    """For each of these polls, how many vote in all."""


@frozen
class Presence:
    """When each of these users was there last, of those that are watched. A passing signal: any may be left out."""

    seen: dict[UserId, Seen]


@frozen
class Watchers:
    """About how many watch a live room. A passing signal: the newest is enough."""

    room: RoomId
    count: int


@frozen
class Cheers:
    """How often each emoji was given to a stream since the last of these. A passing signal."""

    room: RoomId
    cheers: dict[str, int]


@frozen
class Unwatched:
    """A live room is watched no more, and why. It is not followed any more."""

    room: RoomId
    reason: str
    """One of `chatd.codes.Unwatching`, or the code with which the server refused."""


@frozen
class Connected:
    user: UserId
    room: RoomId
    """The user's self room."""
    level: int = 0
    """The emergency level of the server: one of `chatd.rights.Level`."""


@frozen
class Emergency:
    """The emergency level of the server has changed. A passing signal; `Connected` tells it, too."""

    level: int
    """One of `chatd.rights.Level`; 0: it is over."""


@frozen
class InReview:
    """So many posts of a room wait for review. Told to who may have to do with that; a passing signal."""

    room: RoomId
    held: int


@frozen
class Disconnected:
    """Not connected: the chat connects again after `retry_s` seconds. Of several untold ones only the last comes."""

    reason: str
    retry_s: float


@frozen
class Settled:
    """How a command ended that the store kept from an earlier run of the app."""

    command: KeyedCommand
    outcome: Committed | Refused


Event = (
    Entry
    | Gap
    | Hidden
    | Reset
    | Broken
    | Unavailable
    | CaughtUp
    | Typing
    | Receipts
    | Summary
    | Presence
    | Watchers
    | Cheers
    | Unwatched
    | Connected
    | Emergency
    | InReview
    | Disconnected
    | Settled
)


_SAID = (EntryKind.POST, EntryKind.EDIT)
"""The kinds whose body is a content."""


def _content(body: bytes) -> content.Content | None:
    try:
        return content.parse(body)
    except Unfit:
        return None


def _mentions(said: content.Content, user: UserId) -> bool:
    named = said.extra.get("mentions")
    return said.extra.get("mention_all") is True or (isinstance(named, list) and user in named)


def _facts(body: bytes) -> dict[str, Any]:
    try:
        facts: Any = unpack(body, CONTAINERS_MAX)
    except ValueError:
        return {}
    return cast("dict[str, Any]", facts) if isinstance(facts, dict) else {}


def entry(message: messages.Entered, user: UserId) -> Entry:
    """Return what an app is told of `message`. A body that cannot be read leaves content and facts empty."""
    is_said = message.kind in _SAID
    body = message.body
    said = _content(body) if is_said and body is not None else None
    return Entry(
        room=message.room,
        seq=message.seq,
        kind=message.kind,
        sender=message.sender,
        key=message.key,
        time=message.time,
        mine=message.sender == user,
        posts=message.posts,
        target=message.target,
        expires=message.expires,
        mentioned=said is not None and _mentions(said, user),
        content=said,
        facts={} if is_said or body is None else _facts(body),
        body=body,
    )


def summary_of(message: messages.Summary) -> Summary:
    """Return what is told to the app of a summary."""
    reactions = {post.seq: post.reactions for post in message.posts}
    votes = {poll.seq: poll.votes for poll in message.polls}
    return Summary(message.room, message.members, reactions, votes, {poll.seq: poll.voters for poll in message.polls})
