"""The client library of chatd: a user's conversations, kept whole over every reconnect, in asyncio and in trio.

async with connect("tcp://127.0.0.1:7700", user="ana") as chat:
    group = await chat.create_group("friends", ["bo"])
    await chat.post(group.room, "hello")
    async for event in chat.events():
        print(event)

`administer` opens the admin side of a server. `chatd_client.blocking` has the same for scripts without async.
"""

from __future__ import annotations

from chatd.messages import (
    Committed,
    ContactsPage,
    FilterOf,
    HeldPage,
    HeldPost,
    MembersPage,
    PermissionsOf,
    ProfileOf,
    ReactionsPage,
    Readers,
    ReportsPage,
    RoomsPage,
    TokensPage,
    Unfit,
    UsersPage,
    VotesPage,
)
from chatd.model import ContactList, EntryKind, FilterAction, Links, RelationKind, Role, RoomKind, Seen, Shown
from chatd.rights import Archive, Feature, JoinBy, Level, Permission
from chatd.wire.bodies import (
    File,
    Forward,
    Media,
    OrderUpdate,
    Other,
    Poll,
    ProductCard,
    Sticker,
    System,
    Text,
    Typed,
    VideoShare,
    Voice,
)
from chatd_client.address import Dial
from chatd_client.admin import Admin, Stream, Streamed, administer
from chatd_client.chat import Chat, EventIterator, connect
from chatd_client.cursor import Cursor
from chatd_client.directory import RoomInfo
from chatd_client.errors import (
    Backlog,
    ChainBroken,
    ChatError,
    Closed,
    Ended,
    Left,
    ProtocolViolation,
    Refused,
    StoreFailed,
    StreamReset,
)
from chatd_client.events import (
    Broken,
    CaughtUp,
    Cheers,
    Connected,
    Disconnected,
    Emergency,
    Entry,
    Event,
    Gap,
    Hidden,
    InReview,
    Presence,
    Receipts,
    Reset,
    Settled,
    Summary,
    Typing,
    Unavailable,
    Unwatched,
    Watchers,
)
from chatd_client.ledger import Sending
from chatd_client.links import InviteLink
from chatd_client.reporting import Exhibit
from chatd_client.searching import Found
from chatd_client.sources import Sources
from chatd_client.store import FileStore, MemoryStore, Saved, Store
from chatd_client.talking import Message, Page

__all__ = [
    # to begin
    "connect",
    "Chat",
    "Dial",
    "Sources",
    # events
    "Event",
    "EventIterator",
    "Entry",
    "Gap",
    "Hidden",
    "InReview",
    "Reset",
    "Broken",
    "Unavailable",
    "CaughtUp",
    "Typing",
    "Receipts",
    "Summary",
    "Presence",
    "Cheers",
    "Watchers",
    "Unwatched",
    "Connected",
    "Disconnected",
    "Emergency",
    "Settled",
    # bodies of posts
    "Typed",
    "Text",
    "Media",
    "File",
    "Voice",
    "VideoShare",
    "ProductCard",
    "OrderUpdate",
    "Sticker",
    "Poll",
    "Forward",
    "System",
    "Other",
    # replies
    "Committed",
    "ContactList",
    "ContactsPage",
    "Found",
    "MembersPage",
    "Message",
    "Page",
    "PermissionsOf",
    "Role",
    "ReactionsPage",
    "Readers",
    "ProfileOf",
    "ReportsPage",
    "RoomInfo",
    "RoomsPage",
    "Seen",
    "Sending",
    "Shown",
    "VotesPage",
    # rights
    "Archive",
    "Exhibit",
    "Feature",
    "FilterAction",
    "FilterOf",
    "HeldPage",
    "HeldPost",
    "InviteLink",
    "JoinBy",
    "Level",
    "Links",
    "Permission",
    # state over a restart
    "Store",
    "MemoryStore",
    "FileStore",
    "Saved",
    "Cursor",
    # the admin side
    "administer",
    "Admin",
    "Stream",
    "Streamed",
    "UsersPage",
    "TokensPage",
    "EntryKind",
    "RoomKind",
    # exceptions
    "ChatError",
    "Refused",
    "RelationKind",
    "Backlog",
    "ChainBroken",
    "Ended",
    "Left",
    "Closed",
    "ProtocolViolation",
    "StoreFailed",
    "StreamReset",
    "Unfit",
]
