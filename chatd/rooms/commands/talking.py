"""What members say in a room, and what they do to what was said."""

from __future__ import annotations

from typing import assert_never

from attrs import evolve

from chatd import facts
from chatd.codes import RefusalCode
from chatd.messages import Act, Delete, Edit, Pin, Post, React
from chatd.model import (
    APART,
    FIRST_REACTORS,
    EntryKind,
    Erasure,
    Membership,
    MessageRecord,
    ReactionRecord,
    Record,
    RoomKind,
    RoomRecord,
    SeqOf,
    Tally,
    UserId,
)
from chatd.rights import USUAL, Permission
from chatd.rooms.commands import holding
from chatd.rooms.commands.draft import Decision, Draft, Proposal, aside, entry
from chatd.rooms.commands.saying import beside, held_up, lasting, may_forward, may_say, mentioned
from chatd.rooms.commands.sifting import TO_HOLD
from chatd.rooms.effects import Refusal
from chatd.rooms.gates import held_back
from chatd.rooms.policy import RANK, rank
from chatd.rooms.refusals import UNCHANGED
from chatd.rooms.room import Room
from chatd.rooms.said import Said

NO_POST = Refusal(RefusalCode.BAD_SEQ, "no such post")
CHEERED = Refusal(RefusalCode.WRONG_KIND, "in a live room one cheers")
_POST, _LIVE = EntryKind.POST, RoomKind.LIVE
"""Looked at for every post: on Python 3.11 each look at a member through its class is a call."""
DELETED = Refusal(RefusalCode.DELETED, "the post was deleted")


def act(
    room: Room, record: RoomRecord, own: Membership, command: Act, proposal: Proposal, said: Said | None
) -> Decision:
    """Decide what a present member does to a post: `said`, if it is one."""
    if said is None or said.kind is not EntryKind.POST or not sees(record, own, command.seq):
        return NO_POST
    match command:
        case Edit():
            return edit(room, record, own, command, proposal, said)
        case Delete():
            return delete(room, record, own, command, proposal, said)
        case React():
            return react(room, record, own, command, proposal, said)
        case Pin():
            return pin(room, record, own, command, proposal, said)
    assert_never(command)


def sees(record: RoomRecord, own: Membership, seq: int) -> bool:
    """Return whether a present member may see `seq`. Who is only about to join sees nothing that is there already."""
    return isinstance(own.floor, int) and own.floor <= seq and (seq > record.expired or seq in record.pins)


def post(room: Room, record: RoomRecord, own: Membership, command: Post, proposal: Proposal) -> Decision:
    """Post content, the exact bytes the user wrote; what it answers need not be a post, and may be deleted later.

    It lives as long as the room says, or its author, whichever is shorter.
    """
    answers = command.reply is not None
    refusal = may_say(room, record, own, command.content, proposal, answers=answers)
    if refusal is not None and refusal is not TO_HOLD:
        return refusal
    if record.settings is not USUAL and (late := held_up(room, record, own, proposal)):
        return late
    if proposal.loaded.checked is not None and (untrue := may_forward(proposal)):
        return untrue
    if command.reply is not None and not (sees(record, own, command.reply) and command.reply <= room.head.seq):
        return Refusal(RefusalCode.BAD_SEQ, "no such entry to answer")
    if refusal is TO_HOLD or holding.wanted(record, own, proposal):
        return holding.hold(record, command, proposal)
    new = entry(proposal, room.id, _POST, command.content, target=command.reply, counts=True)
    if command.ttl_s or record.settings is not USUAL:
        new = lasting(new, record, command.ttl_s)
    records: tuple[Record, ...] = ()
    if proposal.loaded.checked is not None or record.kind is _LIVE:
        records = beside(room, record, SeqOf(0), proposal.loaded.checked, proposal.limits)
    return Draft((new,), records)


def edit(room: Room, record: RoomRecord, own: Membership, command: Edit, proposal: Proposal, said: Said) -> Decision:
    """Put new content in the place of one's own post, for `edit_s_max` after it. What stood there stays readable."""
    limits, state = proposal.limits, room.judged_message(said)
    if refusal := may_say(room, record, own, command.content, proposal, answers=True):
        return refusal
    if said.sender != own.user:
        return Refusal(RefusalCode.FORBIDDEN, "only who wrote a post edits it")
    if state.deleted:
        return DELETED
    if said.poll:
        return Refusal(RefusalCode.FORBIDDEN, "a poll stays as it was asked")
    if proposal.now - said.time > limits.edit_s_max * 1000:
        return Refusal(RefusalCode.TOO_LATE, f"a post may be edited for {limits.edit_s_max} s")
    if state.edits >= limits.edits_max:
        return _limit_reached(f"at most {limits.edits_max} edits of a post")
    changed = evolve(state, edits=state.edits + 1)
    mentions = mentioned(room, command.seq, changed.edits, proposal.loaded.checked)
    return _acted(room, EntryKind.EDIT, command.content, proposal, command.seq, changed, mentions)


