"""What operators do for the app: users and their tokens come and go, groups are made for others, rooms
are frozen, and letters of endpoints settled."""

from __future__ import annotations

from typing import assert_never

from attrs import evolve

from chatd import facts
from chatd.codes import RefusalCode
from chatd.limits import LEEWAY_S_MAX
from chatd.messages import (
    Administer,
    CloseUser,
    CreateFor,
    CreateGroup,
    CreateUser,
    DropLetters,
    Freeze,
    Redeliver,
    RevokeTokens,
    SetAttributes,
    SetRelation,
    SettleLetters,
)
from chatd.model import EntryKind, LettersChange, UserRecord
from chatd.rooms import operators
from chatd.rooms.commands import creating, telling
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.effects import Loaded, Refusal
from chatd.rooms.refusals import CLOSED_NAME, NO_USER, UNCHANGED, UNKNOWN_ROOM
from chatd.rooms.room import Room

_TOO_FAR_AHEAD = Refusal(RefusalCode.BAD_REQUEST, f"until: more than {LEEWAY_S_MAX} s ahead of the server's clock")
"""It would keep out whoever logs in for so long."""


def administer(room: Room | None, command: Administer, proposal: Proposal, loaded: Loaded) -> Decision:
    """Decide a command that operators alone send; `room` is what its id names now."""
    match command:
        case CreateUser():
            return create_user(command, proposal, loaded)
        case CloseUser():
            return close_user(command, proposal, loaded)
        case RevokeTokens():
            return revoke_tokens(command, proposal, loaded)
        case CreateFor():
            return create_for(room, command, proposal)
        case Freeze():
            return freeze(room, command, proposal)
        case SetRelation():
            return telling.set_relation(command, proposal)
        case SetAttributes():
            return telling.set_attributes(command, proposal, loaded)
        case Redeliver() | DropLetters():
            return settle_letters(command, proposal, loaded)
    assert_never(command)


def create_user(command: CreateUser, proposal: Proposal, loaded: Loaded) -> Decision:
    """Let a user exist. A name that was closed is never used again."""
    there = loaded.users.get(command.user)
    if there is not None:
        return UNCHANGED if there.closed is None else CLOSED_NAME
    return _noted(command, proposal, UserRecord(user=command.user, created=proposal.now))


def close_user(command: CloseUser, proposal: Proposal, loaded: Loaded) -> Decision:
    """Let nobody in as this user any more. What they wrote stays."""
    there = loaded.users.get(command.user)
    if there is None:
        return NO_USER
    if there.closed is not None:
        return UNCHANGED
    return _noted(command, proposal, evolve(there, closed=proposal.now, leaving=True))


def revoke_tokens(command: RevokeTokens, proposal: Proposal, loaded: Loaded) -> Decision:
    """Let no token of a user be good any more that was issued up to a time. It only ever moves on."""
    there = loaded.users.get(command.user)
    if there is None:
        return NO_USER
    until = proposal.now if command.until is None else command.until
    if until > proposal.now + LEEWAY_S_MAX * 1000:
        return _TOO_FAR_AHEAD
    if there.closed is not None or until <= there.revoked_until:
        return UNCHANGED
    return _noted(command, proposal, evolve(there, revoked_until=until))


def _noted(command: CreateUser | CloseUser | RevokeTokens, proposal: Proposal, record: UserRecord) -> Draft:
    body = operators.noted(proposal.actor, command, command.key)
    return Draft(entries=(entry(proposal, operators.AUDIT_ROOM, EntryKind.AUDIT, body),), records=(record,))


def settle_letters(command: SettleLetters, proposal: Proposal, loaded: Loaded) -> Decision:
    """Let an endpoint be told again of what it would not take, or let that be forgotten: a letter, or all it has."""
    if not loaded.letters:
        return UNCHANGED
    again = isinstance(command, Redeliver)
    change = LettersChange(endpoint=command.endpoint, room=command.room, seq=command.seq, again=again)
    body = operators.noted(proposal.actor, command, command.key, command.room)
    return Draft(entries=(entry(proposal, operators.AUDIT_ROOM, EntryKind.AUDIT, body),), records=(change,))


def create_for(room: Room | None, command: CreateFor, proposal: Proposal) -> Decision:
    """Make a room that belongs to `command.owner`, who need not ask for it."""
    if command.owner not in proposal.rooms_of:
        return NO_USER
    group = CreateGroup(key=command.key, title=command.title, members=command.members, kind=command.kind)
    return creating.create_group(room, group, proposal, owner=command.owner)


def freeze(room: Room | None, command: Freeze, proposal: Proposal) -> Decision:
    """Let nobody but operators change a room, or let them again."""
    record = room.judged_record() if room else None
    if room is None or record is None or operators.seat(room) is None:
        return UNKNOWN_ROOM
    if record.frozen is command.on:
        return UNCHANGED
    body = facts.froze(on=command.on, reason=command.reason)
    return Draft(
        entries=(entry(proposal, room.id, EntryKind.FREEZE, body),), records=(evolve(record, frozen=command.on),)
    )
