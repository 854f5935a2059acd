"""Every message of the wire as frozen data. A field's name is its key in the body; protocol.md defines each.

Types, lengths and ranges are checked as a message is built, by the sender and by the receiver alike. A body that
does not fit raises `Unfit`, whose code is the refusal that a server answers (protocol 6).
"""

from __future__ import annotations

from chatd.messages.commands import (
    AddMember as AddMember,
    Command as Command,
    CreateGroup as CreateGroup,
    Hello as Hello,
    History as History,
    HoldStore as HoldStore,
    IssueToken as IssueToken,
    Join as Join,
    KeyedCommand as KeyedCommand,
    Leave as Leave,
    ListTokens as ListTokens,
    MarkRead as MarkRead,
    Members as Members,
    OpenDirect as OpenDirect,
    OperatorCommand as OperatorCommand,
    Ping as Ping,
    Post as Post,
    ReleaseStore as ReleaseStore,
    RemoveMember as RemoveMember,
    RevokeToken as RevokeToken,
    Rooms as Rooms,
    SetRole as SetRole,
    SetTitle as SetTitle,
    Subscribe as Subscribe,
    Typing as Typing,
)
from chatd.messages.events import (
    CaughtUp as CaughtUp,
    Closing as Closing,
    Entered as Entered,
    Gap as Gap,
    GoingAway as GoingAway,
    IsTyping as IsTyping,
    Paused as Paused,
    Receipts as Receipts,
)
from chatd.messages.fields import Unfit as Unfit
from chatd.messages.replies import (
    Committed as Committed,
    Done as Done,
    Greeting as Greeting,
    HistoryPage as HistoryPage,
    Member as Member,
    MembersPage as MembersPage,
    Refused as Refused,
    RoomsPage as RoomsPage,
    RoomSummary as RoomSummary,
    RoomSync as RoomSync,
    Subscribed as Subscribed,
    Token as Token,
    TokensPage as TokensPage,
    Welcome as Welcome,
)

Reply = Welcome | Done | Committed | Refused | Subscribed | HistoryPage | MembersPage | RoomsPage | TokensPage
Event = Entered | Gap | Paused | CaughtUp | IsTyping | Receipts | GoingAway | Closing
FromClient = Hello | Command
FromServer = Greeting | Reply | Event
Message = FromClient | FromServer
