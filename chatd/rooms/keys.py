"""The keys of what one command commits: its own, and those of its further entries, which derive from it (protocol 8.8).

The store takes an item whole or not at all. So one of whose further keys is taken would be refused by the store alone,
when others have already been decided on what it would have changed. Nobody but its sender can have taken them, under
the name of a command of their own; and that is found out before it is decided.
"""

from __future__ import annotations

from chatd.chain import features_key, self_id, self_key
from chatd.messages import (
    AddMember,
    Ban,
    CreateGroup,
    Join,
    JoinByInvite,
    KeyedCommand,
    Leave,
    OpenDirect,
    RemoveMember,
    RequestJoin,
    SetRole,
    SetSettings,
    TransferOwnership,
)
from chatd.model import RoomId
from chatd.rooms.effects import Actor, InFlight, KeyId

_DERIVING = (
    *(OpenDirect, CreateGroup, Join, Leave, JoinByInvite, RequestJoin, AddMember, RemoveMember, SetRole),
    *(TransferOwnership, Ban, SetSettings),
)
"""What may tell its sender in their self room, or turn something on or off in its room."""


def derived_keys(actor: Actor, command: KeyedCommand, room: RoomId) -> tuple[KeyId, ...]:
    """Return the keys of further entries of what a user's command on `room` commits, as far as they are the user's to
    take. Operators are trusted not to."""
    if actor.operator or not isinstance(command, _DERIVING):
        return ()
    user, key = actor.user, command.key
    return ((self_id(user), user, self_key(room, key, user)), (room, user, features_key(room, key)))


class Flights(dict[KeyId, InFlight]):
    """The items in flight, by the keys of all their entries."""

    def add(self, flight: InFlight, key: KeyId) -> None:
        """Note an item whose own key is `key`."""
        self[key] = flight
        if len(flight.item.entries) > 1:  # most items are posts
            for entry in flight.item.entries[1:]:
                self.setdefault((entry.room, entry.sender, entry.key), flight)

    def drop(self, flight: InFlight, key: KeyId) -> None:
        """Forget an item that was noted, or never was."""
        self.pop(key, None)
        for entry in flight.item.entries[1:]:
            name = (entry.room, entry.sender, entry.key)
            if self.get(name) is flight:
                del self[name]
