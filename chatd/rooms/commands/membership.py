"""Who is in a group, and as what. Invariant A5: nobody acts on an equal or higher rank, and an owner always exists."""

from __future__ import annotations

from attrs import evolve

from chatd import facts
from chatd.codes import RefusalCode
from chatd.messages import AddMember, RemoveMember, SetRole
from chatd.model import PRESENT, Answer, EntryKind, Membership, MemberState, Role, RoomKind, RoomRecord
from chatd.rooms.commands.creating import answer_for, changes_of
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry, full, membership, new_user_records, told
from chatd.rooms.effects import Refusal
from chatd.rooms.policy import RANK, is_present
from chatd.rooms.refusals import UNCHANGED
from chatd.rooms.room import Room


def add_member(room: Room, record: RoomRecord, own: Membership, command: AddMember, proposal: Proposal) -> Decision:
    """Add or invite users. Who is in already is answered `added`; if nobody's standing changes: `unchanged`."""
    if refusal := proposal.policy.may_manage(record, own):
        return refusal
    answers: dict[str, Answer] = {}
    for user in command.users:
        there = room.judged_member(user)
        answers[user] = Answer.ADDED if is_present(there) else answer_for(user, proposal)
    changes = [change for change in changes_of(answers) if _changes(room.judged_member(change.user), change)]
    if not changes:
        return UNCHANGED if Answer.REFUSED not in answers.values() else _nobody(answers)
    return _changed(room, record, changes, proposal, answers)


def remove_member(
    room: Room, record: RoomRecord, own: Membership, command: RemoveMember, proposal: Proposal
) -> Decision:
    """Remove a member, or withdraw an invitation."""
    if refusal := proposal.policy.may_manage(record, own):
        return refusal
    there = room.judged_member(command.user)
    if there is None or there.state is MemberState.LEFT:
        return UNCHANGED
    if RANK[own.role] <= RANK[there.role]:
        return Refusal(RefusalCode.FORBIDDEN, "their rank is not below yours")
    return _changed(room, record, [facts.Change(command.user, MemberState.LEFT, Role.MEMBER)], proposal)


def join(room: Room, record: RoomRecord, own: Membership, proposal: Proposal) -> Decision:
    """Accept an invitation, to a group that has an owner: who came to an abandoned one would be without."""
    if is_present(own):
        return UNCHANGED
    if own.state is not MemberState.INVITED:
        return Refusal(RefusalCode.FORBIDDEN, "by invitation only")
    if not record.owners:
        return Refusal(RefusalCode.FORBIDDEN, "everybody has left")
    return _changed(room, record, [facts.Change(own.user, MemberState.MEMBER, own.role)], proposal)


def leave(room: Room, record: RoomRecord, own: Membership, proposal: Proposal) -> Decision:
    """Leave a group, or decline an invitation. The last owner stays until another is named, or nobody else is left."""
    if own.state not in (*PRESENT, MemberState.INVITED, MemberState.REQUESTED):
        return UNCHANGED
    if record.kind is not RoomKind.GROUP:
        return Refusal(RefusalCode.WRONG_KIND, "only groups are left")
    if own.role is Role.OWNER and record.owners == 1 and record.members > 1:
        return Refusal(RefusalCode.LAST_OWNER, "make somebody else an owner first")
    return _changed(room, record, [facts.Change(own.user, MemberState.LEFT, Role.MEMBER)], proposal)


def set_role(room: Room, record: RoomRecord, own: Membership, command: SetRole, proposal: Proposal) -> Decision:
    """Give a lower rank up to one's own, or lower oneself."""
    if record.kind is not RoomKind.GROUP:
        return Refusal(RefusalCode.WRONG_KIND, "only groups have roles")
    there = room.judged_member(command.user)
    if there is None or not is_present(there):
        return Refusal(RefusalCode.UNKNOWN_USER, "no such member")
    if there.role is command.role:
        return UNCHANGED
    lowers_self = there.user == own.user and RANK[command.role] < RANK[own.role]
    if not lowers_self and (RANK[own.role] <= RANK[there.role] or RANK[own.role] < RANK[command.role]):
        return Refusal(RefusalCode.FORBIDDEN, "not with your rank")
    if lowers_self and own.role is Role.OWNER and record.owners == 1:
        return Refusal(RefusalCode.LAST_OWNER, "make somebody else an owner first")
    return _changed(room, record, [facts.Change(there.user, there.state, command.role)], proposal)


def _changes(there: Membership | None, change: facts.Change) -> bool:
    """Return whether adding changes a standing: it never lowers a role, and does not invite twice."""
    return not is_present(there) and (there is None or there.state is not change.state)


def _nobody(answers: dict[str, Answer]) -> Refusal:
    names = ", ".join(user for user, answer in answers.items() if answer is Answer.REFUSED)
    return Refusal(RefusalCode.UNKNOWN_USER, f"cannot be added: {names}"[:512])


def _changed(
    room: Room,
    record: RoomRecord,
    changes: list[facts.Change],
    proposal: Proposal,
    answers: dict[str, Answer] | None = None,
) -> Decision:
    steps = [(room.judged_member(change.user), change) for change in changes]
    record_after = evolve(
        record,
        members=record.members + sum(_step(before, change) for before, change in steps),
        owners=record.owners + sum(_owner_step(before, change) for before, change in steps),
    )
    if record_after.members > max(proposal.limits.group_members_max, record.members):
        return full(f"a group has at most {proposal.limits.group_members_max} members")
    return Draft(
        entries=told(proposal, record, changes, entry(proposal, room.id, EntryKind.MEMBERS, facts.changed(changes))),
        records=(
            record_after,
            *(membership(room.id, change, before) for before, change in steps),
            *new_user_records(proposal),
        ),
        answers=answers,
    )


def _step(before: Membership | None, change: facts.Change) -> int:
    return (change.state in PRESENT) - is_present(before)


def _owner_step(before: Membership | None, change: facts.Change) -> int:
    was = before is not None and before.state in PRESENT and before.role is Role.OWNER
    return (change.state in PRESENT and change.role is Role.OWNER) - was
