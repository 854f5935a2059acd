"""What each command must know before it is decided, and what it commits at most. Nothing is decided here."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never, get_args

from attrs import evolve

from chatd.chain import direct_id, group_id, self_id
from chatd.checked import Checked
from chatd.limits import FILTER_HOSTS_MAX, FILTER_WORD_BYTES_MAX, FILTER_WORDS_MAX, HOST_BYTES_MAX
from chatd.messages import (
    AddMember,
    AskFilter,
    Ban,
    Cheer,
    ClosePoll,
    Command,
    CreateGroup,
    CreateInvite,
    Delete,
    DropLetters,
    Edit,
    End,
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
    ListWebhooks,
    MarkDelivered,
    MarkRead,
    Members,
    OpenDirect,
    Origin,
    Permissions,
    Personal,
    Pin,
    Ping,
    Post,
    React,
    Reactions,
    Redeliver,
    ReleaseStore,
    RemoveMember,
    RequestJoin,
    Restrict,
    RevokeInvite,
    RevokeToken,
    Rooms,
    Search,
    SetConversation,
    SetDraft,
    SetFilter,
    SetLevel,
    SetPresence,
    SetRole,
    SetSettings,
    SetTitle,
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
from chatd.rooms.effects import NOTHING, Actor, KeyId, Limit, Needs

ENTRY_BYTES = 1024
"""More than an entry takes in an item apart from a post's content: a name, a title, and what surrounds them."""


STATE_BYTES = 8 * 1024
"""More than what became of a post, or a room's pins, takes: 50 emojis with three names each, 200 seqs."""

FILTER_BYTES = 2 * (FILTER_WORDS_MAX * FILTER_WORD_BYTES_MAX + FILTER_HOSTS_MAX * HOST_BYTES_MAX)
"""More than a filter takes, in its entry and in its room's record."""

MENTION_BYTES = 512
"""More than a mention takes in an item. Each may touch two pages of the database: a batch holds some 1,500 at most."""


def room_of(actor: Actor, command: KeyedCommand) -> RoomId:
    """Return the room whose order a keyed command enters, and which scopes its key."""
    match command:
        case Post() | Edit() | Delete() | React() | Pin() | Vote() | ClosePoll():
            return command.room
        case AddMember() | RemoveMember() | Join() | Leave() | SetTitle() | SetRole() | JoinByInvite() | RequestJoin():
            return command.room
        case Restrict() | Ban() | Unban() | SetSettings() | SetFilter() | CreateInvite() | RevokeInvite():
            return command.room
        case TransferOwnership() | End():
            return command.room
        case Hide() | SetConversation() | SetDraft() | SetPresence():
            return self_id(actor.user)
        case OpenDirect():
            return direct_id(actor.user, command.user)
        case CreateGroup():
            return group_id(actor.user, command.key)
    assert_never(command)


@lru_cache(maxsize=4096)
def _own(room: RoomId, user: UserId) -> Needs:
    """What most commands need, and those who talk need again and again: about 2.5 MB are kept."""
    return Needs(rooms=(room,), members=((room, user),))


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
            return _own(command.room, actor.user)
        case (Ping() | Subscribe() | History() | Members() | Rooms() | Versions()) | (
            Reactions() | Votes() | WhoRead() | Search()
        ):
            return NOTHING
        case ListTokens() | HoldStore() | ReleaseStore() | WatchPresence() | Unwatch():
            return NOTHING
        case ListWebhooks() | ListLetters() | Redeliver() | DropLetters():
            return NOTHING
        case SetLevel():
            return NOTHING
        case Permissions():
            others = () if command.user is None else ((command.room, command.user),)
            return Needs(rooms=(command.room,), members=((command.room, actor.user), *others))
        case IssueToken():
            return Needs(users=(command.user,), token=command.hash[: tokens.ID_BYTES])
        case RevokeToken():
            return Needs(token=tokens.prefix(command.token))
        case _:
            return keyed_needs(actor, command)


Aside = (
    React | Vote | AddMember | RemoveMember | Join | Leave | JoinByInvite | RequestJoin | Restrict | Ban | Unban
) | (CreateInvite | RevokeInvite)
"""What may be done in a broadcast room without an entry of it: its key stands in the self room of who did it."""
_ASIDE = frozenset(get_args(Aside))


