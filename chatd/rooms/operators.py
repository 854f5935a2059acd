"""What operators may do in rooms, and what is noted of it (protocol 13.2 - 13.4).

An operator is no member: in every room they stand above all ranks, and what they commit is noted in the audit room in
the same item. That room is the self room of the name that no user can have.
"""

from __future__ import annotations

from typing import Any, get_args

from attrs import evolve

from chatd import facts
from chatd.chain import KEY_BYTES, derived_salt, self_id, self_key
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.messages import (
    AddMember,
    Administer,
    AskFilter,
    Command,
    CreateFor,
    Delete,
    Edit,
    HeldPosts,
    History,
    IssueToken,
    KeyedCommand,
    Manage,
    Members,
    Moderate,
    OperatorCommand,
    Pin,
    Ping,
    Post,
    Reactions,
    Resolve,
    RevokeToken,
    SetLevel,
    SetRelation,
    Settle,
    SettleLetters,
    TransferOwnership,
    Versions,
)
from chatd.model import (
    Answer,
    EntryKind,
    Item,
    Key,
    Membership,
    MemberState,
    NewEntry,
    Role,
    RoomId,
    RoomKind,
    RoomRecord,
    Ties,
    UserId,
)
from chatd.names import SYSTEM
from chatd.rights import Permission
from chatd.rooms.commands.draft import Draft
from chatd.rooms.effects import Actor, Refusal
from chatd.rooms.policy import managed
from chatd.rooms.refusals import NO_PART
from chatd.rooms.room import Room

AUDIT_ROOM = self_id(SYSTEM)

ALONE: frozenset[type[Any]] = frozenset((*get_args(OperatorCommand), *get_args(Administer)))
"""What nobody but operators may send."""
_READ = (HeldPosts, History, Versions, Reactions, Members)
_TOO = (Ping, Post, Edit, Delete, Pin, AskFilter, *_READ, *get_args(Manage), *get_args(Moderate))
_MAY = ALONE.union(_TOO, get_args(Settle)) - {TransferOwnership}

FROZEN = Refusal(RefusalCode.FROZEN, "the room is frozen")


def refusal(command: Command) -> Refusal | None:
    """Return why no operator may send `command`; else None."""
    return None if type(command) in _MAY else NO_PART


@frozen
class OperatorPolicy:
    """Operators may do whatever rooms of a kind know."""

    def may_open(self, actor: UserId, other: UserId, ties: Ties) -> Refusal | None:
        return NO_PART

    def may(self, record: RoomRecord, member: Membership, permission: Permission, now: int) -> Refusal | None:
        return managed(record, permission)

    def on_add(self, actor: UserId, user: UserId, ties: Ties) -> Answer:
        return Answer.ADDED


POLICY = OperatorPolicy()


def seat(room: Room) -> Membership | None:
    """Return the standing that operators have in `room`: none in self rooms. It is never stored."""
    if room.record is not None and room.record.kind is RoomKind.SELF:
        return None
    return Membership(room=room.id, user=SYSTEM, state=MemberState.MEMBER, role=Role.OWNER, floor=1, until=None)


def part(room: Room, actor: Actor) -> Membership | None:
    """Return the committed part that `actor` has in `room`: of an operator the seat."""
    return seat(room) if actor.operator else room.member(actor.user)


def audited(draft: Draft, actor: Actor, command: KeyedCommand) -> Draft:
    """Return what an operator's command commits: `draft`, and an entry of the audit room that tells of it."""
    first = draft.entries[0]
    if first.kind is EntryKind.AUDIT:
        return draft
    body = noted(actor, command, first.key, getattr(command, "room", first.room))
    key, salt = self_key(first.room, first.key, SYSTEM), derived_salt(first.salt, len(draft.entries))
    return evolve(draft, entries=(*draft.entries, _note(key, salt, first.time, body)))


def noted(actor: Actor, command: KeyedCommand, key: Key, room: RoomId | None = None) -> bytes:
    """Return the body of the entry that tells of an operator's command."""
    return facts.audited(
        actor.credential,
        type(command).__name__,
        key,
        room=room,
        seq=command.seq if isinstance(command, SettleLetters) else None,
        user=getattr(command, "owner", None) or getattr(command, "user", None),
        others=others_of(command),
        endpoint=getattr(command, "endpoint", None),
        reason=getattr(command, "reason", None),
    )


def others_of(command: Command) -> tuple[UserId, ...]:
    """Return the users that `command` is about beside the one whom its `user` or `owner` names."""
    match command:
        case SetRelation():
            return (command.other,)
        case AddMember():
            return command.users
        case CreateFor():
            return command.members
        case _:
            return ()


def token_audited(
    item: Item, actor: Actor, command: IssueToken | RevokeToken, hashed: bytes, token: str, now: int, salt: bytes
) -> Item:
    """Return `item`, and the entry of the audit room that tells of it. Its key derives from the token's hash, so
    that a repeat is found by it, and is stored once."""
    name = type(command).__name__
    key = self_key(AUDIT_ROOM, hashed[:KEY_BYTES], name)
    user = command.user if isinstance(command, IssueToken) else None
    body = facts.audited(actor.credential, name, key, user=user, token=token)
    return evolve(item, entries=(_note(key, salt, now, body),))


def level_audited(item: Item, actor: Actor, command: SetLevel, now: int, salt: bytes) -> Item:
    """Return `item`, and the entry of the audit room that tells of it. No client names it: each time is told."""
    name = type(command).__name__
    key = self_key(AUDIT_ROOM, salt, name)
    body = facts.audited(actor.credential, name, key, level=command.level)
    return evolve(item, entries=(_note(key, salt, now, body),))


def report_audited(item: Item, actor: Actor, command: Resolve, now: int, salt: bytes) -> Item:
    """Return `item`, and the entry of the audit room that tells of it. Its key derives from the report, which is
    settled once."""
    name = type(command).__name__
    key = self_key(AUDIT_ROOM, command.report, name)
    body = facts.audited(actor.credential, name, command.report, room=command.room)
    return evolve(item, entries=(_note(key, salt, now, body),))


def _note(key: Key, salt: bytes, now: int, body: bytes) -> NewEntry:
    return NewEntry(room=AUDIT_ROOM, kind=EntryKind.AUDIT, sender=SYSTEM, key=key, time=now, salt=salt, body=body)
