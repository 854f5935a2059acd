"""Who may do what in which kind of room, as one table (protocol 5.3)."""

from __future__ import annotations

from tests.model.nouns import Room, Standing

LED = ("group", "broadcast", "live")
APART = ("broadcast", "live")
RANK = {"member": 0, "moderator": 1, "admin": 2, "owner": 3}

EVERYBODY = {
    "direct": ("post", "media", "react", "mention_all", "pin"),
    "group": ("post", "media", "react"),
    "broadcast": ("react",),
    "live": ("post", "react"),
    "self": (),
}
MODERATOR = ("post", "media", "react", "mention_all", "pin", "invite", "delete_others", "mute", "ban")


def may(room: Room, own: Standing, what: str, now: int) -> bool:
    """Return whether a present member may do it at the time `now`."""
    if what in own.lacks(now):
        return False
    if what in EVERYBODY[room.kind]:
        return True
    if room.kind not in LED or RANK[own.role] < RANK["moderator"]:
        return False
    return what in MODERATOR or RANK[own.role] >= RANK["admin"]


def knows_members(room: Room, own: Standing) -> bool:
    """Return whether a present member may know who else is in the room, its staff apart."""
    return room.kind not in APART or own.role != "member"
