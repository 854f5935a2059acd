"""How the reference backend keeps reports and answers what is asked of them: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import evolve

from chatd.model import Proof, ReportId, ReportRecord, Resolution
from chatd.storage import reports as q

if TYPE_CHECKING:
    from chatd.storage.tables import Tables


def settled(reports: dict[ReportId, ReportRecord], record: ReportRecord | Resolution) -> ReportRecord | None:
    """Return the report of `record` as it is from then on; None where there is none."""
    there = reports.get(record.report)
    if isinstance(record, ReportRecord):
        return there or record
    if there is None or there.resolved:
        return there
    return evolve(there, resolved=record.time, resolver=record.resolver, evidence=())


def _plain(record: ReportRecord) -> ReportRecord:
    return evolve(record, evidence=())


def _report(tables: Tables, query: q.GetReport) -> ReportRecord | None:
    record = tables.reports.get(query.report)
    return _plain(record) if record else None


def _reports(tables: Tables, query: q.GetReports) -> tuple[ReportRecord, ...]:
    found = [each for each in tables.reports.values() if bool(each.resolved) is query.resolved]
    if query.room is not None:
        found = [each for each in found if each.room == query.room and each.seq is not None]
    found = [each for each in found if each.user != query.about_others and (each.time, each.report) > query.after]
    found.sort(key=lambda each: (each.time, each.report))
    return tuple([_plain(each) for each in found[: query.limit]])


def _proofs(tables: Tables, query: q.GetProofs) -> tuple[Proof, ...]:
    record = tables.reports.get(query.report)
    return tuple([proof for proof in (record.evidence if record else ()) if proof.entry.seq > query.after])


def _time(tables: Tables, query: q.GetReportTime) -> int:
    times = sorted([each.time for each in tables.reports.values() if each.reporter == query.reporter], reverse=True)
    return times[query.newer] if query.newer < len(times) else 0


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetReport: _report,
    q.GetReports: _reports,
    q.GetProofs: _proofs,
    q.GetReportTime: _time,
}
"""Which function answers which query: one for each."""
