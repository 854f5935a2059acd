"""The nouns of chatd as frozen data: what a room holds, what stands beside the rooms, and what one command commits.

Floor 1: every other file may import this one, and this one imports nothing that does anything. Times are
milliseconds since 1970 (UTC); the words are those of the glossary in README.md.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import Factory, field

from chatd.frozen import frozen
from chatd.rights import USUAL, Denial, Invite, Settings

RoomId = bytes
"""16 bytes, opaque. Who may not see a room cannot tell its id from one that was never given."""

UserId = str
"""What the embedding app calls a user: 1-64 bytes of UTF-8 that satisfy `chatd.names.is_name`."""

Key = bytes
"""16 bytes, made by the client before the first send: a command's name, for ever."""


class RoomKind(StrEnum):
    DIRECT = "direct"
    GROUP = "group"
    SELF = "self"


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MODERATOR = "moderator"
    MEMBER = "member"


class MemberState(StrEnum):
    INVITED = "invited"
    REQUESTED = "requested"
    MEMBER = "member"
    RESTRICTED = "restricted"
    BANNED = "banned"
    LEFT = "left"


PRESENT = (MemberState.MEMBER, MemberState.RESTRICTED)
"""The states whose holder reads a room as it grows. Everybody else sees a closed range, or nothing."""


class EntryKind(StrEnum):
    CREATE = "create"
    POST = "post"
    MEMBERS = "members"
    TITLE = "title"
    ROOM = "room"
    EDIT = "edit"
    DELETE = "delete"
    REACT = "react"
    PIN = "pin"
    SETTINGS = "settings"
    RESTRICT = "restrict"
    INVITE = "invite"
    HIDE = "hide"
    CONVERSATION = "conversation"
    DRAFT = "draft"


class Answer(StrEnum):
    """What `create_group` and `add_member` did for one user."""

    ADDED = "added"
    INVITED = "invited"
    REFUSED = "refused"


@frozen
class SeqOf:
    """Stands for the seq which the store will give to the entry at `index` of the same item."""

    index: int


@frozen(kw_only=True)
class NewEntry:
    """An entry on its way to the store, which gives it seq, g, final time, posts and hash."""

    room: RoomId
    kind: EntryKind
    sender: UserId
    key: Key
    time: int
    """Proposed. The store stores max(proposed, time of the room's last entry), so that invariant O8 holds."""
    salt: bytes
    """16 random bytes that come with the proposal: they make `body_hash` say nothing of the body once erased."""
    body: bytes
    """For a post its content, the exact bytes the user wrote; else the entry's facts, one msgpack map."""
    target: int | SeqOf | None = None
    """The seq in the same room that this entry acts on."""
    counts: bool = False
    """Whether it counts as unread."""


@frozen(kw_only=True)
class Entry:
    """One durable fact of a room, at its place for ever. Erasing nulls `salt` and `body`; the stub stays."""

    room: RoomId
    seq: int
    g: int
    """The store-wide number of the commit that holds it. Never sent to clients."""
    kind: EntryKind
    sender: UserId
    key: Key
    time: int
    target: int | None
    posts: int
    """How many entries of the room, up to and with this one, count as unread."""
    salt: bytes | None
    body: bytes | None
    body_hash: bytes
    hash: bytes
    """The chain hash at this seq: see `chatd.chain`."""


@frozen
class Head:
    """Where a room's order ends. Seq 0 is a room that has no entry yet; its hash is `chain.origin(room)`."""

    seq: int
    time: int
    posts: int
    hash: bytes


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


@frozen(kw_only=True)
class Membership:
    """A user in a room. They may see the entries `floor..until`, to the head while `until` is None."""

    room: RoomId
    user: UserId
    state: MemberState
    role: Role
    floor: int | SeqOf
    until: int | SeqOf | None
    """0 for who never was present (invited, requested): an empty range."""
    denied: tuple[Denial, ...] = ()
    """What was taken from them, in the order of `Permission`. It outlasts their leaving; some may be over."""
    banned_until: int | None = None
    """Of who is banned: the time from which on that counts for nothing; None: until it is lifted."""


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
class Erasure:
    """The body of the post at `seq` and those of its edits are gone from now on. What they hashed to stays."""

    room: RoomId
    seq: int
    edited: bool
    """Whether it has edits."""


def _seq(mark: ReadMark) -> int:
    return mark.seq


@frozen
class ReadMark:
    """How far a user has read a room. Merged by max (invariant E6)."""

    room: RoomId
    user: UserId
    seq: int
    told: int = field(default=Factory(_seq, takes_self=True))
    """As far as others may know: less than `seq` where the user has read on privately. Merged by max, too."""


@frozen(kw_only=True)
class Conversation:
    """How a user keeps a room, which nobody else learns. One that they keep as it came has none."""

    room: RoomId
    user: UserId
    muted_until: int = 0
    """0: not muted."""
    archived: bool = False
    pinned: int = 0
    """When the user pinned it; 0: it is not pinned."""
    unread: int | None = None
    """Where the read mark stood when the user marked it as unread. A mark that has moved on since has ended that."""
    draft: int | SeqOf = 0
    """The seq of the entry in the user's self room that holds the draft; 0: there is none."""
    hidden: int = 0
    """How many of its entries the user has hidden."""


@frozen(kw_only=True)
class HiddenRecord:
    """An entry that a user does not want to see any more."""

    room: RoomId
    user: UserId
    seq: int


@frozen(kw_only=True)
class UserRecord:
    user: UserId
    created: int


@frozen(kw_only=True)
class TokenRecord:
    """A bearer token, known by the hash of its secret alone."""

    hash: bytes
    """BLAKE2b-256 of the secret; its first 8 bytes in hex are the token's public id."""
    user: UserId
    created: int
    expires: int | None
    revoked: bool = False


OwnRecord = ReadMark | Conversation | HiddenRecord
"""What belongs to one user in one room."""

Record = RoomRecord | Membership | MessageRecord | ReactionRecord | Erasure | OwnRecord | UserRecord | TokenRecord
"""A durable fact beside the rooms. A record is put whole; of a `ReadMark` the greater seqs win."""


@frozen(kw_only=True)
class Item:
    """What one command commits, whole or not at all. The command's key stands on the first entry.

    An item without entries (read marks, tokens) has no key, and repeating it changes nothing.
    """

    entries: tuple[NewEntry, ...] = ()
    records: tuple[Record, ...] = ()
    digest: bytes = b""
    """BLAKE2b-256 of the command as the server encodes it (`wire.codec.digest`): tells a repeat from a conflict."""
