"""The ids and the closed sets that all nouns share."""

from __future__ import annotations

from enum import StrEnum

from chatd.frozen import frozen

RoomId = bytes
"""16 bytes, opaque. Who may not see a room cannot tell its id from one that was never given."""

UserId = str
"""What the embedding app calls a user: 1-64 bytes of UTF-8 that satisfy `chatd.names.is_name`."""

SERVER: UserId = ""
"""Who makes the entries that the server makes by itself. No name is empty, so nobody else is called so."""

Key = bytes
"""16 bytes, made by the client before the first send: a command's name, for ever."""


class RoomKind(StrEnum):
    DIRECT = "direct"
    GROUP = "group"
    BROADCAST = "broadcast"
    LIVE = "live"
    SELF = "self"


LED = (RoomKind.GROUP, RoomKind.BROADCAST, RoomKind.LIVE)
"""The kinds of rooms that somebody makes and leads: with a title, members, roles, settings and links."""

APART = (RoomKind.BROADCAST, RoomKind.LIVE)
"""The kinds of rooms whose members, their staff apart, do not know of each other: who is in, reads, types, reacts."""


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
    VOTE = "vote"
    CLOSE = "close"
    SETTINGS = "settings"
    RESTRICT = "restrict"
    INVITE = "invite"
    FILTER = "filter"
    HELD = "held"
    REVIEW = "review"
    HIDE = "hide"
    CONVERSATION = "conversation"
    DRAFT = "draft"
    FEATURES = "features"
    PRESENCE = "presence"
    END = "end"
    FREEZE = "freeze"
    AUDIT = "audit"
    BLOCK = "block"
    REPORT = "report"
    PROFILE = "profile"


class Answer(StrEnum):
    """What `create_group` and `add_member` did for one user."""

    ADDED = "added"
    INVITED = "invited"
    REFUSED = "refused"


@frozen
class SeqOf:
    """Stands for the seq which the store will give to the entry at `index` of the same item."""

    index: int


@frozen
class HeadPlus:
    """Stands for the seq at which the room of a membership ends when the store has put the item's entries, and `more`.

    For a membership that changes without an entry of its room.
    """

    more: int
