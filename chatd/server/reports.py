"""What those see of reports whom they are for: the staff of a room, and operators."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define

from chatd.messages import Evidence, EvidencePage, ProvenEntry, Refused, Reports, ReportsPage, ReportSummary
from chatd.model import Proof, ReportRecord, RoomId
from chatd.rooms.commands.reporting import UNKNOWN_REPORT, is_for, staff_refusal
from chatd.rooms.effects import Actor, Refusal, refused
from chatd.rooms.registry import Registry
from chatd.server.history import PAGE_BYTES_MAX
from chatd.server.loader import Loader, expect_all
from chatd.storage.queries import Query
from chatd.storage.reports import GetProofs, GetReport, GetReports
from chatd.wire import codec

PAGE_REPORTS_MAX = 25
"""Of 25 reports the texts alone are 25 KiB."""
PROOF_BYTES = 512
"""What surrounds the body of an entry and the hash before it."""
_FIRST = (-1, b"")


@define(eq=False, kw_only=True)
class ReportDesk:
    registry: Registry
    loader: Loader
    now: Callable[[], int]

    async def page(self, actor: Actor, command: Reports | Evidence) -> ReportsPage | EvidencePage | Refused:
        """Return what of it is for `actor`. Raises StoreError."""
        if refusal := await self._refusal(actor, command.room):
            return refused(refusal)
        if isinstance(command, Reports):
            return await self._reports(actor, command)
        return await self._evidence(actor, command)

    async def _reports(self, actor: Actor, command: Reports) -> ReportsPage:
        limit = min(command.limit, PAGE_REPORTS_MAX)
        query = GetReports(
            room=command.room,
            about_others=actor.user,
            resolved=command.resolved,
            after=_place(command.next),
            limit=limit + 1,
        )
        [found] = await self.loader.read([query])
        rows = expect_all(found, ReportRecord)
        more = len(rows) > limit
        summaries = tuple([_summary(row, actor) for row in rows[:limit]])
        return ReportsPage(reports=summaries, more=more, next=_token(rows[limit - 1]) if more else None)

    async def _evidence(self, actor: Actor, command: Evidence) -> EvidencePage | Refused:
        """Return what goes with a report, as much of it as fits."""
        queries: list[Query] = [GetReport(command.report), GetProofs(report=command.report, after=command.after)]
        record, found = await self.loader.read(queries)
        if not isinstance(record, ReportRecord) or not is_for(record, actor, command.room):
            return refused(UNKNOWN_REPORT)
        proofs = expect_all(found, Proof)
        fitting = _fitting(proofs)
        entries = tuple([ProvenEntry(hash=each.before, entry=codec.entered(each.entry)) for each in fitting])
        return EvidencePage(report=command.report, entries=entries, more=len(proofs) > len(fitting))

    async def _refusal(self, actor: Actor, room: RoomId | None) -> Refusal | None:
        if actor.operator:
            return None
        if room is None:
            return UNKNOWN_REPORT
        with self.loader.held([room]):
            await self.loader.bring(actor, [room], [(room, actor.user)])
            return staff_refusal(self.registry.rooms.get(room), actor, self.now())


def _place(token: bytes | None) -> tuple[int, bytes]:
    return _FIRST if token is None else (int.from_bytes(token[:8], "big", signed=True), token[8:])


def _token(row: ReportRecord) -> bytes:
    return row.time.to_bytes(8, "big", signed=True) + row.report


def _summary(row: ReportRecord, actor: Actor) -> ReportSummary:
    """Who has reported it is told to operators alone: staff may know the reporter, or be the reported one's friends."""
    return ReportSummary(
        report=row.report,
        time=row.time,
        room=row.room,
        seq=row.seq,
        user=row.user,
        reason=row.reason,
        text=row.text,
        reporter=row.reporter if actor.operator else None,
        resolved=row.resolved or None,
        resolver=row.resolver,
    )


def _fitting(proofs: list[Proof]) -> list[Proof]:
    """Return those of the first that fit one frame: at least one, because an entry does."""
    left = PAGE_BYTES_MAX
    for count, proof in enumerate(proofs):
        left -= PROOF_BYTES + len(proof.entry.body or b"")
        if left < 0 and count:
            return proofs[:count]
    return proofs
