"""What one may do in a room beyond reading it, as data: permissions, what gives them, and what takes them (5.3);
and what may be on in it."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from chatd.frozen import frozen


class Permission(StrEnum):
    POST = "post"
    REPLY = "reply"
    """Answer what was said, also without `post`."""
    MEDIA = "media"
    """Post what is more than text."""
    REACT = "react"
    MENTION_ALL = "mention_all"
    PIN = "pin"
    INVITE = "invite"
    """Add and invite users, let in those who ask, make links."""
    TITLE = "title"
    DELETE_OTHERS = "delete_others"
    """Delete what others wrote; and slow mode does not hold one up."""
    MUTE = "mute"
    """Take permissions from others."""
    BAN = "ban"
    """Remove others, and keep them out."""
    ROLES = "roles"
    SETTINGS = "settings"


GRANTABLE = (
    Permission.POST,
    Permission.REPLY,
    Permission.MEDIA,
    Permission.REACT,
    Permission.MENTION_ALL,
    Permission.PIN,
    Permission.INVITE,
    Permission.TITLE,
)
"""What a group's settings may give to every member."""


class Feature(StrEnum):
    """What may be on or off in a room (protocol 5.63)."""

    RECEIPTS = "receipts"
    """Everybody is told how far others have read, and may ask who has read an entry."""
    TYPING = "typing"
    MEMBERS = "members"
    """Everybody may read the list of members."""
    JOINS = "joins"
    """Who comes and goes is an entry."""
    REACTIONS = "reactions"
    """Each reaction is an entry."""


SWITCHED = (Feature.RECEIPTS, Feature.TYPING)
"""What a room's settings may turn off."""


class JoinBy(StrEnum):
    """How who is not in a group comes in, apart from being added and links."""

    INVITATION = "invitation"
    REQUEST = "request"
    """Whoever knows the room's id may ask: so its existence is no secret."""
    OPEN = "open"
    """Whoever knows the room's id may come in."""


class Past(StrEnum):
    """How much of what was there before them those may read who come in."""

    JOINED = "joined"
    """Nothing: they begin where they came."""
    ALL = "all"
    """All of it, from the first entry on."""


class Level(IntEnum):
    """What an emergency takes from those who would speak in a room (protocol 5.3.2)."""

    NORMAL = 0
    KNOWN = 1
    """Who is new does not speak."""
    MODERATORS = 2
    """Nobody below a moderator speaks."""
    ADMINS = 3
    """Nobody below an admin speaks."""
    FROZEN = 4
    """Of a server alone: nobody but operators writes to any room."""


Required = tuple[str, tuple[str | int | bool, ...]]
"""An attribute of a user, and which values of it will do."""

ROOM_LEVEL_MAX = Level.ADMINS.value


class Archive(StrEnum):
    """What becomes of the room of a stream that has ended."""

    ALL = "all"
    """Whoever could watch it may go on reading it."""
    STAFF = "staff"
    """Those who are in it may, and nobody else."""
    NONE = "none"
    """What was written in it is erased."""


@frozen(kw_only=True)
class Settings:
    """What holds for all members of a group."""

    defaults: tuple[Permission, ...] = (Permission.POST, Permission.MEDIA, Permission.REACT)
    """What every member may do: of `GRANTABLE`, in its order."""
    slow_mode_s: int = 0
    """How long a member waits after each post before the next; 0: not at all."""
    slow_since: int = 0
    """The time from which on posts count for that."""
    join_by: JoinBy = JoinBy.INVITATION
    off: tuple[Feature, ...] = ()
    """What is turned off, whatever the size: of `SWITCHED`, in its order."""
    history: Past = Past.JOINED
    member_s: int = 0
    """Who speaks must have been a member for so long; 0: for no time."""
    account_s: int = 0
    """Whose account must have been there for so long; 0: for no time."""
    level: Level = Level.NORMAL
    requires: tuple[Required, ...] = ()
    """What the app must say of who speaks: all of it. By name."""
    ttl_s: int = 0
    """How long a post lives at most; 0: for ever."""
    keep: int = 0
    """How many of its newest entries a live room keeps; 0: as many as the server lets it."""


USUAL = Settings()


@frozen(kw_only=True)
class Invite:
    """A link into a group, known by the hash of its code alone."""

    hash: bytes
    creator: str
    expires: int | None
    """The time from which on it lets nobody in."""
    uses: int | None
    """How many may still come by it; None: however many."""


@frozen
class Denial:
    """A permission that was taken from a member."""

    permission: Permission
    until: int | None = None
    """The time from which on it counts for nothing; None: until it is given back."""
