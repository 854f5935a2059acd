"""What staff and operators are shown of reports. The rest: tests/dialogues/reports.txt."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.chain import report_id
from chatd.limits import FRAME_BYTES_MAX
from chatd.messages import (
    Committed,
    Delete,
    Done,
    Edit,
    Evidence,
    EvidencePage,
    Report,
    Reports,
    Resolve,
    SetRole,
    Welcome,
)
from chatd.model import Role, RoomId
from chatd.server.reports import PAGE_REPORTS_MAX
from chatd.storage.queries import GetEntries
from chatd.wire import codec, content
from tests.house import House, Peer, open_house
from tests.server.people import group
from tests.server.races import overtaken
from tests.server.stores import GatedStore


def report(house: House, room: RoomId | None = None, seq: int | None = None, **rest: str) -> Report:
    return Report(key=house.key(), room=room, seq=seq, reason="spam", **rest)  # type: ignore[arg-type]


async def operator(house: House) -> Peer:
    peer = await house.connect(operators=True)
    assert isinstance(await peer.hello("", scheme="operator"), Welcome)
    return peer


async def test_a_list_comes_in_pages_and_none_is_left_out(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo, op = await house.enter("ana"), await house.enter("bo"), await operator(house)
        room = await group(house, ana, bo)
        for _ in range(PAGE_REPORTS_MAX + 2):
            await bo.ask(report(house, room))
        first = await op.ask(Reports(limit=1000))
        second = await op.ask(Reports(limit=1000, next=first.next))
        third = await op.ask(Reports(limit=1, next=first.next))
        assert (len(first.reports), first.more, len(second.reports), second.more) == (PAGE_REPORTS_MAX, True, 2, False)
        assert (second.next, third.more, third.reports) == (None, True, second.reports[:1])
        assert len({each.report for each in (*first.reports, *second.reports)}) == PAGE_REPORTS_MAX + 2


async def test_staff_see_reports_of_their_room_without_who_made_them_and_operators_with(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo, op = await house.enter("ana"), await house.enter("bo"), await operator(house)
        room = await group(house, ana, bo)
        other = await group(house, bo, ana)
        await bo.ask(SetRole(room=other, key=house.key(), user="ana", role=Role.MODERATOR))
        for where in (room, other):
            await bo.post(where, "buy this")
            await ana.post(where, "no")
        await ana.ask(report(house, room, 2, text="again"))
        assert (await ana.ask(report(house, other, 4))).code == "forbidden"
        await bo.ask(report(house, room, 3))
        staff = await ana.ask(Reports(room=room))
        assert [(each.seq, each.user, each.text, each.reporter) for each in staff.reports] == [(2, "bo", "again", None)]
        assert (await bo.ask(Reports(room=room))).code == "forbidden"
        shown = await op.ask(Reports())
        assert {(each.room, each.user, each.reporter) for each in shown.reports} == {
            (room, "bo", "ana"),
            (room, "ana", "bo"),
        }
        assert {each.seq for each in (await op.ask(Reports(room=room))).reports} == {2, 3}
        assert (await ana.ask(Reports())).code == "unknown_report"


async def test_evidence_that_does_not_fit_one_frame_comes_in_pages(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo, op = await house.enter("ana"), await house.enter("bo"), await operator(house)
        room = await group(house, ana, bo)
        await bo.post(room, "x" * 32_000)
        await bo.ask(Edit(room=room, key=house.key(), seq=2, content=content.text("y" * 32_000)))
        command = report(house, room, 2)
        await ana.ask(command)
        name = report_id("ana", command.key)
        first = await op.ask(Evidence(report=name))
        second = await op.ask(Evidence(report=name, after=first.entries[-1].entry.seq))
        assert ([each.entry.seq for each in first.entries], first.more) == ([1, 2], True)
        assert ([each.entry.seq for each in second.entries], second.more) == ([3], False)
        assert max(len(codec.encode(page)) for page in (first, second)) <= FRAME_BYTES_MAX


async def test_for_a_stranger_no_evidence_is_read(mock_clock: MockClock) -> None:
    """Invariant A4: how long that takes would tell them that the room exists."""
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, cy = await house.enter("ana"), await house.enter("cy")
        room = await group(house, ana)
        await ana.post(room, "secret")
        store.hold_reads(GetEntries)
        assert (await cy.ask(report(house, room, 2))).code == "unknown_room"
        store.release_reads()


async def test_what_is_erased_while_it_is_being_read_is_no_evidence(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await bo.post(room, "secret")
        await bo.post(room, "hello")
        reply = await overtaken(
            house, store, (bo, Delete(room=room, key=house.key(), seq=2)), (ana, report(house, room, 3)), of=GetEntries
        )
        assert isinstance(reply, Committed)
        [record] = store.inner._tables.reports.values()
        assert [proof.entry.body is None for proof in record.evidence] == [False, True, False]


async def test_settled_reports_move_to_the_other_list_and_have_no_evidence(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await bo.post(room, "buy this")
        await ana.ask(report(house, room, 2))
        [name] = [each.report for each in (await ana.ask(Reports(room=room))).reports]
        assert await ana.ask(Resolve(report=name, room=room)) == Done()
        assert (await ana.ask(Reports(room=room))).reports == ()
        [settled] = (await ana.ask(Reports(room=room, resolved=True))).reports
        assert (settled.resolver, settled.resolved) == ("ana", house.now_ms[0])
        assert await ana.ask(Evidence(report=name, room=room)) == EvidencePage(report=name, entries=(), more=False)
        assert (await ana.ask(Evidence(report=bytes(16), room=room))).code == "unknown_report"
