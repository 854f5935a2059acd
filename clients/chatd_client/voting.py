"""What a user does with polls: a method for each command."""

from __future__ import annotations

from attrs import define

from chatd import messages
from chatd.messages import Committed, VotesPage
from chatd.model import RoomId, UserId
from chatd_client.asking import Asking


@define(eq=False)
class Voting(Asking):
    """The part of a chat about polls. Options go by their places: the first is 0."""

    async def vote(self, room: RoomId, seq: int, *options: int) -> Committed:
        """Choose in the poll at `seq`, in the place of what the user chose before. Without options: take that back.

        Raises Unfit (a ValueError) for a place that no poll has, and for one that is named twice.
        """
        return await self._commit(messages.Vote(room=room, key=self._key(), seq=seq, options=tuple(sorted(options))))

    async def close_poll(self, room: RoomId, seq: int) -> Committed:
        """Close a poll for good: one's own, or as a moderator that of somebody of lower rank."""
        return await self._commit(messages.ClosePoll(room=room, key=self._key(), seq=seq))

    async def votes(self, room: RoomId, seq: int, *, after: UserId | None = None, limit: int = 100) -> VotesPage:
        """Return a page of who chose what in a poll, from behind the user `after`."""
        return await self._ask(messages.Votes(room=room, seq=seq, after=after, limit=limit), VotesPage)
