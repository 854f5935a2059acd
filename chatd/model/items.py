"""What one command commits."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model.entries import NewEntry
from chatd.model.held import HeldGone, HeldRecord
from chatd.model.own import OwnRecord
from chatd.model.people import Attributes, Profile, Relation
from chatd.model.polls import PollRecord, VoteRecord
from chatd.model.posts import Erasure, Expiry, MentionsRecord, MessageRecord, ReactionRecord
from chatd.model.presences import PresenceRecord, SeenRecord
from chatd.model.relays import WebhookRecord
from chatd.model.reports import ReportRecord, Resolution
from chatd.model.rooms import Membership, RoomRecord
from chatd.model.servers import ServerRecord
from chatd.model.users import TokenRecord, UserRecord

PostRecord = MessageRecord | ReactionRecord | PollRecord | VoteRecord
"""What became of a post."""

AboutUser = UserRecord | TokenRecord | PresenceRecord | SeenRecord
"""Beside all rooms."""

PeopleRecord = Attributes | Profile | Relation | ReportRecord | Resolution
BesideRecord = OwnRecord | AboutUser | PeopleRecord | WebhookRecord | ServerRecord
HoldRecord = HeldRecord | HeldGone
"""Of posts that wait for review."""

Record = RoomRecord | Membership | PostRecord | MentionsRecord | HoldRecord | Erasure | Expiry | BesideRecord
"""A durable fact beside the rooms. A record is put whole; of a `ReadMark` the greater seqs win."""


@frozen
class Item:
    """What one command commits, whole or not at all. The command's key stands on the first entry.

    An item without entries (read marks) has no key, and repeating it changes nothing.
    """

    entries: tuple[NewEntry, ...] = ()
    records: tuple[Record, ...] = ()
    digest: bytes = b""
    """BLAKE2b-256 of the command as the server encodes it (`wire.codec.digest`): tells a repeat from a conflict."""
