"""Reports and their evidence, over every backend."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.model import Erasure, Proof, ReportRecord, Resolution
from chatd.storage.base import Store
from chatd.storage.reports import GetProofs, GetReport, GetReports, GetReportTime
from tests.storage.scenes import OTHER, ROOM, ask, post, records, stored

REPORT = ReportRecord(
    report=b"report---------1", reporter="ana", time=5, room=ROOM, seq=2, user="bo", reason="spam", text="look"
)
FIRST = (-1, b"")


def numbered(number: int, **changes: Any) -> ReportRecord:
    return evolve(REPORT, report=b"report---------%d" % number, time=number, **changes)


async def listed(store: Store, **changes: Any) -> Any:
    query = GetReports(room=None, about_others="", resolved=False, after=FIRST, limit=9)
    return [each.time for each in await ask(store, evolve(query, **changes))]


async def evidence(store: Store) -> tuple[Proof, ...]:
    entries = stored(await store.append([post(1), post(2)]))
    return tuple([Proof(bytes([number]) * 32, entry) for number, entry in enumerate(entries)])


async def test_a_report_is_read_as_it_was_put_and_its_evidence_by_itself(store: Store) -> None:
    proofs = await evidence(store)
    await store.append(records(evolve(REPORT, evidence=proofs)))
    assert await ask(store, GetReport(REPORT.report)) == REPORT
    assert await ask(store, GetProofs(report=REPORT.report, after=0)) == proofs
    assert await ask(store, GetProofs(report=REPORT.report, after=1)) == proofs[1:]
    assert await ask(store, GetReport(bytes(16))) is None
    assert await ask(store, GetProofs(report=bytes(16), after=0)) == ()


async def test_a_report_of_a_user_or_a_room_has_no_seq(store: Store) -> None:
    user, room = evolve(REPORT, room=None, seq=None), numbered(2, seq=None, user=None, text="")
    await store.append(records(user, room))
    assert await ask(store, GetReport(user.report)) == user
    assert await ask(store, GetReport(room.report)) == room


async def test_what_settles_a_report_takes_its_evidence_and_the_first_counts(store: Store) -> None:
    await store.append(records(evolve(REPORT, evidence=await evidence(store)), numbered(2)))
    settled = [
        Resolution(report=REPORT.report, time=8, resolver="cy"),
        Resolution(report=bytes(16), time=8, resolver=""),
    ]
    await store.append(records(*settled, Resolution(report=REPORT.report, time=9, resolver="dee")))
    assert await ask(store, GetReport(REPORT.report)) == evolve(REPORT, resolved=8, resolver="cy")
    assert await ask(store, GetProofs(report=REPORT.report, after=0)) == ()
    assert await ask(store, GetReport(numbered(2).report)) == numbered(2)


async def test_evidence_stays_when_the_entry_is_erased(store: Store) -> None:
    proofs = await evidence(store)
    await store.append(records(evolve(REPORT, evidence=proofs)))
    await store.append(records(Erasure(room=ROOM, seq=2, edited=False)))
    assert await ask(store, GetProofs(report=REPORT.report, after=0)) == proofs


async def test_a_list_has_what_is_open_or_what_is_not(store: Store) -> None:
    await store.append(records(*[numbered(number) for number in (3, 1, 2)]))
    await store.append(records(Resolution(report=numbered(2).report, time=8, resolver="")))
    assert (await listed(store), await listed(store, resolved=True)) == ([1, 3], [2])


async def test_a_list_of_a_room_has_its_posts_alone(store: Store) -> None:
    several = [numbered(1), numbered(2, room=OTHER), numbered(3, seq=None, user=None), numbered(4, room=None, seq=None)]
    await store.append(records(*several))
    assert (await listed(store), await listed(store, room=ROOM)) == ([1, 2, 3, 4], [1])


@pytest.mark.parametrize("room", [None, ROOM])
async def test_a_list_leaves_out_what_is_about_somebody(store: Store, room: bytes | None) -> None:
    await store.append(records(numbered(1), numbered(2, user="cy"), numbered(3, user="ćy")))
    assert await listed(store, room=room, about_others="cy") == [1, 3]


@pytest.mark.parametrize("room", [None, ROOM])
async def test_a_list_comes_in_pages_in_the_order_of_time_and_id(store: Store, room: bytes | None) -> None:
    same = [evolve(numbered(number), time=7) for number in (3, 1, 2)]
    await store.append(records(*same, numbered(9)))
    first: Any = await ask(store, GetReports(room=room, about_others="", resolved=False, after=FIRST, limit=2))
    assert [each.report[-1:] for each in first] == [b"1", b"2"]
    assert await listed(store, room=room, after=(7, numbered(2).report)) == [7, 9]


async def test_the_time_of_an_earlier_report_is_found(store: Store) -> None:
    await store.append(records(*[numbered(number) for number in (4, 2, 3)], numbered(5, reporter="cy")))
    assert [await ask(store, GetReportTime(reporter="ana", newer=newer)) for newer in range(4)] == [4, 3, 2, 0]


async def test_a_report_is_put_once(store: Store) -> None:
    await store.append(records(REPORT, evolve(REPORT, text="another")))
    assert await ask(store, GetReport(REPORT.report)) == REPORT
