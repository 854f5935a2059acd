"""Rooms come to be: a direct room for two, and rooms for many that their creator leads."""

from __future__ import annotations

from typing import assert_never

from chatd import facts
from chatd.chain import direct_id, group_id
from chatd.codes import RefusalCode
from chatd.messages import Create, CreateGroup, OpenDirect
from chatd.model import PRESENT, Answer, EntryKind, MemberState, Role, RoomKind, RoomRecord, UserId
from chatd.rights import USUAL, JoinBy, Past, Permission, Settings
from chatd.rooms.commands.draft import (
    Decision,
    Draft,
    Proposal,
    Unchanged,
    entry,
    full,
    joined,
    membership,
    new_user_records,
    told,
)
from chatd.rooms.commands.sifting import caught_by_server
from chatd.rooms.commands.switching import sized, switched
from chatd.rooms.effects import Refusal
from chatd.rooms.room import Room

OWN_SHARE = 10
"""One in so many of the rooms that a user may be in is kept for those that they come into by what they do."""

_FIRST_SETTINGS = {
    RoomKind.BROADCAST: Settings(defaults=(Permission.REACT,), join_by=JoinBy.OPEN, history=Past.ALL),
    RoomKind.LIVE: Settings(defaults=(Permission.POST, Permission.REACT), join_by=JoinBy.OPEN, history=Past.ALL),
}
"""What holds in a new room whose kind is named here. In any other the usual settings do."""


def create(room: Room | None, command: Create, proposal: Proposal) -> Decision:
    """Decide a command that makes a room; `room` is what its id names now."""
    match command:
        case OpenDirect():
            return open_direct(room, command, proposal)
        case CreateGroup():
            return create_group(room, command, proposal)
    assert_never(command)


def open_direct(room: Room | None, command: OpenDirect, proposal: Proposal) -> Decision:
    """Open the room of actor and `command.user`; one that exists, or is about to, answers with its first entry."""
    actor = proposal.actor.user
    if room is not None and room.judged_record() is not None:
        return Unchanged(room.id, 1)
    if refusal := proposal.policy.may_open(actor, command.user, proposal.ties_with(command.user)):
        return refusal
    if command.user not in proposal.rooms_of:
        return Refusal(RefusalCode.UNKNOWN_USER, "no such user")
    if refusal := too_many_rooms(actor, proposal):
        return refusal
    if _is_full(command.user, proposal):
        return Refusal(RefusalCode.TOO_MANY_ROOMS, "the other user is in too many rooms")
    pair = (min(actor, command.user), max(actor, command.user))
    record = RoomRecord(room=direct_id(*pair), kind=RoomKind.DIRECT, pair=pair, members=2, owners=0)
    return _created(proposal, record, [joined(user) for user in pair], None)


def create_group(
    room: Room | None, command: CreateGroup, proposal: Proposal, *, owner: UserId | None = None
) -> Decision:
    """Create the room that (actor, key) names, and answer for each user asked for. Its owner is the actor, unless
    another is given."""
    actor = proposal.actor.user if owner is None else owner
    room_id = group_id(proposal.actor.user, proposal.key)
    if room is not None and room.judged_record() is not None:
        return Unchanged(room_id, 1)
    if refusal := caught_by_server((command.title,), proposal) or too_many_rooms(actor, proposal):
        return refusal
    answers = {user: answer_for(user, proposal) for user in command.members if user != actor}
    changes = [joined(actor, Role.OWNER), *changes_of(answers)]
    present = sum(change.state in PRESENT for change in changes)
    if present > proposal.limits.group_members_max and command.kind is not RoomKind.BROADCAST:
        return full(f"a group has at most {proposal.limits.group_members_max} members")
    settings = _FIRST_SETTINGS.get(command.kind, USUAL)
    record = RoomRecord(
        room=room_id, kind=command.kind, title=command.title, members=present, owners=1, settings=settings
    )
    return _created(proposal, record, changes, answers)


def _created(
    proposal: Proposal, record: RoomRecord, changes: list[facts.Change], answers: dict[UserId, Answer] | None
) -> Draft:
    record = sized(record, proposal)
    is_broadcast = record.kind is RoomKind.BROADCAST
    shown = [change for change in changes if not is_broadcast or change.role is not Role.MEMBER]
    body = facts.created(record.kind, record.title, shown)
    entries = told(proposal, record, changes, entry(proposal, record.room, EntryKind.CREATE, body))
    return Draft(
        entries=(*entries, *switched(proposal, (), record, len(entries))),
        records=(
            record,
            *(membership(record, change, None, proposal.now) for change in changes),
            *new_user_records(proposal),
        ),
        answers=answers,
    )


def answer_for(user: UserId, proposal: Proposal, *, counted: bool = False, asked: bool = False) -> Answer:
    """Return what happens to a user whom the actor wants in a group; `asked`: who has asked to be let in.

    Unknown users, full ones and those who have blocked the actor look alike (invariant A8). `counted` says that the
    group is among their rooms already, because they wait to come in.
    """
    ties = proposal.ties_with(user)
    if user not in proposal.rooms_of or (not counted and _is_full(user, proposal)) or (ties.blocked and not asked):
        return Answer.REFUSED
    return proposal.policy.on_add(proposal.actor.user, user, ties)


def changes_of(answers: dict[UserId, Answer]) -> list[facts.Change]:
    """Return the new standing of everybody who was not refused."""
    states = {Answer.ADDED: MemberState.MEMBER, Answer.INVITED: MemberState.INVITED}
    return [
        facts.Change(user, states[answer], Role.MEMBER)
        for user, answer in answers.items()
        if answer is not Answer.REFUSED
    ]


def _is_full(user: UserId, proposal: Proposal) -> bool:
    """Return whether the actor brings a user into no more rooms. From other users a share is kept (5.1.1)."""
    most = proposal.limits.rooms_per_user_max
    kept = 0 if proposal.actor.operator else most // OWN_SHARE
    return proposal.rooms_of[user] >= most - kept


def too_many_rooms(actor: UserId, proposal: Proposal) -> Refusal | None:
    """Return the refusal of one room more for a user who is in as many as they may be; else None."""
    if proposal.rooms_of.get(actor, 0) >= proposal.limits.rooms_per_user_max:
        return Refusal(RefusalCode.TOO_MANY_ROOMS, f"at most {proposal.limits.rooms_per_user_max} rooms a user")
    return None
