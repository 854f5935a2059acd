"""What the model says of what keeps a present member from speaking for a time (protocol 5.3.2, 5.49)."""

from __future__ import annotations

from chatd.limits import NEWCOMER_S
from tests.model.nouns import Room, Standing
from tests.model.rights import LED, RANK, may

LOWEST = {2: "moderator", 3: "admin"}
"""Who speaks in an emergency of this level."""


def held_back(room: Room, own: Standing, now: int) -> str | None:
    """Return why they neither post nor edit, react or vote now; None where they may."""
    settings, said = room.settings, room.server.said.get(own.user, {})
    level = max(settings.level, room.server.level) if room.kind in LED else 0
    if level in LOWEST and RANK[own.role] < RANK[LOWEST[level]]:
        return "emergency"
    if own.role != "member":
        return None
    if any(said.get(name) not in values for name, values in settings.requires):
        return "ineligible"
    wait_s = max(settings.member_s, NEWCOMER_S if settings.level == 1 else 0)
    return "too_new" if now < own.since + 1000 * wait_s else None


def held_up(room: Room, own: Standing, now: int) -> str | None:
    """Return why a post comes too soon after their last one; None where it does not."""
    slow_s = room.settings.slow_s
    if not slow_s or may(room, own, "delete_others", now) or own.posted < room.slow_since:
        return None
    return "slow_mode" if max(now, room.lines[-1].time) < own.posted + 1000 * slow_s else None
