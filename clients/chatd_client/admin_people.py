"""What an app tells of its users, and what its own side does with reports: a part of the admin side."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define

from chatd import messages
from chatd.messages import AttributesOf, Committed, Done, EvidencePage, ReportsPage
from chatd.model import Attribute, RelationKind, ReportId, RoomId, UserId
from chatd.names import SYSTEM
from chatd_client.asking import Asking
from chatd_client.reporting import Exhibit, exhibit_of


@define(eq=False)
class AdminPeople(Asking):
    """The part of the admin side about users and what they report: see `Asking` for what holds of every method."""

    async def set_relation(
        self, user: UserId, other: UserId, relation: RelationKind, *, on: bool = True, since: int | None = None
    ) -> Committed:
        """Let `user` follow `other`, or block them, from a time in milliseconds since 1970 or from now; or no more.

        Told again, it holds from the time told last. Raises Unfit where the two are one.
        """
        command = messages.SetRelation(key=self._key(), user=user, other=other, relation=relation, on=on, since=since)
        return await self._commit(command)

    async def set_attributes(self, user: UserId, attributes: Mapping[str, Attribute]) -> Committed:
        """Say something of a user, who exists from then on, in the place of all that was said before.

        Raises Unfit for more than 32 attributes, and for names and values that are none.
        """
        return await self._commit(messages.SetAttributes(key=self._key(), user=user, attributes=dict(attributes)))

    async def attributes(self, user: UserId) -> dict[str, Attribute]:
        """Return what was said of a user last; empty where nothing was."""
        return (await self._ask(messages.AskAttributes(user=user), AttributesOf)).attributes

    async def reports(
        self, *, room: RoomId | None = None, resolved: bool = False, following: bytes | None = None, limit: int = 50
    ) -> ReportsPage:
        """Return a page of reports, oldest first: all, or those of posts in a room. Each tells who has made it.

        `following` is the `next` of the page before. The server's log tells who read them.
        """
        ask = messages.Reports(room=room, resolved=resolved, next=following, limit=limit)
        return await self._ask(ask, ReportsPage)

    async def evidence(self, report: ReportId, *, after: int = 0) -> Exhibit:
        """Return what goes with a report, from behind the seq `after`: the post, some entries before it, its newest
        edit. Raises ChainBroken, too."""
        return exhibit_of(await self._ask(messages.Evidence(report=report, after=after), EvidencePage), SYSTEM)

    async def resolve(self, report: ReportId) -> None:
        """Settle a report: its evidence is gone with it. Raises Refused where somebody else was first."""
        await self._ask(messages.Resolve(report=report), Done)