def delete(
    room: Room, record: RoomRecord, own: Membership, command: Delete, proposal: Proposal, said: Said
) -> Decision:
    """Delete a post for everybody: one's own, or as a moderator that of a lower rank. Its place stays, as a stub."""
    state = room.judged_message(said)
    if said.sender != own.user and (refusal := may_delete(room, record, own, proposal, said.sender)):
        return refusal
    if state.deleted:
        return UNCHANGED
    return _acted(room, EntryKind.DELETE, facts.deleted(), proposal, command.seq, *gone(record, state))


def gone(record: RoomRecord, state: MessageRecord) -> tuple[Record, ...]:
    """Return what changes with the deletion of a post of which this has become."""
    place = state.seq
    erased = Erasure(room=record.room, seq=place, edited=state.edits > 0)
    unpinned = (_pinned(record, place, on=False),) if place in record.pins else ()
    return (evolve(state, deleted=True, reactions=()), erased, *unpinned)


def may_delete(room: Room, record: RoomRecord, own: Membership, proposal: Proposal, author: UserId) -> Refusal | None:
    """Return why a present member may not end what `author` wrote: nobody acts on an equal or higher rank (A5), and
    who has left has none."""
    if refusal := proposal.policy.may(record, own, Permission.DELETE_OTHERS, proposal.now):
        return refusal
    there = room.judged_member(author)
    if there is not None and rank(own) <= RANK[there.role]:
        return Refusal(RefusalCode.FORBIDDEN, "their rank is not below yours")
    return None


def react(room: Room, record: RoomRecord, own: Membership, command: React, proposal: Proposal, said: Said) -> Decision:
    """React to a post with an emoji, once with each, or take that back."""
    limits, state = proposal.limits, room.judged_message(said)
    if record.kind is RoomKind.LIVE:
        return CHEERED
    if refusal := proposal.policy.may(record, own, Permission.REACT, proposal.now) or held_back(record, own, proposal):
        return refusal
    if state.deleted:
        return DELETED
    if room.judged_reaction(said, command.emoji, own.user) is command.on:
        return UNCHANGED
    tallies = _tallied(state.reactions, command.emoji, own.user, on=command.on, named=record.kind not in APART)
    if len(tallies) > max(limits.reactions_max, len(state.reactions)):
        return _limit_reached(f"at most {limits.reactions_max} different reactions to a post")
    records = (
        evolve(state, reactions=tallies),
        ReactionRecord(room=room.id, seq=command.seq, emoji=command.emoji, user=own.user, on=command.on),
    )
    if record.kind is RoomKind.BROADCAST:
        body = facts.reacted_in(room.id, command.seq, command.emoji, on=command.on)
        return Draft(entries=aside(proposal, room.id, EntryKind.REACT, body), records=records)
    count = next((tally.count for tally in tallies if tally.emoji == command.emoji), 0)
    return _acted(
        room, EntryKind.REACT, facts.reacted(command.emoji, count, on=command.on), proposal, command.seq, *records
    )


def _tallied(tallies: tuple[Tally, ...], emoji: str, user: UserId, *, on: bool, named: bool) -> tuple[Tally, ...]:
    """Return what is counted once `user` reacts, or does not any more, with `emoji`; `named`: the first are noted."""
    first = (user,) if named else ()
    before = next((tally for tally in tallies if tally.emoji == emoji), None)
    if before is None:
        return (*tallies, Tally(emoji, 1, first))
    if on:
        after = Tally(emoji, before.count + 1, (*before.first, *first)[:FIRST_REACTORS])
    else:
        after = Tally(emoji, before.count - 1, tuple([each for each in before.first if each != user]))
    return tuple([after if tally is before else tally for tally in tallies if tally is not before or after.count])


def pin(room: Room, record: RoomRecord, own: Membership, command: Pin, proposal: Proposal, said: Said) -> Decision:
    """Pin a post to its room, behind those that are pinned already, or take it off."""
    most, state = proposal.limits.pins_max, room.judged_message(said)
    if refusal := proposal.policy.may(record, own, Permission.PIN, proposal.now):
        return refusal
    if state.deleted:
        return DELETED
    if (command.seq in record.pins) is command.on:
        return UNCHANGED
    if command.on and len(record.pins) >= most:
        return _limit_reached(f"at most {most} pins in a room")
    changed: list[Record] = [_pinned(record, command.seq, on=command.on)]
    if command.seq <= record.expired:  # it was spared while it was pinned
        changed.append(Erasure(room=room.id, seq=command.seq, edited=state.edits > 0))
    return _acted(room, EntryKind.PIN, facts.pinned(on=command.on), proposal, command.seq, *changed)


def _pinned(record: RoomRecord, seq: int, *, on: bool) -> RoomRecord:
    others = tuple([each for each in record.pins if each != seq])
    return evolve(record, pins=(*others, seq) if on else others)


def _limit_reached(text: str) -> Refusal:
    return Refusal(RefusalCode.LIMIT_REACHED, text)


def _acted(room: Room, kind: EntryKind, body: bytes, proposal: Proposal, seq: int, *records: Record) -> Draft:
    return Draft(entries=(entry(proposal, room.id, kind, body, target=seq),), records=records)
