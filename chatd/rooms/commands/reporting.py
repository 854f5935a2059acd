"""Users report what should not be: a post, a room, another user. Nobody but those whom it is for learns of it.

A report of a post carries the post as it stands at that moment, with the hashes that prove it, so that it outlasts
what its author does to it then.
"""

from __future__ import annotations

from chatd import facts
from chatd.chain import report_id, self_id
from chatd.codes import RefusalCode
from chatd.limits import REPORTS_A_DAY_MAX
from chatd.messages import Report, Resolve
from chatd.model import PRESENT, EntryKind, Item, Proof, ReportRecord, Resolution, UserId
from chatd.rights import Permission
from chatd.rooms import operators, reading
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.effects import Actor, Loaded, Refusal
from chatd.rooms.permissions import holds
from chatd.rooms.refusals import NO_USER, NOT_MEMBER, UNCHANGED, UNKNOWN_ROOM
from chatd.rooms.room import Room
from chatd.rooms.said import Said
from chatd.rooms.slots import Slot
from chatd.rooms.watching import slot_of

DAY_MS = 86_400_000

UNKNOWN_REPORT = Refusal(RefusalCode.UNKNOWN_REPORT, "no such report")
_NOT_STAFF = Refusal(RefusalCode.FORBIDDEN, "reports are for those who may delete what others wrote")
_OWN = Refusal(RefusalCode.FORBIDDEN, "nobody reports themselves")
_SELF_ROOM = Refusal(RefusalCode.WRONG_KIND, "the self room is one's own")
_NO_POST = Refusal(RefusalCode.BAD_SEQ, "no post that you may see")
_DELETED = Refusal(RefusalCode.DELETED, "the post was deleted")


def report(room: Room | None, said: Said | None, command: Report, proposal: Proposal, loaded: Loaded) -> Decision:
    """Report a post, a room in which the actor has or had a part or which they watch, or a user. `said` is the post
    that is named."""
    if proposal.now < loaded.reported + DAY_MS:
        return Refusal(RefusalCode.LIMIT_REACHED, f"at most {REPORTS_A_DAY_MAX} reports a day")
    if command.user is not None:
        return _refuse_user(command.user, proposal) or _reported(command, proposal, command.user, ())
    slot = slot_of(room, proposal.actor.user) if room and room.record else None
    if room is None or slot is None:
        return UNKNOWN_ROOM
    if room.id == self_id(proposal.actor.user):
        return _SELF_ROOM
    if command.seq is None:
        return _reported(command, proposal, None, ())
    return _report_post(room, slot, said, command, proposal, loaded)


def _refuse_user(user: UserId, proposal: Proposal) -> Refusal | None:
    if user == proposal.actor.user:
        return _OWN
    return None if user in proposal.rooms_of else NO_USER


def _report_post(
    room: Room, slot: Slot, said: Said | None, command: Report, proposal: Proposal, loaded: Loaded
) -> Decision:
    seen = reading.visible(room, slot.membership)
    if said is None or said.kind is not EntryKind.POST or not seen.first <= (command.seq or 0) <= seen.last:
        return _NO_POST
    if said.sender == proposal.actor.user:
        return _OWN
    if room.judged_message(said).deleted:
        return _DELETED
    evidence = tuple([proof for proof in loaded.evidence if seen.first <= proof.entry.seq <= seen.last])
    return _reported(command, proposal, said.sender, evidence)


def _reported(command: Report, proposal: Proposal, about: UserId | None, evidence: tuple[Proof, ...]) -> Draft:
    reporter = proposal.actor.user
    report = report_id(reporter, proposal.key)
    body = facts.reported(report, command.room, command.seq, command.user, command.reason)
    record = ReportRecord(
        report=report,
        reporter=reporter,
        time=proposal.now,
        room=command.room,
        seq=command.seq,
        user=about,
        reason=command.reason,
        text=command.text,
        evidence=evidence,
    )
    return Draft(entries=(entry(proposal, self_id(reporter), EntryKind.REPORT, body),), records=(record,))


def staff_refusal(room: Room | None, actor: Actor, now: int) -> Refusal | None:
    """Return why `actor` may not look into the reports of posts of `room`; None where they may."""
    member = room.member(actor.user) if room else None
    if room is None or room.record is None or member is None:
        return UNKNOWN_ROOM
    if member.state not in PRESENT:
        return NOT_MEMBER
    return None if holds(room.record, member, Permission.DELETE_OTHERS, now) else _NOT_STAFF


def is_for(record: ReportRecord, actor: Actor, room: bytes | None) -> bool:
    """Return whether a report is for `actor`: an operator, or staff of the room of the post, whom it is not about."""
    if actor.operator:
        return room is None or record.room == room
    return record.seq is not None and record.room == room and record.user != actor.user


def resolve(
    room: Room | None, command: Resolve, actor: Actor, found: ReportRecord | None, now: int, salt: bytes
) -> Item | Refusal:
    """Settle a report, whose evidence is gone with it. Somebody else may do so at the same moment: the first counts."""
    if not actor.operator and (refusal := staff_refusal(room, actor, now)):
        return refusal
    if found is None or not is_for(found, actor, command.room):
        return UNKNOWN_REPORT
    if found.resolved:
        return UNCHANGED
    item = Item(records=(Resolution(report=found.report, time=now, resolver=actor.user),))
    return operators.report_audited(item, actor, command, now, salt) if actor.operator else item
