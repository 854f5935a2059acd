"""Who is in a group, and as what. Invariant A5: nobody acts on an equal or higher rank, and an owner always exists."""

from __future__ import annotations

from attrs import evolve

from chatd import facts, features
from chatd.chain import self_id
from chatd.codes import RefusalCode
from chatd.limits import SEQ_MAX
from chatd.messages import AddMember, RemoveMember, SetRole, TransferOwnership
from chatd.model import LED, PRESENT, Answer, EntryKind, Membership, MemberState, Role, RoomKind, RoomRecord, UserId
from chatd.rights import Permission
from chatd.rooms.commands.creating import answer_for, changes_of
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry, full, membership, new_user_records, told
from chatd.rooms.commands.switching import sized, switched
from chatd.rooms.effects import Refusal
from chatd.rooms.permissions import is_banned
from chatd.rooms.policy import RANK, is_present, rank
from chatd.rooms.refusals import UNCHANGED
from chatd.rooms.room import Room

TAKING_PART = (*PRESENT, MemberState.INVITED)
"""Who may know what a group is called."""

WAITING = (MemberState.INVITED, MemberState.REQUESTED)
GONE = (MemberState.LEFT, MemberState.BANNED)

_LAST_OWNER = Refusal(RefusalCode.LAST_OWNER, "make somebody else an owner first")


def add_member(room: Room, record: RoomRecord, own: Membership, command: AddMember, proposal: Proposal) -> Decision:
    """Add or invite users. Who is in already is answered `added`; if nobody's standing changes: `unchanged`."""
    if refusal := proposal.policy.may(record, own, Permission.INVITE, proposal.now):
        return refusal
    may_unban = proposal.policy.may(record, own, Permission.BAN, proposal.now) is None
    answers = {user: _answer(room.judged_member(user), user, proposal, may_unban=may_unban) for user in command.users}
    changes = [change for change in changes_of(answers) if _changes(room.judged_member(change.user), change)]
    if not changes:
        return UNCHANGED if Answer.REFUSED not in answers.values() else _nobody(answers)
    return changed(room, record, changes, proposal, answers=answers)


def _answer(there: Membership | None, user: UserId, proposal: Proposal, *, may_unban: bool) -> Answer:
    """Return what becomes of a user who is wanted: one who asked is let in, one who is banned only by who may ban."""
    if there is None:
        return answer_for(user, proposal)
    if is_present(there):
        return Answer.ADDED
    if is_banned(there, proposal.now) and not may_unban:
        return Answer.REFUSED
    asked = there.state is MemberState.REQUESTED
    answer = answer_for(user, proposal, counted=there.state in WAITING, asked=asked)
    return Answer.ADDED if asked and answer is not Answer.REFUSED else answer


def remove_member(
    room: Room, record: RoomRecord, own: Membership, command: RemoveMember, proposal: Proposal
) -> Decision:
    """Remove a member; of who is not in yet, withdraw the invitation or turn the request down."""
    there = room.judged_member(command.user)
    needed = Permission.INVITE if there is not None and there.state in WAITING else Permission.BAN
    if refusal := proposal.policy.may(record, own, needed, proposal.now):
        # In the same words whoever it is: a follower does not learn who has asked to come, or was invited (9.11.4).
        return proposal.policy.may(record, own, Permission.BAN, proposal.now) or refusal
    if there is None or there.state in GONE:
        return UNCHANGED
    if refusal := outranked(own, there) or abandoned(record, there):
        return refusal
    return changed(room, record, [facts.Change(command.user, MemberState.LEFT, Role.MEMBER)], proposal)


def outranked(own: Membership, there: Membership) -> Refusal | None:
    """Return the refusal of an act on an equal or higher rank (invariant A5); else None."""
    if rank(own) <= RANK[there.role]:
        return Refusal(RefusalCode.FORBIDDEN, "their rank is not below yours")
    return None


def is_last_owner(record: RoomRecord, there: Membership) -> bool:
    return is_present(there) and there.role is Role.OWNER and record.owners == 1


def abandoned(record: RoomRecord, there: Membership) -> Refusal | None:
    """Return the refusal of a step by which others would be left without an owner; else None."""
    return _LAST_OWNER if is_last_owner(record, there) and record.members > 1 else None


def leave(room: Room, record: RoomRecord, own: Membership, proposal: Proposal) -> Decision:
    """Leave a group, or decline an invitation. The last owner stays until another is named, or nobody else is left."""
    if own.state in GONE:
        return UNCHANGED
    if record.kind not in LED:
        return Refusal(RefusalCode.WRONG_KIND, "nobody leaves this room")
    if refusal := abandoned(record, own):
        return refusal
    return changed(room, record, [facts.Change(own.user, MemberState.LEFT, Role.MEMBER)], proposal)


