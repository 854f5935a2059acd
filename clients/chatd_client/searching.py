"""Searching what was said in the user's rooms."""

from __future__ import annotations

from attrs import define, frozen

from chatd import messages
from chatd.messages import SearchPage
from chatd.model import RoomId, UserId
from chatd_client import events
from chatd_client.asking import Asking


@frozen(kw_only=True)
class Found:
    """A page of what a search found. Its entries stand alone: no hash chain says that they are the room's."""

    hits: tuple[events.Entry, ...]
    """Newest post first: each the post, or, where it was edited, its newest edit, whose target is the post."""
    more: bool
    following: bytes | None
    """For `search`, where there is more."""
    current: bool
    """Everything was looked at that had been committed when the search came. Else some of it may be missing."""


@define(eq=False)
class Searching(Asking):
    """The part of a chat that finds again what was said."""

    async def search(
        self,
        query: str,
        *,
        room: RoomId | None = None,
        sender: UserId | None = None,
        before: int | None = None,
        after: int | None = None,
        following: bytes | None = None,
        limit: int = 20,
    ) -> Found:
        """Return a page of the posts that have every term of `query`, in one room or in all that the user may read.

        Terms stand between spaces; "several words" in double quotes are one; wor* is the beginning of a word. Posted
        by `sender`, before a time, at or after a time, in milliseconds since 1970. `following` is that of the page
        before. Raises Unfit (a ValueError) for a query that no server takes.
        """
        ask = messages.Search(
            query=query, room=room, sender=sender, before=before, after=after, next=following, limit=limit
        )
        page = await self._ask(ask, SearchPage)
        return Found(
            hits=tuple(events.entry(hit, self._desk.user) for hit in page.hits),
            more=page.more,
            following=page.next,
            current=page.current,
        )
