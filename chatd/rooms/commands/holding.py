"""Posts that wait until somebody has looked at them, and what becomes of them (protocol 5.104).

A held post is no entry of its room: nobody but its author and those who may review learns of it. Its author's self room
has an entry that says so, and there its key stands. Approved, it becomes an entry of the room under that same key.
"""

from __future__ import annotations

from attrs import evolve

from chatd import facts
from chatd.chain import derived_salt
from chatd.codes import RefusalCode
from chatd.messages import Post, Review
from chatd.model import LED, EntryKind, HeldGone, HeldRecord, Membership, NewEntry, Role, RoomKind, RoomRecord, SeqOf
from chatd.rights import Permission
from chatd.rooms import operators
from chatd.rooms.commands.draft import Decision, Draft, Proposal, aside
from chatd.rooms.commands.membership import outranked
from chatd.rooms.commands.saying import beside, lasting, may_say_so
from chatd.rooms.effects import Actor, Refusal
from chatd.rooms.permissions import is_banned
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import ENDED
from chatd.rooms.room import Room
from chatd.rooms.watching import passing

_NOT_WAITING = Refusal(RefusalCode.BAD_SEQ, "no such post waits for review")
_TAKEN_BACK = Refusal(RefusalCode.BAD_SEQ, "no post of yours with this number waits any more")
_GONE = Refusal(RefusalCode.UNKNOWN_USER, "its author is not in this room")
_SILENCED = Refusal(RefusalCode.FORBIDDEN, "its author may not say this here any more")


def wanted(record: RoomRecord, own: Membership, proposal: Proposal) -> bool:
    """Return whether a post waits because the app's rules say so: where there may be somebody of a higher rank."""
    asked = proposal.loaded.verdict is not None and proposal.loaded.verdict.hold
    return asked and record.kind in LED and own.role is not Role.OWNER


def is_held(draft: Draft) -> bool:
    """Return whether a post is held by `draft`, and no entry of its room."""
    return draft.entries[0].kind is EntryKind.HELD


def hold(record: RoomRecord, command: Post, proposal: Proposal) -> Decision:
    """Keep a post for review. Its author is told by an entry of their self room, and nobody else is."""
    limits = proposal.limits
    if record.held >= limits.held_max or proposal.loaded.waiting >= limits.held_per_user_max:
        return Refusal(RefusalCode.LIMIT_REACHED, "as many posts wait for review as may")
    number = record.held_ever + 1
    held = HeldRecord(
        room=record.room,
        number=number,
        user=proposal.actor.user,
        key=command.key,
        time=proposal.now,
        content=command.content,
        reply=command.reply,
        ttl_s=command.ttl_s,
    )
    told = aside(proposal, record.room, EntryKind.HELD, facts.held(record.room, number))
    return Draft(entries=told, records=(evolve(record, held=record.held + 1, held_ever=number), held))


def takes_back(actor: Actor, command: Review) -> bool:
    """Return whether a review is by the author of the post, who takes it back (5.104.5)."""
    return command.user == actor.user and not command.approve


def withdrawn(room: Room | None, command: Review, proposal: Proposal) -> Decision | None:
    """Take a post of the actor's own back that waits in a room, whatever has become of them there.

    None: nothing of theirs waits there under that number. Then they are answered by their standing, like others.
    """
    held = proposal.loaded.held
    record = room.judged_record() if room else None
    if room is None or record is None or held is None or held.user != command.user or not room.waits(held.number):
        if not proposal.watches:
            return None
        return ENDED if record is not None and record.ended is not None else _TAKEN_BACK
    after = evolve(record, held=record.held - 1)
    told = aside(proposal, room.id, EntryKind.REVIEW, facts.reviewed(held, command.reason, approved=False))
    return Draft(entries=told, records=(after, HeldGone(room=room.id, number=held.number)))


def review(room: Room, record: RoomRecord, own: Membership, command: Review, proposal: Proposal) -> Decision:
    """Let a held post of a lower rank become an entry of its room, or not. Its author is told either way."""
    if takes_back(proposal.actor, command):
        return _TAKEN_BACK
    if refusal := proposal.policy.may(record, own, Permission.DELETE_OTHERS, proposal.now):
        return refusal
    held = proposal.loaded.held
    if held is None or held.user != command.user or not room.waits(held.number):
        return _NOT_WAITING
    author = room.judged_member(held.user)
    if author is not None and (refusal := outranked(own, author)):
        return refusal
    after = evolve(record, held=record.held - 1)
    gone = HeldGone(room=room.id, number=held.number)
    told = _told(command, held, proposal)
    if not command.approve:
        return Draft(entries=told, records=(after, gone))
    if refusal := _refused(room, record, author, held, evolve(proposal, policy=proposal.users)):
        return refusal
    post = lasting(_approved(held, proposal, len(told)), record, held.ttl_s)
    records = beside(room, after, SeqOf(len(told)), proposal.loaded.checked, proposal.limits)
    return Draft(entries=(*told, post), records=(after, gone, *records))


def _told(command: Review, held: HeldRecord, proposal: Proposal) -> tuple[NewEntry, ...]:
    """Return what tells who reviews a post, first, and its author. Of operators the audit tells instead."""
    body = facts.reviewed(held, command.reason, approved=command.approve)
    own, author = aside(proposal, held.room, EntryKind.REVIEW, body, held.user)
    if proposal.actor.operator:
        noted = operators.noted(proposal.actor, command, command.key, held.room)
        own = evolve(own, kind=EntryKind.AUDIT, body=noted)
    return own, author


def _refused(
    room: Room, record: RoomRecord, author: Membership | None, held: HeldRecord, proposal: Proposal
) -> Refusal | None:
    """Return why the author of a held post may not say it any more; else None. `proposal` has the policy of users.

    Who is not in a live room counts as one who watches it: most of an audience is gone by then.
    """
    now = proposal.now
    if record.kind is RoomKind.LIVE and not is_present(author) and not (author and is_banned(author, now)):
        author = passing(author, room.id, held.user)
    if author is None or not is_present(author):
        return _GONE
    may = proposal.policy.may
    silent = may(record, author, Permission.POST, now)
    if silent and (held.reply is None or may(record, author, Permission.REPLY, now)):
        return _SILENCED
    said = proposal.loaded.checked
    if said is None or not may_say_so(room, record, author, said, proposal):
        return None
    return _SILENCED


def _approved(held: HeldRecord, proposal: Proposal, index: int) -> NewEntry:
    """Return the post as its room will have it: now, by its author, under the author's key; `index` is its place in
    the item."""
    return NewEntry(
        room=held.room,
        kind=EntryKind.POST,
        sender=held.user,
        key=held.key,
        time=proposal.now,
        salt=derived_salt(proposal.salt, index),
        body=held.content,
        target=held.reply,
        counts=True,
    )