def set_role(room: Room, record: RoomRecord, own: Membership, command: SetRole, proposal: Proposal) -> Decision:
    """Give a lower rank up to one's own, or lower oneself."""
    if record.kind not in LED:
        return Refusal(RefusalCode.WRONG_KIND, "this room has no roles")
    if command.user != own.user and (refusal := proposal.policy.may(record, own, Permission.ROLES, proposal.now)):
        return refusal
    there = room.judged_member(command.user)
    if there is None or not is_present(there):
        return Refusal(RefusalCode.UNKNOWN_USER, "no such member")
    if there.role is command.role:
        return UNCHANGED
    lowers_self = there.user == own.user and RANK[command.role] < RANK[own.role]
    if not lowers_self and (refusal := outranked(own, there)):
        return refusal
    if rank(own) < RANK[command.role]:
        return Refusal(RefusalCode.FORBIDDEN, "not above your rank")
    if is_last_owner(record, there):
        return _LAST_OWNER
    return changed(room, record, [facts.Change(there.user, there.state, command.role)], proposal)


def transfer(
    room: Room, record: RoomRecord, own: Membership, command: TransferOwnership, proposal: Proposal
) -> Decision:
    """Make a present member an owner and oneself an admin, in one step: at no time is there none."""
    if record.kind not in LED:
        return Refusal(RefusalCode.WRONG_KIND, "this room has no roles")
    if own.role is not Role.OWNER:
        return Refusal(RefusalCode.FORBIDDEN, "only an owner hands a group over")
    there = room.judged_member(command.user)
    if there is None or not is_present(there):
        return Refusal(RefusalCode.UNKNOWN_USER, "no such member")
    if there.role is Role.OWNER:
        return UNCHANGED
    steps = [facts.Change(there.user, there.state, Role.OWNER), facts.Change(own.user, own.state, Role.ADMIN)]
    return changed(room, record, steps, proposal)


def _changes(there: Membership | None, change: facts.Change) -> bool:
    """Return whether adding changes a standing: it never lowers a role, and does not invite twice."""
    return not is_present(there) and (there is None or there.state is not change.state)


def _nobody(answers: dict[str, Answer]) -> Refusal:
    names = ", ".join(user for user, answer in answers.items() if answer is Answer.REFUSED)
    return Refusal(RefusalCode.UNKNOWN_USER, f"cannot be added: {names}"[:512])


def changed(
    room: Room,
    record: RoomRecord,
    changes: list[facts.Change],
    proposal: Proposal,
    *,
    answers: dict[str, Answer] | None = None,
    reason: str = "",
    until: int | None = None,
) -> Decision:
    """Return the draft of a `members` entry, with what else follows from `changes`, or `room_full`.

    Where they make the room so large, or so small again, that something goes off or on, an entry behind it says so.
    Of who only follows a broadcast room its order says nothing: what is told of them stands in their self room, and in
    that of who did it.

    `record` may have been changed already. `until` is when a ban ends.
    """
    steps = [(room.judged_member(change.user), change) for change in changes]
    resized = evolve(
        record,
        members=record.members + sum(_step(before, change) for before, change in steps),
        owners=record.owners + sum(_owner_step(before, change) for before, change in steps),
        requests=record.requests + sum(_request_step(before, change) for before, change in steps),
    )
    if resized.members > max(_members_max(record, proposal), record.members):
        return full(f"a group has at most {proposal.limits.group_members_max} members")
    record_after = sized(resized, proposal)
    outsiders = [change.user for before, change in steps if not (_takes_part(before) or change.state in TAKING_PART)]
    aside = record.kind is RoomKind.BROADCAST and not any(_is_of_staff(before, change) for before, change in steps)
    if aside and changes[0].user == proposal.actor.user:
        entries = told(proposal, record_after, changes, None, outsiders)
    else:
        body = facts.changed(changes, reason=reason, until=until, room=room.id if aside else None)
        where = self_id(proposal.actor.user) if aside else room.id
        entries = told(proposal, record_after, changes, entry(proposal, where, EntryKind.MEMBERS, body), outsiders)
    members = [membership(record, change, before, proposal.now, aside=aside) for before, change in steps]
    return Draft(
        entries=(*entries, *switched(proposal, features.told_off(record), record_after, len(entries))),
        records=(
            record_after,
            *(evolve(each, banned_until=until) for each in members),
            *new_user_records(proposal),
        ),
        answers=answers,
    )


def _members_max(record: RoomRecord, proposal: Proposal) -> int:
    """A broadcast room has as many followers as like to follow it."""
    return SEQ_MAX if record.kind is RoomKind.BROADCAST else proposal.limits.group_members_max


def _is_of_staff(before: Membership | None, change: facts.Change) -> bool:
    return change.role is not Role.MEMBER or (before is not None and before.role is not Role.MEMBER)


def _takes_part(member: Membership | None) -> bool:
    return member is not None and member.state in TAKING_PART


def _step(before: Membership | None, change: facts.Change) -> int:
    return (change.state in PRESENT) - is_present(before)


def _request_step(before: Membership | None, change: facts.Change) -> int:
    was = before is not None and before.state is MemberState.REQUESTED
    return (change.state is MemberState.REQUESTED) - was


def _owner_step(before: Membership | None, change: facts.Change) -> int:
    was = before is not None and before.state in PRESENT and before.role is Role.OWNER
    return (change.state in PRESENT and change.role is Role.OWNER) - was
