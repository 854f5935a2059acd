"""What those with the right to it decide about others: what they may do, who is kept out, what holds for everybody."""

from __future__ import annotations

from typing import assert_never

from attrs import evolve

from chatd import facts, features
from chatd.codes import RefusalCode
from chatd.messages import (
    Ban,
    CreateInvite,
    End,
    Moderate,
    Restrict,
    Review,
    RevokeInvite,
    SetFilter,
    SetSettings,
    Unban,
)
from chatd.model import EntryKind, Membership, MemberState, Record, Role, RoomKind, RoomRecord, UserId
from chatd.rights import GRANTABLE, SWITCHED, Denial, Permission
from chatd.rooms.commands import holding, inviting, sifting, streaming
from chatd.rooms.commands.draft import Decision, Draft, Proposal, aside, entry, new_user_records
from chatd.rooms.commands.membership import abandoned, changed, outranked
from chatd.rooms.commands.switching import sized, switched
from chatd.rooms.effects import Refusal
from chatd.rooms.gates import gated
from chatd.rooms.permissions import in_force, is_banned
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import UNCHANGED
from chatd.rooms.room import Room

_NO_MEMBER = Refusal(RefusalCode.UNKNOWN_USER, "no such member")
_OVER = Refusal(RefusalCode.BAD_REQUEST, "until: it is over already")


def moderate(room: Room, record: RoomRecord, own: Membership, command: Moderate, proposal: Proposal) -> Decision:
    """Decide a command of a present member on what others may."""
    match command:
        case Restrict():
            return restrict(room, record, own, command, proposal)
        case Ban():
            return ban(room, record, own, command, proposal)
        case Unban():
            return unban(room, record, own, command, proposal)
        case SetSettings():
            return set_settings(room, record, own, command, proposal)
        case SetFilter():
            return sifting.set_filter(room, record, own, command, proposal)
        case Review():
            return holding.review(room, record, own, command, proposal)
        case CreateInvite():
            return inviting.create_invite(room, record, own, command, proposal)
        case RevokeInvite():
            return inviting.revoke_invite(room, record, own, command, proposal)
        case End():
            return streaming.end(room, record, own, command, proposal)
    assert_never(command)


def restrict(room: Room, record: RoomRecord, own: Membership, command: Restrict, proposal: Proposal) -> Decision:
    """Take permissions from a member of lower rank, in the place of all that was taken before."""
    now = proposal.now
    if refusal := proposal.policy.may(record, own, Permission.MUTE, now):
        return refusal
    there = _about(room, record, command.user, proposal)
    if there is None or not (is_present(there) or record.kind is RoomKind.LIVE):
        return _NO_MEMBER
    if refusal := outranked(own, there) or _over(command.until, now):
        return refusal
    denied = tuple([Denial(each, command.until) for each in Permission if each in command.deny])
    if denied == tuple([each for each in there.denied if in_force(each, now)]):
        return UNCHANGED
    records: tuple[Record, ...] = (evolve(there, denied=denied), *new_user_records(proposal))
    if record.kind is RoomKind.BROADCAST:
        body = facts.restricted(there.user, denied, command.reason, room.id)
        return Draft(entries=aside(proposal, room.id, EntryKind.RESTRICT, body, there.user), records=records)
    body = facts.restricted(there.user, denied, command.reason)
    return Draft(entries=(entry(proposal, room.id, EntryKind.RESTRICT, body),), records=records)


def _about(room: Room, record: RoomRecord, user: UserId, proposal: Proposal) -> Membership | None:
    """Return the standing of who is spoken of. In a live room that may be anybody: most of its audience has none."""
    there = room.judged_member(user)
    if there is None and record.kind is RoomKind.LIVE and user in proposal.rooms_of:
        return Membership(room=room.id, user=user, state=MemberState.LEFT, role=Role.MEMBER, floor=1, until=0)
    return there


def _over(until: int | None, now: int) -> Refusal | None:
    return _OVER if until is not None and until <= now else None


def ban(room: Room, record: RoomRecord, own: Membership, command: Ban, proposal: Proposal) -> Decision:
    """Remove somebody of lower rank who has, or had, a part in the group, and keep them out."""
    now = proposal.now
    if refusal := proposal.policy.may(record, own, Permission.BAN, now):
        return refusal
    there = _about(room, record, command.user, proposal)
    if there is None:
        return _NO_MEMBER
    if refusal := outranked(own, there) or _over(command.until, now) or abandoned(record, there):
        return refusal
    if is_banned(there, now) and there.banned_until == command.until:
        return UNCHANGED
    change = facts.Change(there.user, MemberState.BANNED, Role.MEMBER)
    return changed(room, record, [change], proposal, reason=command.reason, until=command.until)


def unban(room: Room, record: RoomRecord, own: Membership, command: Unban, proposal: Proposal) -> Decision:
    """Lift a ban. Who was banned is not in the group for that, but may come back as others come."""
    if refusal := proposal.policy.may(record, own, Permission.BAN, proposal.now):
        return refusal
    there = room.judged_member(command.user)
    if there is None or there.state is not MemberState.BANNED:
        return UNCHANGED
    return changed(room, record, [facts.Change(there.user, MemberState.LEFT, Role.MEMBER)], proposal)


def set_settings(room: Room, record: RoomRecord, own: Membership, command: SetSettings, proposal: Proposal) -> Decision:
    """Set what holds for all members; what the command leaves out stays as it is."""
    if refusal := proposal.policy.may(record, own, Permission.SETTINGS, proposal.now):
        return refusal
    before = after = record.settings
    if command.defaults is not None:
        after = evolve(after, defaults=tuple([each for each in GRANTABLE if each in command.defaults]))
    if command.join_by is not None:
        after = evolve(after, join_by=command.join_by)
    if command.off is not None:
        after = evolve(after, off=tuple([each for each in SWITCHED if each in command.off]))
    if command.history is not None:
        after = evolve(after, history=command.history)
    if command.ttl_s is not None:
        after = evolve(after, ttl_s=command.ttl_s)
    if command.keep is not None:
        after = evolve(after, keep=command.keep)
    if command.slow_mode_s is not None and command.slow_mode_s != before.slow_mode_s:
        # Times in a room never run back: no post that is there by now has this one, or a later one.
        after = evolve(after, slow_mode_s=command.slow_mode_s, slow_since=max(proposal.now, room.head.time) + 1)
    after = gated(after, command)
    if after == before:
        return UNCHANGED
    changed_record = sized(evolve(record, settings=after), proposal)
    first = entry(proposal, room.id, EntryKind.SETTINGS, facts.agreed(after))
    return Draft(
        entries=(first, *switched(proposal, features.told_off(record), changed_record, 1)), records=(changed_record,)
    )
