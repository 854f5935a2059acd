"""What each command must know before it is decided, and what it commits at most. Nothing is decided here."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from chatd.chain import direct_id, group_id
from chatd.messages import (
    AddMember,
    Command,
    CreateGroup,
    History,
    HoldStore,
    IssueToken,
    Join,
    KeyedCommand,
    Leave,
    ListTokens,
    MarkRead,
    Members,
    OpenDirect,
    Ping,
    Post,
    ReleaseStore,
    RemoveMember,
    RevokeToken,
    Rooms,
    SetRole,
    SetTitle,
    Subscribe,
    Typing,
)
from chatd.model import RoomId, UserId
from chatd.rooms.commands import tokens
from chatd.rooms.effects import NOTHING, Actor, Limit, Needs

ENTRY_BYTES = 1024
"""More than an entry takes in an item apart from a post's content: a name, a title, and what surrounds them."""


def room_of(actor: Actor, command: KeyedCommand) -> RoomId:
    """Return the room whose order a keyed command enters, and which scopes its key."""
    match command:
        case Post() | AddMember() | RemoveMember() | Join() | Leave() | SetTitle() | SetRole():
            return command.room
        case OpenDirect():
            return direct_id(actor.user, command.user)
        case CreateGroup():
            return group_id(actor.user, command.key)
    assert_never(command)


@lru_cache(maxsize=4096)
def _own(room: RoomId, user: UserId) -> Needs:
    """What most commands need, and those who talk need again and again: about 2.5 MB are kept."""
    return Needs(rooms=(room,), members=((room, user),))


def needs(actor: Actor, command: Command) -> Needs:
    """Return what must be known before `handle`. Of a key only posts sent for the first time need no look-up:
    the store's unique index catches those."""
    match command:
        case Post(retry=False) | MarkRead() | Typing():
            return _own(command.room, actor.user)
        case Ping() | Subscribe() | History() | Members() | Rooms() | ListTokens() | HoldStore() | ReleaseStore():
            return NOTHING
        case IssueToken():
            return Needs(users=(command.user,), token=command.hash[: tokens.ID_BYTES])
        case RevokeToken():
            return Needs(token=tokens.prefix(command.token))
        case _:
            return keyed_needs(actor, command)


def keyed_needs(actor: Actor, command: KeyedCommand) -> Needs:
    """Return the needs of a command that carries a key."""
    room = room_of(actor, command)
    own = (room, actor.user)
    key = (room, actor.user, command.key)
    match command:
        case OpenDirect():
            return Needs(rooms=(room,), key=key, users=(actor.user, command.user), created=room)
        case CreateGroup():
            return Needs(rooms=(room,), key=key, users=(actor.user, *command.members))
        case AddMember():
            others = tuple((room, user) for user in command.users)
            return Needs(rooms=(room,), members=(own, *others), key=key, users=command.users, settled=others)
        case RemoveMember() | SetRole():
            other = (room, command.user)
            return Needs(rooms=(room,), members=(own, other), key=key, settled=(other,))
        case Join() | Leave():
            return Needs(rooms=(room,), members=(own,), key=key, settled=(own,))
        case Post() | SetTitle():
            return Needs(rooms=(room,), members=(own,), key=key)
    assert_never(command)


def bound(command: Command) -> Limit | None:
    """Return an upper bound of what `command` can commit; None of commands that cannot."""
    match command:
        case Post():
            return Limit(entries=1, bytes=len(command.content) + ENTRY_BYTES)
        case CreateGroup():
            return _entries(len(command.members) + 2)
        case AddMember():
            return _entries(len(command.users) + 1)
        case OpenDirect() | RemoveMember() | Join() | Leave() | SetTitle() | SetRole():
            return _entries(3)
        case IssueToken() | RevokeToken():
            return _entries(1)
        case Ping() | Subscribe() | History() | Members() | Rooms() | MarkRead() | Typing():
            return None
        case ListTokens() | HoldStore() | ReleaseStore():
            return None
    assert_never(command)


def _entries(count: int) -> Limit:
    return Limit(entries=count, bytes=count * ENTRY_BYTES)