def own_key(actor: Actor, command: KeyedCommand) -> KeyId | None:
    """Return where the key of a command stands that a broadcast room need not know of; None of every other command."""
    return (self_id(actor.user), actor.user, command.key) if type(command) in _ASIDE else None


def keyed_needs(actor: Actor, command: KeyedCommand) -> Needs:
    """Return the needs of a command that carries a key."""
    needed = _keyed_needs(actor, command)
    aside = own_key(actor, command)
    return evolve(needed, rooms=(*needed.rooms, aside[0]), own_key=aside) if aside else needed


def _keyed_needs(actor: Actor, command: KeyedCommand) -> Needs:
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
        case TransferOwnership():
            pair = (own, (room, command.user))
            return Needs(rooms=(room,), members=pair, key=key, settled=pair)
        case RemoveMember() | SetRole() | Restrict() | Ban() | Unban():
            other = (room, command.user)
            users = (command.user,) if isinstance(command, Restrict | Ban) else ()
            return Needs(rooms=(room,), members=(own, other), key=key, users=users, settled=(other,))
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
        case Post() | SetTitle() | SetSettings() | SetFilter() | CreateInvite() | RevokeInvite() | End():
            return Needs(rooms=(room,), members=(own,), key=key)
        case Hide() | SetConversation() | SetDraft() | SetPresence():
            return _own_needs(actor, command)
    assert_never(command)


def _own_needs(actor: Actor, command: Personal | SetPresence) -> Needs:
    room = self_id(actor.user)
    own = (room, actor.user)
    needed = Needs(rooms=(room,), members=(own,), key=(*own, command.key), settled=(own,))
    if isinstance(command, SetPresence):
        return evolve(needed, shown=True)
    return evolve(
        needed,
        rooms=(room, command.room),
        members=(own, (command.room, actor.user)),
        hidden=(command.room, command.seq) if isinstance(command, Hide) else None,
        pinned=isinstance(command, SetConversation) and bool(command.pinned),
    )


def bound(command: Command, checked: Checked | None = None) -> Limit | None:
    """Return an upper bound of what `command` can commit; None of commands that cannot.

    `checked` is what its content says, as for `needs`.
    """
    mentions_bytes = MENTION_BYTES * len(checked.mentions) if checked else 0
    match command:
        case Post():
            return Limit(entries=1, bytes=len(command.content) + ENTRY_BYTES + mentions_bytes)
        case Edit():
            return Limit(entries=1, bytes=len(command.content) + ENTRY_BYTES + STATE_BYTES + mentions_bytes)
        case Delete() | React() | Pin() | Vote() | ClosePoll():
            return Limit(entries=1, bytes=ENTRY_BYTES + STATE_BYTES)
        case CreateGroup():
            return _entries(len(command.members) + 3)
        case AddMember():
            return _entries(len(command.users) + 2)
        case (
            OpenDirect() | RemoveMember() | Join() | Leave() | SetTitle() | SetRole() | JoinByInvite() | RequestJoin()
        ) | (
            TransferOwnership() | Restrict() | Ban() | Unban() | SetSettings() | CreateInvite() | RevokeInvite() | End()
        ):
            return _entries(3)
        case IssueToken() | RevokeToken() | SetLevel() | Hide() | SetConversation() | SetFilter() | SetPresence():
            return Limit(entries=1, bytes=ENTRY_BYTES + (FILTER_BYTES if isinstance(command, SetFilter) else 0))
        case SetDraft():
            return Limit(entries=1, bytes=len(command.content or b"") + ENTRY_BYTES)
        case (Ping() | Subscribe() | History() | Members() | Rooms() | Versions()) | (
            Reactions() | Votes() | WhoRead() | Search() | Watch() | Unwatch() | Cheer()
        ):
            return None
        case (
            MarkRead()
            | MarkDelivered()
            | Typing()
            | Permissions()
            | AskFilter()
            | ListTokens()
            | HoldStore()
            | ReleaseStore()
            | WatchPresence()
            | ListWebhooks()
            | ListLetters()
            | Redeliver()
            | DropLetters()
        ):
            return None
    assert_never(command)


def _entries(count: int) -> Limit:
    return Limit(entries=count, bytes=count * ENTRY_BYTES)
