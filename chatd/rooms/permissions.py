"""Which permissions a user has in a room now (protocol 5.3): what their role gives, what the room gives to everybody,
and what was taken from them. Pure, and judged by the time of the proposal: what has an end needs no timer."""

from __future__ import annotations

from typing import assert_never

from chatd.codes import RefusalCode
from chatd.messages import Permissions, PermissionsOf
from chatd.model import APART, LED, PRESENT, Membership, MemberState, Role, RoomKind, RoomRecord
from chatd.rights import Denial, Permission
from chatd.rooms.effects import Refusal
from chatd.rooms.refusals import NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.room import Room
from chatd.rooms.slots import Slot

_MEMBER = MemberState.MEMBER
_DIRECT = (Permission.POST, Permission.MEDIA, Permission.REACT, Permission.MENTION_ALL, Permission.PIN)
_MODERATOR = (
    *_DIRECT, Permission.REPLY, Permission.INVITE, Permission.DELETE_OTHERS, Permission.MUTE, Permission.BAN
)  # fmt: skip


def holds(record: RoomRecord, member: Membership, permission: Permission, now: int) -> bool:
    """Return whether `member` of the room of `record` has `permission` at the time `now`."""
    if member.state is not _MEMBER or (member.denied and _is_denied(member, permission, now)):
        return False
    if record.kind in LED and permission in record.settings.defaults:
        return True  # whatever their role: most who talk need no more
    match record.kind:
        case RoomKind.GROUP | RoomKind.BROADCAST | RoomKind.LIVE:
            return _gives(member.role, permission)
        case RoomKind.DIRECT:
            return permission in _DIRECT
        case RoomKind.SELF:
            return False
    assert_never(record.kind)


def _gives(role: Role, permission: Permission) -> bool:
    """Return whether a role gives what the room does not give to everybody."""
    match role:
        case Role.MEMBER:
            return False
        case Role.MODERATOR:
            return permission in _MODERATOR
        case Role.OWNER | Role.ADMIN:
            return True
    assert_never(role)


def _is_denied(member: Membership, permission: Permission, now: int) -> bool:
    """Who may not post does not answer either."""
    taken = (permission, Permission.POST) if permission is Permission.REPLY else (permission,)
    return any(each.permission in taken and in_force(each, now) for each in member.denied)


def knows_members(record: RoomRecord, member: Membership) -> bool:
    """Return whether `member` may know who else is in the room, its staff apart."""
    return record.kind not in APART or member.role is not Role.MEMBER


def in_force(denial: Denial, now: int) -> bool:
    """Return whether `denial` counts at the time `now`."""
    return denial.until is None or now < denial.until


def is_banned(member: Membership, now: int) -> bool:
    """Return whether `member` is banned at the time `now`. A ban that is over counts for nothing."""
    if member.state is not MemberState.BANNED:
        return False
    return member.banned_until is None or now < member.banned_until


def answer(room: Room | None, own: Slot | None, command: Permissions, now: int) -> PermissionsOf | Refusal:
    """Return the reply to who asks what a user may do in `room`, by what is committed; `own` is the asker's place."""
    if room is None or room.record is None or own is None:
        return UNKNOWN_ROOM
    if own.membership.state not in PRESENT:
        return NOT_MEMBER
    about = own.membership if command.user in (None, own.membership.user) else room.member(command.user)
    if about is None or not _may_know_of(room.record, own.membership, about):
        return Refusal(RefusalCode.UNKNOWN_USER, "no such member")
    return _permissions_of(room.record, about, now)


def _may_know_of(record: RoomRecord, own: Membership, about: Membership) -> bool:
    return about is own or about.role is not Role.MEMBER or knows_members(record, own)


def _permissions_of(record: RoomRecord, member: Membership, now: int) -> PermissionsOf:
    denied = {each.permission.value: each.until or 0 for each in member.denied if in_force(each, now)}
    return PermissionsOf(
        room=record.room,
        user=member.user,
        state=member.state,
        role=member.role,
        permissions=tuple([each for each in Permission if holds(record, member, each, now)]),
        defaults=record.settings.defaults,
        join_by=record.settings.join_by,
        slow_mode_s=record.settings.slow_mode_s,
        history=record.settings.history,
        member_s=record.settings.member_s,
        account_s=record.settings.account_s,
        level=record.settings.level.value,
        requires=dict(record.settings.requires) or None,
        ttl_s=record.settings.ttl_s,
        denied=denied or None,
        banned_until=member.banned_until,
    )
