"""What each command must know before it is decided. Nothing is decided here."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never, get_args

from attrs import evolve

from chatd.chain import direct_id, group_id, self_id
from chatd.checked import Checked
from chatd.messages import (
    AddMember,
    AskAttributes,
    AskFilter,
    Ban,
    Block,
    Cheer,
    ClosePoll,
    CloseUser,
    Command,
    Contacts,
    CreateFor,
    CreateGroup,
    CreateInvite,
    CreateUser,
    Delete,
    DropLetters,
    Edit,
    End,
    Evidence,
    Follow,
    Freeze,
    HeldPosts,
    Hide,
    History,
    HoldStore,
    IssueToken,
    Join,
    JoinByInvite,
    KeyedCommand,
    Leave,
    ListLetters,
    ListTokens,
    ListUsers,
    ListWebhooks,
    MarkDelivered,
    MarkRead,
    Members,
    OpenDirect,
    Origin,
    Permissions,
    Pin,
    Ping,
    Post,
    Profiles,
    React,
    Reactions,
    Redeliver,
    ReleaseStore,
    RemoveMember,
    Report,
    Reports,
    RequestJoin,
    Resolve,
    Restrict,
    Review,
    RevokeInvite,
    RevokeToken,
    RevokeTokens,
    Rooms,
    Search,
    SetAttributes,
    SetConversation,
    SetDraft,
    SetFilter,
    SetLevel,
    SetPresence,
    SetProfile,
    SetRelation,
    SetRole,
    SetSettings,
    SetTitle,
    SettleLetters,
    Subscribe,
    TransferOwnership,
    Typing,
    Unban,
    Unwatch,
    Versions,
    Vote,
    Votes,
    Watch,
    WatchPresence,
    WhoRead,
)
from chatd.model import RoomId, UserId
from chatd.rooms.commands import tokens
from chatd.rooms.effects import NOTHING, Actor, KeyId, Needs
from chatd.rooms.keys import derived_keys
from chatd.rooms.own_needs import own_needs


def room_of(actor: Actor, command: KeyedCommand) -> RoomId:
    """Return the room whose order a keyed command enters, and which scopes its key."""
    match command:
        case Post() | Edit() | Delete() | React() | Pin() | Vote() | ClosePoll():
            return command.room
        case AddMember() | RemoveMember() | Join() | Leave() | SetTitle() | SetRole() | JoinByInvite() | RequestJoin():
            return command.room
        case Restrict() | Ban() | Unban() | SetSettings() | SetFilter() | CreateInvite() | RevokeInvite() | Freeze():
            return command.room
        case TransferOwnership() | End() | Review():
            return command.room
        case Hide() | SetConversation() | SetDraft() | SetPresence() | Block() | Report() | SetProfile():
            return self_id(actor.user)
        case (
            CreateUser() | CloseUser() | RevokeTokens() | SetRelation() | SetAttributes() | Redeliver() | DropLetters()
        ):
            return self_id(actor.user)
        case OpenDirect():
            return direct_id(actor.user, command.user)
        case CreateGroup() | CreateFor():
            return group_id(actor.user, command.key)
    assert_never(command)


@lru_cache(maxsize=4096)
def _own(room: RoomId, user: UserId, speaks: bool) -> Needs:
    """What most commands need, and those who talk need again and again: about 2.5 MB are kept."""
    return Needs(rooms=(room,), members=((room, user),), speaks=speaks)


def needs(actor: Actor, command: Command, checked: Checked | None = None) -> Needs:
    """Return what must be known before `handle`; `checked` is what the content of the command says."""
    return calling(_needs(actor, command), checked)


def calling(needed: Needs, checked: Checked | None) -> Needs:
    """Return the needs of what is said in a room with the memberships there of those whom it mentions."""
    if checked is None or not checked.mentions:
        return needed
    return evolve(needed, members=(*needed.members, *[(needed.rooms[0], user) for user in checked.mentions]))


def _needs(actor: Actor, command: Command) -> Needs:
    """Of a key only posts sent for the first time need no look-up: the store's unique index catches those."""
    match command:
        case Post(retry=False, origin=None) | MarkRead() | MarkDelivered() | Typing() | Watch() | Cheer() | AskFilter():
            return _own(command.room, actor.user, isinstance(command, Post))
        case (Ping() | Subscribe() | History() | Members() | Rooms() | Versions()) | (
            Reactions()
            | Votes()
            | WhoRead()
            | Search()
            | Contacts()
            | Profiles()
            | Reports()
            | Evidence()
            | HeldPosts()
        ):
            return NOTHING
        case ListTokens() | HoldStore() | ReleaseStore() | WatchPresence() | Unwatch() | ListUsers() | Follow():
            return NOTHING
        case ListWebhooks() | ListLetters() | SetLevel() | AskAttributes():
            return NOTHING
        case Permissions():
            others = () if command.user is None else ((command.room, command.user),)
            return Needs(rooms=(command.room,), members=((command.room, actor.user), *others))
        case IssueToken():
            return Needs(users=(command.user,), token=command.hash[: tokens.ID_BYTES])
        case RevokeToken():
            return Needs(token=tokens.prefix(command.token))
        case Resolve():
            own = () if command.room is None or actor.operator else ((command.room, actor.user),)
            return Needs(rooms=tuple([room for room, _ in own]), members=own, report=command.report)
        case (
            CreateUser() | CloseUser() | RevokeTokens() | CreateFor() | Freeze() | SetRelation() | SetAttributes()
        ) | (Redeliver() | DropLetters()) if not actor.operator:
            return NOTHING
        case _:
            return keyed_needs(actor, command)


