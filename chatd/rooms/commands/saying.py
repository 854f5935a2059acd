"""What stands between a content and a room: what it is, whom it mentions, and how soon it comes after the last."""

from __future__ import annotations

from attrs import evolve

from chatd.checked import TEXT, Checked
from chatd.codes import RefusalCode
from chatd.limits import Limits
from chatd.model import (
    Membership,
    MentionsRecord,
    NewEntry,
    Record,
    Role,
    RoomKind,
    RoomRecord,
    SeqOf,
    UserId,
)
from chatd.rights import Permission
from chatd.rooms import polls
from chatd.rooms.commands.draft import Proposal
from chatd.rooms.commands.sifting import caught
from chatd.rooms.commands.streaming import expiring
from chatd.rooms.effects import Refusal
from chatd.rooms.gates import held_back
from chatd.rooms.permissions import knows_members
from chatd.rooms.policy import is_present
from chatd.rooms.room import Room

BAD_ORIGIN = Refusal(RefusalCode.BAD_ORIGIN, "no such post there that you may see, or it says something else")
BAD_MENTION = Refusal(RefusalCode.BAD_MENTION, "who is mentioned is not in the room")
_POST = Permission.POST


def may_say(
    room: Room, record: RoomRecord, own: Membership, content: bytes, proposal: Proposal, *, answers: bool
) -> Refusal | None:
    """Return why a present member may not say what the proposal tells of its content, in a post or an edit; else None.

    `answers`: it is an answer, or may be the edit of one, for which the permission to answer is enough. A plain text
    that mentions nobody, of which the proposal tells nothing, takes no other.
    """
    may, now, said = proposal.policy.may, proposal.now, proposal.loaded.checked
    refusal = may(record, own, _POST, now)
    if refusal and (not answers or may(record, own, Permission.REPLY, now)):
        return refusal
    if refusal := held_back(record, own, proposal):
        return refusal
    if said is not None and (refusal := may_say_so(room, record, own, said, proposal)):
        return refusal
    return caught(record, own, content, proposal)


def lasting(new: NewEntry, record: RoomRecord, ttl_s: int | None) -> NewEntry:
    """Return a post that lives as long as its room says, or its author, whichever is shorter."""
    if ttl_s or record.settings.ttl_s:
        return evolve(new, ttl_ms=1000 * min(each for each in (ttl_s, record.settings.ttl_s) if each))
    return new


def beside(room: Room, record: RoomRecord, at: SeqOf, said: Checked | None, limits: Limits) -> tuple[Record, ...]:
    """Return what is put with a post, the entry `at` of its item; nothing with a plain text in most rooms."""
    records: list[Record] = []
    if said is not None and (said.mention_all or said.mentions):
        records.append(mentioned(room, at, 0, said))
    if said is not None and said.ballot:
        records.append(polls.opened(room.id, said.ballot, at))
    if record.kind is RoomKind.LIVE:
        records += expiring(room, record, limits)
    return tuple(records)


def may_say_so(room: Room, record: RoomRecord, own: Membership, said: Checked, proposal: Proposal) -> Refusal | None:
    """Return why what is more than a plain text, or mentions anybody, may not be said; else None."""
    may, now = proposal.policy.may, proposal.now
    if said.mention_all and (refusal := may(record, own, Permission.MENTION_ALL, now)):
        return refusal
    if said.type != TEXT and (refusal := may(record, own, Permission.MEDIA, now)):
        return refusal
    return None if all(_may_mention(room, record, own, user) for user in said.mentions) else BAD_MENTION


def _may_mention(room: Room, record: RoomRecord, own: Membership, user: UserId) -> bool:
    """Return whether `user` is in the room, as far as who mentions them may know: fans know of the staff alone."""
    there = room.judged_member(user)
    if there is None or not is_present(there):
        return False
    return knows_members(record, own) or there.role is not Role.MEMBER


def mentioned(room: Room, seq: int | SeqOf, edit: int, said: Checked | None) -> MentionsRecord:
    """Return whom a post mentions by what it says from now on."""
    if said is None:
        return MentionsRecord(room=room.id, seq=seq, edit=edit)
    return MentionsRecord(room=room.id, seq=seq, edit=edit, users=said.mentions, everybody=said.mention_all)


def may_forward(proposal: Proposal) -> Refusal | None:
    """Return why what the proposal forwards may not be handed on: it is not true, or it was handed on too often."""
    claimed, most = proposal.loaded.checked.quote if proposal.loaded.checked else None, proposal.limits.forward_hops_max
    if claimed is None:
        return None
    if claimed != proposal.loaded.quoted:
        return BAD_ORIGIN
    return Refusal(RefusalCode.LIMIT_REACHED, f"handed on at most {most} times") if claimed.hops > most else None


def held_up(room: Room, record: RoomRecord, own: Membership, proposal: Proposal) -> Refusal | None:
    """Return the refusal of a post that comes too soon after the member's last one, where slow mode is on; else None.

    It goes by the times of entries: that which the new one would have at least, and that of the last, in flight or
    committed. Posts from before slow mode was set count for nothing, and moderators are never held up.
    """
    settings = record.settings
    if not settings.slow_mode_s or not proposal.policy.may(record, own, Permission.DELETE_OTHERS, proposal.now):
        return None
    last = room.judged_post(own.user)
    wait_ms = last + settings.slow_mode_s * 1000 - max(proposal.now, room.head.time)
    if last < settings.slow_since or wait_ms <= 0:
        return None
    return Refusal(RefusalCode.SLOW_MODE, f"one post in {settings.slow_mode_s} s", wait_ms=wait_ms)
