"""The endpoints of the app and what they would not take: a part of the admin side."""

from __future__ import annotations

from attrs import define

from chatd import messages
from chatd.messages import Committed, LettersPage, WebhooksPage
from chatd.model import RoomId
from chatd_client.asking import Asking

Place = tuple[RoomId, int]
"""The room and the seq of an entry."""


@define(eq=False)
class AdminWebhooks(Asking):
    """The part of the admin side about endpoints: see `Asking` for what holds of every method."""

    async def webhooks(self) -> WebhooksPage:
        """Return how far each endpoint was told, by name."""
        return await self._ask(messages.ListWebhooks(), WebhooksPage)

    async def letters(self, endpoint: str, *, following: bytes | None = None, limit: int = 100) -> LettersPage:
        """Return a page of the entries that an endpoint would not take, by room and seq.

        `following` is the `next` of the page before.
        """
        ask = messages.ListLetters(endpoint=endpoint, next=following, limit=limit)
        return await self._ask(ask, LettersPage)

    async def redeliver(self, endpoint: str, place: Place | None = None) -> Committed:
        """Let an endpoint be told once more of one letter, or of all. Refused `unchanged` where there is none."""
        room, seq = place or (None, None)
        return await self._commit(messages.Redeliver(key=self._key(), endpoint=endpoint, room=room, seq=seq))

    async def drop_letters(self, endpoint: str, place: Place | None = None) -> Committed:
        """Forget one letter of an endpoint, or all. Refused `unchanged` where there is none."""
        room, seq = place or (None, None)
        return await self._commit(messages.DropLetters(key=self._key(), endpoint=endpoint, room=room, seq=seq))