Aside = (
    React | Vote | AddMember | RemoveMember | Join | Leave | JoinByInvite | RequestJoin | Restrict | Ban | Unban
) | (CreateInvite | RevokeInvite | Post | Review)
"""What may be done without an entry of its room: its key stands in the self room of who did it then. All of these in a
broadcast room, a vote in a live one, a post that is held for review, and every review."""
_ASIDE = frozenset(get_args(Aside))


def own_key(actor: Actor, command: KeyedCommand) -> KeyId | None:
    """Return where the key of a command stands of which its room has no entry; None of one that always makes one."""
    return (self_id(actor.user), actor.user, command.key) if type(command) in _ASIDE else None


def keyed_needs(actor: Actor, command: KeyedCommand) -> Needs:
    """Return the needs of a command that carries a key."""
    needed = _keyed_needs(actor, command)
    if isinstance(command, Post | Edit | React | Vote):
        needed = evolve(needed, speaks=True)
    if derived := derived_keys(actor, command, needed.rooms[0]):
        needed = evolve(needed, derived=derived)
    aside = own_key(actor, command)
    return evolve(needed, rooms=(*needed.rooms, aside[0]), own_key=aside) if aside else needed


def _keyed_needs(actor: Actor, command: KeyedCommand) -> Needs:
    room = room_of(actor, command)
    own = (room, actor.user)
    key = (room, actor.user, command.key)
    match command:
        case OpenDirect():
            return Needs(rooms=(room,), key=key, users=(actor.user, command.user), created=room, ties=(command.user,))
        case (
            CreateGroup() | CreateFor() | CreateUser() | CloseUser() | RevokeTokens() | SetAttributes() | SetRelation()
        ):
            ties = _ties(actor, command.members) if isinstance(command, CreateGroup | CreateFor) else ()
            return Needs(rooms=(room,), key=key, users=_named(actor, command), ties=ties)
        case AddMember():
            added = tuple((room, user) for user in command.users)
            pairs, ties = (own, *added), _ties(actor, command.users)
            return Needs(rooms=(room,), members=pairs, key=key, users=command.users, settled=added, ties=ties)
        case RemoveMember() | SetRole() | Restrict() | Ban() | Unban() | TransferOwnership():
            pair = (own, (room, command.user))
            settled = pair if isinstance(command, TransferOwnership) else pair[1:]
            users = (command.user,) if isinstance(command, Restrict | Ban) else ()
            return Needs(rooms=(room,), members=pair, key=key, users=users, settled=settled)
        case Leave() | Join() | JoinByInvite() | RequestJoin():
            users = () if isinstance(command, Leave) else (actor.user,)
            return Needs(rooms=(room,), members=(own,), key=key, users=users, settled=(own,))
        case Edit() | Delete() | React() | Pin() | Vote() | ClosePoll():
            reaction = (command.emoji, actor.user) if isinstance(command, React) else None
            return Needs(
                rooms=(room,),
                members=(own,),
                key=key,
                message=(room, command.seq),
                author=isinstance(command, Delete | ClosePoll),
                reaction=reaction,
                vote=actor.user if isinstance(command, Vote) else None,
            )
        case Post(origin=Origin() as origin):
            there = (origin.room, actor.user)
            return Needs(rooms=(room, origin.room), members=(own, there), key=key, quoted=(origin.room, origin.seq))
        case (
            Post() | SetTitle() | SetSettings() | SetFilter() | CreateInvite() | RevokeInvite() | End() | Freeze()
        ) | (Redeliver() | DropLetters()):
            return Needs(rooms=(room,), members=(own,), key=key, letters=_letters(command))
        case Review():
            return Needs(rooms=(room,), members=(own, (room, command.user)), key=key, held=(room, command.number))
        case Hide() | SetConversation() | SetDraft() | SetPresence() | Block() | Report() | SetProfile():
            return own_needs(actor, command)
    assert_never(command)


def holding_needs(actor: Actor, command: Post) -> Needs:
    """Return the needs of a post in a room that may hold it: none of the actor's that waits may be in flight."""
    needed, own = keyed_needs(actor, command), (self_id(actor.user), actor.user)
    return evolve(needed, settled=(own,), held_in=command.room, derived=((*own, command.key),))


Naming = CreateGroup | CreateFor | CreateUser | CloseUser | RevokeTokens | SetAttributes | SetRelation
"""What is about users, and no room that they are in."""


def _named(actor: Actor, command: Naming) -> tuple[UserId, ...]:
    if isinstance(command, CreateGroup | CreateFor):
        return (command.owner if isinstance(command, CreateFor) else actor.user, *command.members)
    return (command.user, command.other) if isinstance(command, SetRelation) else (command.user,)


def _letters(command: KeyedCommand) -> tuple[str, tuple[RoomId, int] | None] | None:
    """Return the endpoint and the place of a letter that `command` is about, if it is about any."""
    if not isinstance(command, SettleLetters):
        return None
    return command.endpoint, None if command.room is None or command.seq is None else (command.room, command.seq)


def _ties(actor: Actor, users: tuple[UserId, ...]) -> tuple[UserId, ...]:
    """Return with whom it counts what they and the actor have to do with each other. Nobody blocks operators."""
    return () if actor.operator else users
