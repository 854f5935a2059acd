"""Who may do what: the Policy protocol, the policy of a group chat among equals, and the flood guard.

A policy is asked in the step that decides, over committed and pending state, and answers from its arguments alone:
so wherever a command is judged again, the same policy says the same.
Rules that hold whatever the policy (an owner always exists, nobody acts on a higher rank) stand in the commands.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, assert_never

from attrs import define

from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.model import LED, PRESENT, Answer, Membership, Role, RoomRecord, Ties, UserId
from chatd.names import SYSTEM
from chatd.rights import Permission
from chatd.rooms.effects import Refusal
from chatd.rooms.permissions import holds

RANK = {Role.MEMBER: 0, Role.MODERATOR: 1, Role.ADMIN: 2, Role.OWNER: 3}
"""Who may act on whom: a higher number on a lower one (invariant A5)."""

OPERATORS_RANK = 4

STRANGER = Refusal(RefusalCode.FORBIDDEN, "they do not let you write to them first")
"""Of who does not exist, too: whoever is refused so does not learn that either."""

MANAGING = (
    Permission.INVITE,
    Permission.TITLE,
    Permission.MUTE,
    Permission.BAN,
    Permission.ROLES,
    Permission.SETTINGS,
)
"""What only rooms know that somebody leads."""


def managed(record: RoomRecord, permission: Permission) -> Refusal | None:
    """Return the refusal of what a room of this kind does not know; else None."""
    if record.kind not in LED and permission in MANAGING:
        return Refusal(RefusalCode.WRONG_KIND, "nobody leads this room")
    return None


def rank(member: Membership) -> int:
    """Return the rank by which a member acts on others. That of operators is above all (protocol 13.2)."""
    return OPERATORS_RANK if member.user == SYSTEM else RANK[member.role]


class Policy(Protocol):
    """Each method returns None, or the refusal that says no. None of them changes anything."""

    def may_open(self, actor: UserId, other: UserId, ties: Ties) -> Refusal | None:
        """May `actor` open a new direct room with `other`, who may not exist? `ties` are the actor's. A block must not
        show (A8)."""
        ...

    def may(self, record: RoomRecord, member: Membership, permission: Permission, now: int) -> Refusal | None:
        """May a present member do what `permission` names? The room exists and `member` belongs to it.

        `now` is the time of the proposal: what was taken from a member may be over.
        """
        ...

    def on_add(self, actor: UserId, user: UserId, ties: Ties) -> Answer:
        """What happens to `user`, who exists and is not present, when `actor` wants them in a group?

        `ties` are the actor's. Who has blocked the actor is not asked about.
        """
        ...


class Circle(StrEnum):
    """Who may come up to a user, by what the app tells of who follows whom."""

    EVERYBODY = "everybody"
    FOLLOWED = "followed"
    """Whom the user follows."""
    MUTUAL = "mutual"
    """Whom the user follows, and who follows the user."""

    def holds(self, ties: Ties) -> bool:
        """Return whether an actor with these ties to a user belongs to this circle of the user's."""
        match self:
            case Circle.EVERYBODY:
                return True
            case Circle.FOLLOWED:
                return ties.followed > 0
            case Circle.MUTUAL:
                return ties.followed > 0 and ties.follows > 0
        assert_never(self)


@frozen
class DefaultPolicy:
    """Everybody may write to everybody, or to who follows them; roles and settings say the rest; who is added is in, or
    invited."""

    on_added: Answer = Answer.ADDED
    direct_by: Circle = Circle.EVERYBODY
    """Who may open a direct room with a user."""
    added_by: Circle = Circle.EVERYBODY
    """Who adds a user to a group as `on_added` says. Whom others add is invited."""

    def may_open(self, actor: UserId, other: UserId, ties: Ties) -> Refusal | None:
        if actor == other:
            return Refusal(RefusalCode.FORBIDDEN, "a direct room has two users")
        return None if self.direct_by.holds(ties) else STRANGER

    def may(self, record: RoomRecord, member: Membership, permission: Permission, now: int) -> Refusal | None:
        if holds(record, member, permission, now):
            return None
        return managed(record, permission) or Refusal(
            RefusalCode.FORBIDDEN, f"you may not do this here: {permission.value}"
        )

    def on_add(self, actor: UserId, user: UserId, ties: Ties) -> Answer:
        return self.on_added if self.added_by.holds(ties) else Answer.INVITED


def is_present(member: Membership | None) -> bool:
    """Return whether `member` reads the room as it grows."""
    return member is not None and member.state in PRESENT


@define(eq=False)
class TokenBucket:
    """A flood guard: `rate_per_s` commands a second, `burst` at once. Time is the caller's clock, in ms."""

    rate_per_s: int
    burst: int
    left: float
    at_ms: int

    def take(self, now_ms: int) -> int:
        """Take one command. Return 0, or after how many ms one will be allowed."""
        if now_ms > self.at_ms:
            self.left = min(self.burst, self.left + (now_ms - self.at_ms) * self.rate_per_s / 1000)
        self.at_ms = now_ms
        if self.left < 1:
            return int((1 - self.left) * 1000 / self.rate_per_s) + 1
        self.left -= 1
        return 0
