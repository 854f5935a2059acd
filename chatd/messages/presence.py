"""Who may know that a user is there, and what is told of others."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.frozen import frozen
from chatd.limits import PRESENCE_USERS_MAX
from chatd.messages.fields import all_names, at_most, command_key, room_id
from chatd.model import Key, RoomId, Seen, Shown, UserId

PRESENCE = "presence"
"""The capability of a session that is told of changes of presence."""
CAPABILITIES = (PRESENCE,)
"""All that a server has beyond version 1."""


@frozen(kw_only=True)
class SetPresence:
    """Say who may know of the user's presence. The user's own fact."""

    tag: ClassVar[int] = 145
    key: Key = field(validator=command_key)
    shown: Shown
    retry: bool = False


@frozen(kw_only=True)
class WatchPresence:
    """Ask when these users were there last, and, with the capability, be told what changes. Replaces the last watch."""

    tag: ClassVar[int] = 146
    users: tuple[UserId, ...] = field(default=(), validator=[at_most(PRESENCE_USERS_MAX), all_names])
    room: RoomId | None = field(default=None, validator=room_id)
    """One that the user shares with them; None: direct rooms alone count."""


@frozen(kw_only=True)
class Presences:
    """The reply to `WatchPresence`."""

    tag: ClassVar[int] = 91
    seen: dict[UserId, Seen]


@frozen(kw_only=True)
class PresenceNews:
    """What has changed of those who are watched."""

    tag: ClassVar[int] = 92
    seen: dict[UserId, Seen]
