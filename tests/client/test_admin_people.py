"""What the admin side tells of users, and what it does with reports: each method sends its command."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from chatd import chain, messages as m
from chatd.messages import AttributesOf, Command, Done, EvidencePage, ProvenEntry, ReportsPage, Unfit
from chatd.model import RelationKind
from chatd_client import ChainBroken
from tests.client.fakes import Network, on_both
from tests.client.scrolls import ROOM, Scroll
from tests.client.test_admin import admin_of
from tests.client.test_administering import ACK, KEY, Call, asked

REPORT = bytes(16)
FOLLOW = RelationKind.FOLLOW

COMMITS: list[tuple[Call, Command]] = [
    (
        lambda a: a.set_relation("ana", "bo", FOLLOW, since=5),
        m.SetRelation(key=KEY, user="ana", other="bo", relation=FOLLOW, since=5),
    ),
    (
        lambda a: a.set_relation("ana", "bo", FOLLOW, on=False),
        m.SetRelation(key=KEY, user="ana", other="bo", relation=FOLLOW, on=False),
    ),
    (lambda a: a.set_attributes("ana", {"fan": True}), m.SetAttributes(key=KEY, user="ana", attributes={"fan": True})),
]


@on_both
@pytest.mark.parametrize(("call", "command"), COMMITS, ids=("holds", "is over", "attributes"))
async def test_what_is_told_is_sent_and_its_place_returned(call: Call, command: Command) -> None:
    assert await asked(call, ACK) == (command, ACK)


@on_both
async def test_what_was_said_of_a_user_is_read_again() -> None:
    said = AttributesOf(user="ana", attributes={"fan": True, "level": 3})
    asks = await asked(lambda admin: admin.attributes("ana"), said)
    assert asks == (m.AskAttributes(user="ana"), {"fan": True, "level": 3})


@on_both
async def test_reports_of_one_room_or_of_all_are_listed_and_settled() -> None:
    page = ReportsPage(reports=(), more=False)
    assert await asked(lambda admin: admin.reports(), page) == (m.Reports(), page)
    settled = await asked(lambda admin: admin.reports(room=ROOM, resolved=True, following=bytes(24), limit=7), page)
    assert settled == (m.Reports(room=ROOM, resolved=True, next=bytes(24), limit=7), page)
    assert await asked(lambda admin: admin.resolve(REPORT), Done()) == (m.Resolve(report=REPORT), None)


def evidence(before: bytes) -> EvidencePage:
    proven = ProvenEntry(hash=before, entry=Scroll().say("buy this"))
    return EvidencePage(report=REPORT, entries=(proven,), more=False)


@on_both
async def test_evidence_is_shown_when_it_proves_itself_and_not_else() -> None:
    sent, shown = await asked(lambda admin: admin.evidence(REPORT, after=3), evidence(chain.origin(ROOM)))
    assert sent == m.Evidence(report=REPORT, after=3)
    assert [each.text for each in shown.entries] == ["buy this"]
    async with Network() as network, admin_of(network) as admin, anyio.create_task_group() as tasks:
        peer = await network.welcome(user="")
        tasks.start_soon(peer.answer, evidence(bytes(32)))
        with pytest.raises(ChainBroken):
            await admin.evidence(REPORT)


@on_both
async def test_what_no_server_takes_is_refused_at_once() -> None:
    nothing: Any = {"A": 1}
    async with Network() as network, admin_of(network) as admin:
        await network.welcome(user="")
        with pytest.raises(Unfit):
            await admin.set_relation("ana", "ana", FOLLOW)
        with pytest.raises(Unfit):
            await admin.set_attributes("ana", nothing)
