"""What a client sends: the hello, and everything a session may ask after it."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.frozen import frozen
from chatd.limits import CREDENTIAL_BYTES_MAX
from chatd.messages.administering import Administer
from chatd.messages.asking import History, MarkRead, Members, Rooms, Subscribe, Typing
from chatd.messages.fields import a_name, at_most, text_within, within
from chatd.messages.grouping import Create, Join, Leave, Manage
from chatd.messages.moderating import AskFilter, Enter, HeldPosts, Moderate, Permissions
from chatd.messages.operating import OperatorCommand
from chatd.messages.people import Block, Contacts, Profiles, SetProfile
from chatd.messages.personal import MarkDelivered, Personal, WhoRead
from chatd.messages.presence import SetPresence, WatchPresence
from chatd.messages.reporting import Report, Settle
from chatd.messages.searching import Search
from chatd.messages.streaming import Cheer, Unwatch, Watch
from chatd.messages.talking import Reactions, Talk, Versions, Votes


@frozen(kw_only=True)
class Hello:
    tag: ClassVar[int] = 1
    version: int = field(validator=within(0, 255))
    scheme: str = field(validator=text_within(16))
    """`token` | `dev` | `operator`: what `credential` is."""
    credential: str = field(default="", repr=False, validator=text_within(CREDENTIAL_BYTES_MAX))
    device: str = field(default="default", validator=a_name)
    capabilities: tuple[str, ...] = field(default=(), validator=at_most(32))
    heartbeat_s: int = field(default=60, validator=within(1, 3600))
    agent: str = field(default="", validator=text_within(128))
    """The client's name and version, for the operator's logs."""


@frozen(kw_only=True)
class Ping:
    tag: ClassVar[int] = 2


KeyedCommand = (Talk | Personal | SetPresence | Create | Manage | Moderate) | (
    Join | Leave | Enter | Block | Report | SetProfile | Administer
)
"""The commands that can commit an entry: each carries a key and, on a resend, `retry`."""

Ask = (Subscribe | Watch | History | Members | Rooms | Versions | Reactions) | (
    Votes | WhoRead | WatchPresence | Search | Contacts | Profiles | HeldPosts
)
"""The commands that read rooms, and what belongs to who asks."""

Signalling = MarkRead | MarkDelivered | Typing | Unwatch | Cheer

Command = KeyedCommand | Ping | Ask | Signalling | Permissions | AskFilter | Settle | OperatorCommand
"""Everything a session may ask after its hello."""
