"""Reports of posts, rooms and users, and what those do with them whom they are for."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import HASH_BYTES
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.messages.asking import PAGE_BYTES
from chatd.messages.events import Entered
from chatd.messages.fields import (
    Unfit,
    a_name,
    a_seq,
    a_word,
    an_entry,
    command_key,
    exact_bytes,
    room_id,
    text_within,
    within,
)
from chatd.model import Key, ReportId, RoomId, UserId

REPORT_TEXT_BYTES_MAX = 1024

report_id = exact_bytes(16)


@frozen(kw_only=True)
class Report:
    """Tell those who look after it of a post, of a room or of a user."""

    tag: ClassVar[int] = 135
    key: Key = field(validator=command_key)
    room: RoomId | None = field(default=None, validator=room_id)
    seq: int | None = field(default=None, validator=an_entry)
    """Of a post; None: the room as such."""
    user: UserId | None = field(default=None, validator=a_name)
    reason: str = field(validator=a_word)
    text: str = field(default="", repr=False, validator=text_within(REPORT_TEXT_BYTES_MAX))
    retry: bool = False

    def __attrs_post_init__(self) -> None:
        if (self.room is None) is (self.user is None) or (self.seq is not None and self.room is None):
            raise Unfit(RefusalCode.BAD_REQUEST, "report: a room, a post of a room, or a user")


@frozen(kw_only=True)
class Reports:
    tag: ClassVar[int] = 136
    room: RoomId | None = field(default=None, validator=room_id)
    """None: of everything, for operators."""
    resolved: bool = False
    next: bytes | None = field(default=None, validator=exact_bytes(PAGE_BYTES))
    """Opaque, from the page before; None asks for the first page."""
    limit: int = field(default=50, validator=within(1, 1000))


@frozen(kw_only=True)
class Evidence:
    tag: ClassVar[int] = 137
    report: ReportId = field(validator=report_id)
    room: RoomId | None = field(default=None, validator=room_id)
    after: int = field(default=0, validator=a_seq)
    """The seq of the last entry of the page before; 0 asks for the first page."""


@frozen(kw_only=True)
class Resolve:
    tag: ClassVar[int] = 138
    report: ReportId = field(validator=report_id)
    room: RoomId | None = field(default=None, validator=room_id)


Settle = Reports | Evidence | Resolve
"""What those do with reports whom they are for: the staff of a room, and operators."""


@frozen(kw_only=True)
class ReportSummary:
    report: ReportId
    time: int
    room: RoomId | None = None
    seq: int | None = None
    user: UserId | None = None
    """Whom it is about."""
    reason: str
    text: str = ""
    reporter: UserId | None = None
    """For operators alone."""
    resolved: int | None = None
    """When it was settled."""
    resolver: UserId = ""
    """Empty: an operator."""


@frozen(kw_only=True)
class ReportsPage:
    tag: ClassVar[int] = 212
    reports: tuple[ReportSummary, ...]
    """Oldest first."""
    more: bool
    next: bytes | None = field(default=None, validator=exact_bytes(PAGE_BYTES))


@frozen(kw_only=True)
class ProvenEntry:
    """An entry of a report, and the full chain hash before it."""

    hash: bytes = field(validator=exact_bytes(HASH_BYTES))
    entry: Entered


@frozen(kw_only=True)
class EvidencePage:
    tag: ClassVar[int] = 213
    report: ReportId = field(validator=report_id)
    entries: tuple[ProvenEntry, ...]
    """Ascending."""
    more: bool
