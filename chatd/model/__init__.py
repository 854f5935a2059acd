"""The nouns of chatd as frozen data: what a room holds, what stands beside the rooms, and what one command commits.

Floor 1: every other file may import this one, and this one imports nothing that does anything. Times are
milliseconds since 1970 (UTC); the words are those of the glossary in README.md.
"""

from __future__ import annotations

from chatd.model.entries import (
    Entry as Entry,
    Head as Head,
    NewEntry as NewEntry,
)
from chatd.model.filters import (
    NO_FILTER as NO_FILTER,
    Filter as Filter,
    FilterAction as FilterAction,
    Links as Links,
)
from chatd.model.held import (
    HeldGone as HeldGone,
    HeldRecord as HeldRecord,
)
from chatd.model.items import (
    AboutUser as AboutUser,
    HoldRecord as HoldRecord,
    Item as Item,
    PostRecord as PostRecord,
    Record as Record,
)
from chatd.model.kinds import (
    APART as APART,
    LED as LED,
    PRESENT as PRESENT,
    SERVER as SERVER,
    Answer as Answer,
    EntryKind as EntryKind,
    HeadPlus as HeadPlus,
    Key as Key,
    MemberState as MemberState,
    Role as Role,
    RoomId as RoomId,
    RoomKind as RoomKind,
    SeqOf as SeqOf,
    UserId as UserId,
)
from chatd.model.own import (
    Conversation as Conversation,
    HiddenRecord as HiddenRecord,
    OwnRecord as OwnRecord,
    ReadMark as ReadMark,
)
from chatd.model.people import (
    NO_TIES as NO_TIES,
    Attribute as Attribute,
    Attributes as Attributes,
    ContactList as ContactList,
    Profile as Profile,
    Relation as Relation,
    RelationKind as RelationKind,
    Ties as Ties,
)
from chatd.model.polls import (
    PollRecord as PollRecord,
    VoteRecord as VoteRecord,
)
from chatd.model.posts import (
    FIRST_REACTORS as FIRST_REACTORS,
    Erasure as Erasure,
    Expiry as Expiry,
    MentionsRecord as MentionsRecord,
    MessageRecord as MessageRecord,
    ReactionRecord as ReactionRecord,
    Tally as Tally,
)
from chatd.model.presences import (
    PresenceRecord as PresenceRecord,
    Seen as Seen,
    SeenRecord as SeenRecord,
    Shown as Shown,
)
from chatd.model.relays import (
    LetterRecord as LetterRecord,
    LettersChange as LettersChange,
    RelayRecord as RelayRecord,
    WebhookRecord as WebhookRecord,
)
from chatd.model.reports import (
    Proof as Proof,
    ReportId as ReportId,
    ReportRecord as ReportRecord,
    Resolution as Resolution,
)
from chatd.model.rooms import (
    Membership as Membership,
    RoomRecord as RoomRecord,
)
from chatd.model.servers import (
    ServerRecord as ServerRecord,
)
from chatd.model.users import (
    TokenRecord as TokenRecord,
    UserRecord as UserRecord,
)
