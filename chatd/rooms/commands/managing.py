"""What those who are in a group do about the group: which command is decided where."""

from __future__ import annotations

from typing import assert_never

from attrs import evolve

from chatd import facts
from chatd.messages import AddMember, Manage, RemoveMember, SetRole, SetTitle, TransferOwnership
from chatd.model import EntryKind, Membership, RoomRecord
from chatd.rights import Permission
from chatd.rooms.commands import membership
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.commands.sifting import caught_in
from chatd.rooms.refusals import UNCHANGED
from chatd.rooms.room import Room


def manage(room: Room, record: RoomRecord, own: Membership, command: Manage, proposal: Proposal) -> Decision:
    """Decide a command on the group of a present member."""
    match command:
        case AddMember():
            return membership.add_member(room, record, own, command, proposal)
        case RemoveMember():
            return membership.remove_member(room, record, own, command, proposal)
        case SetRole():
            return membership.set_role(room, record, own, command, proposal)
        case TransferOwnership():
            return membership.transfer(room, record, own, command, proposal)
        case SetTitle():
            return set_title(room, record, own, command, proposal)
    assert_never(command)


def set_title(room: Room, record: RoomRecord, own: Membership, command: SetTitle, proposal: Proposal) -> Decision:
    """Name a group."""
    if refusal := proposal.policy.may(record, own, Permission.TITLE, proposal.now):
        return refusal
    if record.title == command.title:
        return UNCHANGED
    if refusal := caught_in(record, own, (command.title,), proposal):
        return refusal
    return Draft(
        entries=(entry(proposal, room.id, EntryKind.TITLE, facts.titled(command.title)),),
        records=(evolve(record, title=command.title),),
    )
