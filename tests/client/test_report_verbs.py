from __future__ import annotations

from chatd import chain
from chatd.messages import (
    Committed,
    Done,
    Evidence,
    EvidencePage,
    ProvenEntry,
    Reply,
    Report,
    Reports,
    ReportsPage,
    ReportSummary,
    Resolve,
)
from chatd_client.cursor import entry_hash
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM, SELF, Scroll
from tests.client.test_terminal import PAGE, session

ACK = Committed(room=SELF, seq=1, time=1)
OPEN = ("connected", "/open 1")


def listed(*seqs: int, more: bool = False) -> ReportsPage:
    reports = tuple(
        ReportSummary(report=bytes([seq]) * 16, time=1, room=ROOM, seq=seq, user="bo", reason="spam", text="look\x1b")
        for seq in seqs
    )
    return ReportsPage(reports=reports, more=more, next=bytes(24) if more else None)


@on_both
async def test_a_post_the_open_room_and_a_user_are_reported() -> None:
    _, commands = await session(
        [PAGE, ACK, ACK, ACK],
        OPEN,
        ("open:", "/report 7 spam look at this"),
        ("(reported)", "/reportroom rude"),
        ("(reported)", "/reportuser bo spam"),
    )
    reports = [each for each in commands if isinstance(each, Report)]
    assert [(each.room, each.seq, each.user, each.reason, each.text) for each in reports] == [
        (ROOM, 7, None, "spam", "look at this"),
        (ROOM, None, None, "rude", ""),
        (None, None, "bo", "spam", ""),
    ]


@on_both
async def test_reports_are_listed_looked_into_and_settled_by_their_number() -> None:
    entries = Scroll().says("one", "two")
    after_one = entry_hash(chain.origin(ROOM), entries[0]) or b""
    hashes = (chain.origin(ROOM), after_one)
    proven = [ProvenEntry(hash=before, entry=entry) for before, entry in zip(hashes, entries, strict=True)]
    pages: list[Reply] = [
        PAGE,
        listed(2, more=True),
        listed(3),
        EvidencePage(report=bytes(16), entries=(proven[0],), more=True),
        EvidencePage(report=bytes(16), entries=(proven[1],), more=False),
        Done(),
    ]
    screen, commands = await session(
        pages, OPEN, ("open:", "/reports"), ("post 3", "/evidence 2"), ("two", "/resolve 1")
    )
    assert "  1 post 2 of bo: spam (look\\x1b)" in screen.shown
    assert [each.next for each in commands if isinstance(each, Reports)] == [None, bytes(24)]
    assert [(each.report[0], each.after) for each in commands if isinstance(each, Evidence)] == [(3, 0), (3, 1)]
    assert [each.report[0] for each in commands if isinstance(each, Resolve)] == [2]


@on_both
async def test_where_nothing_is_reported_it_says_so_and_no_number_is_good() -> None:
    screen, commands = await session(
        [PAGE, listed(), ACK], OPEN, ("open:", "/reports"), ("no open", "/evidence 1"), ("as /reports", "/reportroom x")
    )
    assert [type(each) for each in commands[1:]] == [Reports, Report]
    assert any("no open reports" in text for text in screen.shown)
