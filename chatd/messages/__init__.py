"""Every message of the wire as frozen data. A field's name is its key in the body; protocol.md defines each.

Types, lengths and ranges are checked as a message is built, by the sender and by the receiver alike. A body that
does not fit raises `Unfit`, whose code is the refusal that a server answers (protocol 6).
"""

from __future__ import annotations

from chatd.messages.administering import (
    Administer as Administer,
    CloseUser as CloseUser,
    CreateFor as CreateFor,
    CreateUser as CreateUser,
    Follow as Follow,
    Followed as Followed,
    Freeze as Freeze,
    ListUsers as ListUsers,
    RevokeTokens as RevokeTokens,
    StreamEvent as StreamEvent,
    User as User,
    UsersPage as UsersPage,
)
from chatd.messages.asking import (
    History as History,
    MarkRead as MarkRead,
    Members as Members,
    Rooms as Rooms,
    Subscribe as Subscribe,
    Typing as Typing,
)
from chatd.messages.commands import (
    Ask as Ask,
    Command as Command,
    Hello as Hello,
    KeyedCommand as KeyedCommand,
    Ping as Ping,
)
from chatd.messages.events import (
    CaughtUp as CaughtUp,
    Closing as Closing,
    Entered as Entered,
    Gap as Gap,
    GoingAway as GoingAway,
    InReview as InReview,
    IsTyping as IsTyping,
    Paused as Paused,
    PollSummary as PollSummary,
    PostSummary as PostSummary,
    Receipts as Receipts,
    ServerLevel as ServerLevel,
    Summary as Summary,
)
from chatd.messages.fields import Unfit as Unfit
from chatd.messages.grouping import (
    AddMember as AddMember,
    Create as Create,
    CreateGroup as CreateGroup,
    Join as Join,
    Leave as Leave,
    Manage as Manage,
    OpenDirect as OpenDirect,
    RemoveMember as RemoveMember,
    SetRole as SetRole,
    SetTitle as SetTitle,
    TransferOwnership as TransferOwnership,
)
from chatd.messages.moderating import (
    AskFilter as AskFilter,
    Ban as Ban,
    CreateInvite as CreateInvite,
    Enter as Enter,
    FilterOf as FilterOf,
    HeldPage as HeldPage,
    HeldPost as HeldPost,
    HeldPosts as HeldPosts,
    JoinByInvite as JoinByInvite,
    Moderate as Moderate,
    Permissions as Permissions,
    PermissionsOf as PermissionsOf,
    RequestJoin as RequestJoin,
    Restrict as Restrict,
    Review as Review,
    RevokeInvite as RevokeInvite,
    SetFilter as SetFilter,
    SetSettings as SetSettings,
    Unban as Unban,
)
from chatd.messages.operating import (
    HoldStore as HoldStore,
    IssueToken as IssueToken,
    ListTokens as ListTokens,
    OperatorAsk as OperatorAsk,
    OperatorCommand as OperatorCommand,
    ReleaseStore as ReleaseStore,
    RevokeToken as RevokeToken,
    SetLevel as SetLevel,
)
from chatd.messages.people import (
    Block as Block,
    Contacts as Contacts,
    ContactsPage as ContactsPage,
    ProfileOf as ProfileOf,
    Profiles as Profiles,
    ProfilesPage as ProfilesPage,
    SetProfile as SetProfile,
)
from chatd.messages.personal import (
    Hide as Hide,
    MarkDelivered as MarkDelivered,
    Personal as Personal,
    SetConversation as SetConversation,
    SetDraft as SetDraft,
    WhoRead as WhoRead,
)
from chatd.messages.presence import (
    CAPABILITIES as CAPABILITIES,
    PRESENCE as PRESENCE,
    PresenceNews as PresenceNews,
    Presences as Presences,
    SetPresence as SetPresence,
    WatchPresence as WatchPresence,
)
from chatd.messages.replies import (
    Committed as Committed,
    Done as Done,
    Greeting as Greeting,
    HistoryPage as HistoryPage,
    Member as Member,
    MembersPage as MembersPage,
    MessageState as MessageState,
    ReactionsPage as ReactionsPage,
    Reactor as Reactor,
    Readers as Readers,
    Refused as Refused,
    RoomsPage as RoomsPage,
    RoomSummary as RoomSummary,
    RoomSync as RoomSync,
    Subscribed as Subscribed,
    Token as Token,
    TokensPage as TokensPage,
    VersionsPage as VersionsPage,
    Voter as Voter,
    VotesPage as VotesPage,
    Welcome as Welcome,
)
from chatd.messages.reporting import (
    Evidence as Evidence,
    EvidencePage as EvidencePage,
    ProvenEntry as ProvenEntry,
    Report as Report,
    Reports as Reports,
    ReportsPage as ReportsPage,
    ReportSummary as ReportSummary,
    Resolve as Resolve,
    Settle as Settle,
)
from chatd.messages.searching import (
    Search as Search,
    SearchPage as SearchPage,
)
from chatd.messages.streaming import (
    Cheer as Cheer,
    Cheers as Cheers,
    End as End,
    Unwatch as Unwatch,
    Unwatched as Unwatched,
    Watch as Watch,
    Watchers as Watchers,
)
from chatd.messages.talking import (
    Act as Act,
    ClosePoll as ClosePoll,
    Delete as Delete,
    Edit as Edit,
    Origin as Origin,
    Pin as Pin,
    Post as Post,
    React as React,
    Reactions as Reactions,
    Talk as Talk,
    Versions as Versions,
    Vote as Vote,
    Votes as Votes,
    Voting as Voting,
)
from chatd.messages.telling import (
    AskAttributes as AskAttributes,
    AttributesOf as AttributesOf,
    SetAttributes as SetAttributes,
    SetRelation as SetRelation,
    Tell as Tell,
)
from chatd.messages.webhooks import (
    AskWebhooks as AskWebhooks,
    DropLetters as DropLetters,
    Letter as Letter,
    LettersPage as LettersPage,
    ListLetters as ListLetters,
    ListWebhooks as ListWebhooks,
    Redeliver as Redeliver,
    SettleLetters as SettleLetters,
    Webhook as Webhook,
    WebhooksPage as WebhooksPage,
)

Reply = (
    Welcome
    | Done
    | Committed
    | Refused
    | Subscribed
    | HistoryPage
    | MembersPage
    | RoomsPage
    | TokensPage
    | VersionsPage
    | ReactionsPage
    | VotesPage
    | Readers
    | PermissionsOf
    | FilterOf
    | Presences
    | HeldPage
    | SearchPage
    | WebhooksPage
    | LettersPage
    | UsersPage
    | Followed
    | ContactsPage
    | ProfilesPage
    | ReportsPage
    | EvidencePage
    | AttributesOf
)
Event = (
    Entered
    | Gap
    | Paused
    | CaughtUp
    | IsTyping
    | Receipts
    | Summary
    | PresenceNews
    | ServerLevel
    | InReview
    | Unwatched
    | Cheers
    | Watchers
    | GoingAway
    | Closing
)
FromClient = Hello | Command
FromServer = Greeting | Reply | Event
Message = FromClient | FromServer
