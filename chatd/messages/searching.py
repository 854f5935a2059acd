"""Searching what was said, and what is found."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.frozen import frozen
from chatd.limits import QUERY_BYTES_MAX, SEQ_MAX
from chatd.messages.asking import PAGE_BYTES
from chatd.messages.events import Entered
from chatd.messages.fields import a_name, a_query, exact_bytes, room_id, text_within, within
from chatd.model import RoomId, UserId


@frozen(kw_only=True)
class Search:
    """All of `query` must be in a post; the other fields narrow it further. Times are in milliseconds since 1970."""

    tag: ClassVar[int] = 140
    query: str = field(repr=False, validator=[text_within(QUERY_BYTES_MAX), a_query])
    room: RoomId | None = field(default=None, validator=room_id)
    """None: all rooms of which the user may see anything."""
    sender: UserId | None = field(default=None, validator=a_name)
    before: int | None = field(default=None, validator=within(0, SEQ_MAX))
    after: int | None = field(default=None, validator=within(0, SEQ_MAX))
    """At that time, too."""
    next: bytes | None = field(default=None, validator=exact_bytes(PAGE_BYTES))
    """Opaque, from the page before; None asks for the first page."""
    limit: int = field(default=20, validator=within(1, 1000))


@frozen(kw_only=True)
class SearchPage:
    tag: ClassVar[int] = 200
    hits: tuple[Entered, ...]
    """Newest post first: each the post, or, where it was edited, its newest edit, whose target is the post."""
    more: bool
    current: bool
    """Everything was looked at that had been committed when the search came."""
    next: bytes | None = field(default=None, validator=exact_bytes(PAGE_BYTES))
