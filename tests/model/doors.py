"""What the model says of who is kept out of a group, and let in again."""

from __future__ import annotations

from chatd.messages import Ban, Unban
from tests.model.nouns import Room, Standing
from tests.model.talk import RANK


def refusal(room: Room, own: Standing, command: Ban | Unban) -> str | None:
    """Return why a present member may not do it; None where they may."""
    there = room.people.get(command.user)
    if RANK[own.role] < RANK["moderator"]:
        return "forbidden"
    if isinstance(command, Unban):
        return "unchanged" if there is None or there.state != "banned" else None
    if there is None:
        return "unknown_user"
    if RANK[own.role] <= RANK[there.role]:
        return "forbidden"
    return "unchanged" if there.state == "banned" else None


def changes(command: Ban | Unban) -> dict[str, tuple[str, str]]:
    """Return what it makes of whom."""
    return {command.user: ("banned" if isinstance(command, Ban) else "left", "member")}
