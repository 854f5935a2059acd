"""Who may know of a user's presence, and how much of it. Pure: whoever asks knows the rest."""

from __future__ import annotations

from typing import assert_never

from chatd.model import Seen, Shown, UserId

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def may_see_presence(
    viewer: UserId, user: UserId, shown: Shown, *, is_blocked: bool, is_contact: bool, is_together: bool
) -> bool:
    """Return whether `viewer` may know that `user` is there. The one place that says so.

    `is_blocked`: `user` has blocked `viewer`, who then learns what they would of who lets nobody know (invariant A8).
    `is_contact`: the two share a direct room; `is_together`: both are in the room that `viewer` named, and
    each may know that the other is (5.90).
    """
    if viewer == user:
        return True
    if is_blocked:
        return False
    match shown:
        case Shown.NOBODY:
            return False
        case Shown.CONTACTS:
            return is_contact
        case Shown.EVERYBODY:
            return is_contact or is_together
    assert_never(shown)


def seen_of(at: int, now: int, *, online: bool) -> Seen:
    """Return the step in which a user was there last at the time `at`; 0: that is not known."""
    if online:
        return Seen.ONLINE
    for step, days in ((Seen.RECENTLY, 1), (Seen.WEEK, 7), (Seen.MONTH, 30)):
        if now - at < days * DAY_MS:
            return step
    return Seen.LONG_AGO
