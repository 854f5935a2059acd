"""How SQLite keeps reports: the statements that put and settle them, and those that read them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from chatd.model import Proof, ReportRecord, Resolution
from chatd.storage import reports as q
from chatd.storage.personal_rows import Row
from chatd.storage.rows import entry_of

_PUT_REPORT = """
    INSERT INTO reports (report, reporter, time, room, seq, user, reason, text, open, resolved, resolver)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 0, '') ON CONFLICT DO NOTHING
"""
_PUT_PROOF = """
    INSERT INTO evidence
    (report, room, seq, g, kind, sender, key, time, target, posts, salt, body, body_hash, hash, expires, before)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_RESOLVE = "UPDATE reports SET open = 0, resolved = ?, resolver = ? WHERE report = ? AND open"
_FORGET = "DELETE FROM evidence WHERE report = ?"

_REPORT = "SELECT report, reporter, time, room, seq, user, reason, text, resolved, resolver FROM reports "
REPORT = _REPORT + "WHERE report = ?"
_BEYOND = "AND (time, report) > (:time, :report) AND user IS NOT :user ORDER BY time, report LIMIT :limit"
REPORTS = _REPORT + "WHERE open = :open " + _BEYOND
REPORTS_OF_ROOM = (
    _REPORT + "INDEXED BY reports_by_room WHERE room = :room AND seq IS NOT NULL AND open = :open " + _BEYOND
)
PROOFS = """
    SELECT room, seq, g, kind, sender, key, time, target, posts, salt, body, body_hash, hash, expires, before
    FROM evidence
    WHERE report = ? AND seq > ? ORDER BY seq
"""
TIME = "SELECT time FROM reports WHERE reporter = ? ORDER BY time DESC LIMIT 1 OFFSET ?"


def report_puts(record: ReportRecord | Resolution) -> list[tuple[str, Row]]:
    """Return the statements that put `record`, each with its row, in order."""
    if isinstance(record, Resolution):
        return [(_RESOLVE, (record.time, record.resolver, record.report)), (_FORGET, (record.report,))]
    name = (record.report, record.reporter, record.time)
    report = (*name, record.room, record.seq, record.user, record.reason, record.text)
    return [(_PUT_REPORT, report), *((_PUT_PROOF, _proof_row(record.report, proof)) for proof in record.evidence)]


def _proof_row(report: bytes, proof: Proof) -> Row:
    entry = proof.entry
    return (
        *(report, entry.room, entry.seq, entry.g, entry.kind.value, entry.sender, entry.key, entry.time, entry.target),
        *(entry.posts, entry.salt, entry.body, entry.body_hash, entry.hash, entry.expires, proof.before),
    )


def _record_of(row: Row) -> ReportRecord:
    report, reporter, time, room, seq, user, reason, text, resolved, resolver = row
    return ReportRecord(
        report=report,
        reporter=reporter,
        time=time,
        room=room,
        seq=seq,
        user=user,
        reason=reason,
        text=text,
        resolved=resolved,
        resolver=resolver,
    )


def _report(connection: sqlite3.Connection, query: q.GetReport) -> ReportRecord | None:
    row = connection.execute(REPORT, (query.report,)).fetchone()
    return _record_of(row) if row else None


def _reports(connection: sqlite3.Connection, query: q.GetReports) -> tuple[ReportRecord, ...]:
    time, report = query.after
    place = {"time": time, "report": report, "user": query.about_others, "limit": query.limit}
    parameters = {**place, "open": int(not query.resolved), "room": query.room}
    statement = REPORTS if query.room is None else REPORTS_OF_ROOM
    return tuple([_record_of(row) for row in connection.execute(statement, parameters).fetchall()])


def _proofs(connection: sqlite3.Connection, query: q.GetProofs) -> tuple[Proof, ...]:
    rows = connection.execute(PROOFS, (query.report, query.after)).fetchall()
    return tuple([Proof(row[-1], entry_of(row)) for row in rows])


def _time(connection: sqlite3.Connection, query: q.GetReportTime) -> int:
    row = connection.execute(TIME, (query.reporter, query.newer)).fetchone()
    return int(row[0]) if row else 0


ANSWERS: dict[type[Any], Callable[[sqlite3.Connection, Any], object]] = {
    q.GetReport: _report,
    q.GetReports: _reports,
    q.GetProofs: _proofs,
    q.GetReportTime: _time,
}
"""Which function answers which query: one for each."""
