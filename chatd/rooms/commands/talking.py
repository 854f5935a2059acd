"""What members say, and what the room is called."""

from __future__ import annotations

from attrs import evolve

from chatd import facts
from chatd.messages import Post, SetTitle
from chatd.model import EntryKind, Membership, RoomRecord
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.refusals import UNCHANGED
from chatd.rooms.room import Room


def post(room: Room, record: RoomRecord, own: Membership, command: Post, proposal: Proposal) -> Decision:
    """Post content, the exact bytes the user wrote."""
    if refusal := proposal.policy.may_post(record, own):
        return refusal
    return Draft(entries=(entry(proposal, room.id, EntryKind.POST, command.content, counts=True),))


def set_title(room: Room, record: RoomRecord, own: Membership, command: SetTitle, proposal: Proposal) -> Decision:
    """Name a group."""
    if refusal := proposal.policy.may_manage(record, own):
        return refusal
    if record.title == command.title:
        return UNCHANGED
    return Draft(
        entries=(entry(proposal, room.id, EntryKind.TITLE, facts.titled(command.title)),),
        records=(evolve(record, title=command.title),),
    )
