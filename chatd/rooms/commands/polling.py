"""What members do to polls: vote, and close them."""

from __future__ import annotations

from typing import assert_never

from attrs import evolve

from chatd import facts
from chatd.codes import RefusalCode
from chatd.messages import ClosePoll, Vote, Voting
from chatd.model import APART, EntryKind, Membership, PollRecord, RoomRecord, UserId, VoteRecord
from chatd.rights import Permission
from chatd.rooms.commands.draft import Decision, Draft, Proposal, aside, entry
from chatd.rooms.commands.talking import DELETED, may_delete, sees
from chatd.rooms.effects import Refusal
from chatd.rooms.gates import held_back
from chatd.rooms.polls import OVER, counted, is_over
from chatd.rooms.refusals import UNCHANGED
from chatd.rooms.room import Room
from chatd.rooms.said import Said

NO_POLL = Refusal(RefusalCode.BAD_SEQ, "no such poll")


def decide(
    room: Room, record: RoomRecord, own: Membership, command: Voting, proposal: Proposal, said: Said | None
) -> Decision:
    """Decide what a present member does to a poll: `said`, if it is one. Of a deleted post nobody knows any more."""
    if said is None or said.kind is not EntryKind.POST or not sees(record, own, command.seq):
        return NO_POLL
    if refusal := _may(room, record, own, command, proposal, said.sender):
        return refusal
    if room.judged_message(said).deleted:
        return DELETED
    poll = room.judged_poll(said)
    if poll is None:
        return NO_POLL
    match command:
        case Vote():
            return vote(record, own, command, proposal, poll, room.judged_vote(said, own.user))
        case ClosePoll():
            return close(room, command, proposal, poll)
    assert_never(command)


def _may(
    room: Room, record: RoomRecord, own: Membership, command: Voting, proposal: Proposal, author: UserId
) -> Refusal | None:
    if isinstance(command, Vote):
        return proposal.policy.may(record, own, Permission.REACT, proposal.now) or held_back(record, own, proposal)
    return None if author == own.user else may_delete(room, record, own, proposal, author)


def vote(
    record: RoomRecord, own: Membership, command: Vote, proposal: Proposal, poll: PollRecord, before: tuple[int, ...]
) -> Decision:
    """Choose in a poll, in the place of what one chose before, or take that back.

    Of what many do who do not know of each other there is no entry: a stream that keeps its newest entries would keep
    nothing else.
    """
    after = counted(poll, before, command.options, proposal.now)
    if isinstance(after, Refusal):
        return after
    room, chosen = record.room, command.options
    voted = VoteRecord(room=room, seq=command.seq, user=own.user, options=chosen)
    if record.kind in APART:
        told = facts.voted_in(room, command.seq, chosen)
        return Draft(entries=aside(proposal, room, EntryKind.VOTE, told), records=(after, voted))
    body = facts.voted(chosen, after.counts, after.voters)
    first = entry(proposal, room, EntryKind.VOTE, body, target=command.seq)
    return Draft(entries=(first,), records=(after, voted))


def close(room: Room, command: ClosePoll, proposal: Proposal, poll: PollRecord) -> Decision:
    """Close a poll for good."""
    if poll.closed:
        return UNCHANGED
    if is_over(poll, proposal.now):
        return OVER
    first = entry(proposal, room.id, EntryKind.CLOSE, facts.closed(poll.counts, poll.voters), target=command.seq)
    return Draft(entries=(first,), records=(evolve(poll, closed=True),))
