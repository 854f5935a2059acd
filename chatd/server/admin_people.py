"""`chatd admin`: what the app says of its users, and what users have reported."""

from __future__ import annotations

import json
from typing import Any, cast

from cyclopts import App

from chatd.messages import (
    AskAttributes,
    AttributesOf,
    Done,
    Evidence,
    EvidencePage,
    Reports,
    ReportsPage,
    ReportSummary,
    Resolve,
    SetAttributes,
    SetRelation,
)
from chatd.model import Attribute, RelationKind, ReportId
from chatd.server.admin_reading import PAGE, BadArgument, answered, bytes_of, commit, print_lines, room_of, told
from chatd.server.console import DEFAULTS, Settings, new_key
from chatd.server.operate import Operator

REPORT_BYTES = 16

report = App(name="report", help="What users have reported, named by the ids of the reports in hex.")


def relate(
    user: str,
    other: str,
    relation: RelationKind,
    /,
    *,
    off: bool = False,
    since: int | None = None,
    config: Settings = DEFAULTS,
) -> int:
    """Let USER follow or block OTHER. Takes the options of serve.

    Parameters
    ----------
    off
        Let them do so no more.
    since
        From when on it holds, in milliseconds since 1970; from now on if not given.
    """
    return commit(
        config,
        lambda: SetRelation(key=new_key(), user=user, other=other, relation=relation, on=not off, since=since),
    )


def tell(user: str, attributes: str, /, *, config: Settings = DEFAULTS) -> int:
    """Say of USER what ATTRIBUTES say, a JSON object, in the place of all said before. Takes the options of serve."""
    return commit(config, lambda: SetAttributes(key=new_key(), user=user, attributes=_attributes(attributes)))


def _attributes(text: str) -> dict[str, Attribute]:
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    values = cast("dict[str, Any]", said) if isinstance(said, dict) else None
    if values is None or not all(type(each) in (str, int, bool) for each in values.values()):
        raise BadArgument("ATTRIBUTES: a JSON object of texts, whole numbers, true and false expected")
    return values


def attributes(user: str, /, *, config: Settings = DEFAULTS) -> int:
    """Print what was said of USER, as a JSON object. Takes the options of serve."""
    return print_lines(config, lambda: AskAttributes(user=user), _said)


async def _said(operator: Operator, command: AskAttributes) -> list[str]:
    return [json.dumps((await answered(operator, command, AttributesOf)).attributes)]


@report.command(name="list")
def reports(*, room: str | None = None, resolved: bool = False, config: Settings = DEFAULTS) -> int:
    """Print reports, oldest first, one JSON object a line. The daemon's log tells it. Takes the options of serve.

    Parameters
    ----------
    room
        Those of posts in this room alone.
    resolved
        Those that are settled, instead of those that are open.
    """

    def make() -> Reports:
        return Reports(room=None if room is None else room_of(room), resolved=resolved, limit=PAGE)

    return print_lines(config, make, _reports)


async def _reports(operator: Operator, command: Reports) -> list[str]:
    lines: list[str] = []
    more = True
    while more:
        page = await answered(operator, command, ReportsPage)
        lines += [json.dumps(_report(each)) for each in page.reports]
        more = page.more and page.next is not None
        command = Reports(room=command.room, resolved=command.resolved, next=page.next, limit=PAGE)
    return lines


def _report(each: ReportSummary) -> dict[str, Any]:
    about = {"report": each.report.hex(), "time": each.time, "reason": each.reason, "text": each.text}
    what = {"room": None if each.room is None else each.room.hex(), "seq": each.seq, "user": each.user}
    return {**about, **what, "reporter": each.reporter, "resolved": each.resolved, "resolver": each.resolver}


@report.command
def evidence(report: str, /, *, config: Settings = DEFAULTS) -> int:
    """Print the entries that go with REPORT, one JSON object a line. The daemon's log tells it. Takes the options of
    serve."""
    return print_lines(config, lambda: Evidence(report=_report_of(report)), _evidence)


async def _evidence(operator: Operator, command: Evidence) -> list[str]:
    lines: list[str] = []
    more = True
    while more:
        page = await answered(operator, command, EvidencePage)
        lines += [json.dumps(told(each.entry)) for each in page.entries]
        more = page.more and bool(page.entries)
        if more:
            command = Evidence(report=command.report, after=page.entries[-1].entry.seq)
    return lines


@report.command
def resolve(report: str, /, *, config: Settings = DEFAULTS) -> int:
    """Settle REPORT: its evidence is erased. Takes the options of serve."""
    return print_lines(config, lambda: Resolve(report=_report_of(report)), _settled)


async def _settled(operator: Operator, command: Resolve) -> list[str]:
    await answered(operator, command, Done)
    return []


def _report_of(name: str) -> ReportId:
    return bytes_of(name, REPORT_BYTES, "REPORT")
