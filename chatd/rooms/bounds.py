"""What each command commits at most, so that the room for it is taken before it is decided."""

from __future__ import annotations

from typing import assert_never

from chatd.checked import Checked
from chatd.limits import (
    CONTENT_BYTES_MAX,
    FILTER_HOSTS_MAX,
    FILTER_WORD_BYTES_MAX,
    FILTER_WORDS_MAX,
    HOST_BYTES_MAX,
    MENTIONS_MAX,
)
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
    Leave,
    ListLetters,
    ListTokens,
    ListUsers,
    ListWebhooks,
    MarkDelivered,
    MarkRead,
    Members,
    OpenDirect,
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
from chatd.messages.telling import ATTRIBUTE_BYTES_MAX, REQUIRED_MAX, REQUIRED_VALUES_MAX
from chatd.names import NAME_BYTES_MAX
from chatd.rooms.effects import Actor, Limit
from chatd.rooms.operators import others_of

NAME_BYTES = 2 + NAME_BYTES_MAX
"""What a user's name takes at most in the audit."""
ENTRY_BYTES = 1024
"""More than an entry takes in an item apart from a post's content: a name, a title, and what surrounds them."""
REPORT_BYTES = 128 * 1024
"""More than a report takes with its evidence: two contents, the entries before them, and what surrounds them."""
STATE_BYTES = 8 * 1024
"""More than what became of a post, or a room's pins, takes: 50 emojis with three names each, 200 seqs."""
MENTION_BYTES = 512
"""More than a mention takes in an item. Each may touch two pages of the database: a batch holds some 1,500 at most."""
FILTER_BYTES = 2 * (FILTER_WORDS_MAX * FILTER_WORD_BYTES_MAX + FILTER_HOSTS_MAX * HOST_BYTES_MAX)
"""More than a filter takes, in its entry and in its room's record."""
GATE_BYTES = 2 * REQUIRED_MAX * 4 * (32 + REQUIRED_VALUES_MAX * ATTRIBUTE_BYTES_MAX)
"""More than what a gate asks for takes, in its entry and in its room's record."""
_MORE: dict[type[Command], int] = {SetFilter: FILTER_BYTES, Report: REPORT_BYTES}
REVIEW_BYTES = CONTENT_BYTES_MAX + 3 * ENTRY_BYTES + STATE_BYTES + MENTIONS_MAX * MENTION_BYTES
"""More than a post takes that is approved, with what tells of it."""


def bound(command: Command, checked: Checked | None = None) -> Limit | None:
    """Return an upper bound of what `command` can commit; None of commands that cannot.

    `checked` is what its content says, as for `needs`.
    """
    mentions_bytes = MENTION_BYTES * len(checked.mentions) if checked else 0
    match command:
        case Post():
            return Limit(1, len(command.content) + ENTRY_BYTES + mentions_bytes)
        case Edit():
            return Limit(entries=1, bytes=len(command.content) + ENTRY_BYTES + STATE_BYTES + mentions_bytes)
        case Delete() | React() | Pin() | Vote() | ClosePoll() | SetAttributes():
            return Limit(entries=1, bytes=ENTRY_BYTES + STATE_BYTES)
        case CreateGroup() | CreateFor():
            return _entries(len(command.members) + 3)
        case AddMember():
            return _entries(len(command.users) + 2)
        case (
            OpenDirect() | RemoveMember() | Join() | Leave() | SetTitle() | SetRole() | JoinByInvite() | RequestJoin()
        ) | (
            (TransferOwnership() | Restrict() | Ban() | Unban() | SetSettings() | CreateInvite() | RevokeInvite())
            | (Freeze() | End())
        ):
            return _entries(3, GATE_BYTES if isinstance(command, SetSettings) and command.requires else 0)
        case (
            (IssueToken() | RevokeToken() | RevokeTokens() | SetLevel() | CreateUser() | CloseUser())
            | (Hide() | SetConversation() | SetFilter() | SetPresence() | SetProfile() | SetRelation())
            | (Block() | Report() | Resolve() | Redeliver() | DropLetters())
        ):
            return Limit(entries=1, bytes=ENTRY_BYTES + _MORE.get(type(command), 0))
        case SetDraft():
            return Limit(entries=1, bytes=len(command.content or b"") + ENTRY_BYTES)
        case Review():
            return Limit(entries=3, bytes=REVIEW_BYTES)
        case (
            (Ping() | Subscribe() | History() | Members() | Rooms() | Versions() | Reactions() | Votes() | WhoRead())
            | (Search() | HeldPosts() | Watch() | Unwatch() | Cheer() | MarkRead() | MarkDelivered() | Typing())
            | (Permissions() | AskFilter() | WatchPresence() | Contacts() | Profiles())
            | (ListTokens() | HoldStore() | ReleaseStore() | ListUsers() | Follow() | AskAttributes())
            | (ListWebhooks() | ListLetters() | Reports() | Evidence())
        ):
            return None
    assert_never(command)


def bound_of(actor: Actor, command: Command, checked: Checked | None = None) -> Limit | None:
    """Return an upper bound of what `actor` commits by `command`: with an operator's goes an entry of the audit."""
    limit = bound(command, checked)
    if limit is None or not actor.operator:
        return limit
    names_bytes = NAME_BYTES * len(others_of(command))
    return Limit(entries=limit.entries + 1, bytes=limit.bytes + ENTRY_BYTES + names_bytes)


def _entries(count: int, more_bytes: int = 0) -> Limit:
    return Limit(entries=count, bytes=count * ENTRY_BYTES + more_bytes)
