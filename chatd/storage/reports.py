"""What may be read of reports: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import ReportId, RoomId, UserId


@frozen
class GetReport:
    """Answered with `ReportRecord | None`, without its evidence."""

    report: ReportId


@frozen(kw_only=True)
class GetReports:
    """Reports that are open, or that are not, by (time, report) ascending, beyond `after`: a tuple of `ReportRecord`,
    without their evidence."""

    room: RoomId | None
    """Of posts of this room alone; None: all."""
    about_others: UserId
    """Those about this user are left out."""
    resolved: bool
    after: tuple[int, ReportId]
    limit: int


@frozen(kw_only=True)
class GetProofs:
    """The evidence of a report beyond a seq, ascending: a tuple of `Proof`. Empty once the report is settled."""

    report: ReportId
    after: int


@frozen(kw_only=True)
class GetReportTime:
    """Answered with the time (`int`) of a user's report that came `newer` ones ago; 0 where there are not so many."""

    reporter: UserId
    newer: int


ReportsQuery = GetReport | GetReports | GetProofs | GetReportTime
