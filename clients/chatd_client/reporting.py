"""Reports: what a user makes known to those who look after a room, and what these do with it."""

from __future__ import annotations

from attrs import define, frozen

from chatd import messages
from chatd.messages import Committed, Done, EvidencePage, ReportsPage
from chatd.model import ReportId, RoomId, UserId
from chatd_client import events
from chatd_client.asking import Asking
from chatd_client.cursor import entry_hash
from chatd_client.errors import ChainBroken


@frozen(kw_only=True)
class Exhibit:
    """A piece of the evidence of a report. Each entry's hash has been verified after the hash that came with it."""

    entries: tuple[events.Entry, ...]
    more: bool


def exhibit_of(page: EvidencePage, user: UserId) -> Exhibit:
    """Return what a page of evidence shows to `user`. Raises ChainBroken."""
    for each in page.entries:
        if entry_hash(each.hash, each.entry) is None:
            raise ChainBroken(each.entry.room, each.entry.seq, "the evidence of a report is broken")
    return Exhibit(entries=tuple(events.entry(each.entry, user) for each in page.entries), more=page.more)


@define(eq=False)
class Reporting(Asking):
    """The part of a chat about what should not be."""

    async def report(
        self,
        reason: str,
        *,
        room: RoomId | None = None,
        seq: int | None = None,
        user: UserId | None = None,
        text: str = "",
    ) -> Committed:
        """Report a post (`room` and `seq`), a room, or a user. `reason` is a word, such as spam.

        Of a post the server keeps what it says now, and what was said before it, until somebody has looked into it.
        Who is reported is not told. Raises Unfit (a ValueError) for what is none of the three.
        """
        command = messages.Report(key=self._key(), reason=reason, room=room, seq=seq, user=user, text=text)
        return await self._commit(command)

    async def reports(
        self, room: RoomId, *, resolved: bool = False, following: bytes | None = None, limit: int = 50
    ) -> ReportsPage:
        """Return a page of the reports of posts in a room, oldest first, for those who may delete what others wrote.

        `following` is the `next` of the page before.
        """
        ask = messages.Reports(room=room, resolved=resolved, next=following, limit=limit)
        return await self._ask(ask, ReportsPage)

    async def evidence(self, room: RoomId, report: ReportId, *, after: int = 0) -> Exhibit:
        """Return what goes with a report, from behind the seq `after`: the post, some entries before it, its newest
        edit. Raises ChainBroken, too."""
        ask = messages.Evidence(room=room, report=report, after=after)
        return exhibit_of(await self._ask(ask, EvidencePage), self._desk.user)

    async def resolve(self, room: RoomId, report: ReportId) -> None:
        """Settle a report: its evidence is gone with it. Raises Refused where somebody else was first."""
        await self._ask(messages.Resolve(room=room, report=report), Done)
