from __future__ import annotations

from typing import Any

import anyio
import pytest
from attrs import evolve

from chatd import chain, messages
from chatd.messages import Committed, Done, Evidence, EvidencePage, ProvenEntry, Reports, ReportsPage, Resolve, Unfit
from chatd_client import ChainBroken
from tests.client.fakes import Network, on_both
from tests.client.scrolls import ROOM, SELF, Scroll

ACK = Committed(room=SELF, seq=1, time=1)
REPORT = bytes(16)


async def asked(reply: Any, call: Any) -> tuple[Any, Any]:
    """Return what a call asks, and what it returns of `reply`."""
    commands: list[messages.Command] = []
    returned: Any = None
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()

        async def serve() -> None:
            commands.append(await peer.answer(reply))

        tasks.start_soon(serve)
        returned = await call(chat)
    return returned, commands[0]


@on_both
async def test_a_post_a_room_and_a_user_are_reported() -> None:
    returned, command = await asked(ACK, lambda chat: chat.report("spam", room=ROOM, seq=2, text="look"))
    assert returned == ACK
    assert (command.room, command.seq, command.user, command.reason, command.text) == (ROOM, 2, None, "spam", "look")
    _, command = await asked(ACK, lambda chat: chat.report("spam", user="bo"))
    assert (command.room, command.seq, command.user) == (None, None, "bo")


@on_both
async def test_what_is_no_report_is_not_sent() -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow()
        for about in ({}, {"room": ROOM, "user": "bo"}, {"user": "bo", "seq": 1}):
            with pytest.raises(Unfit):
                await chat.report("spam", **about)
        with pytest.raises(Unfit):
            await chat.report("no word", user="bo")


@on_both
async def test_reports_are_listed_and_settled() -> None:
    page = ReportsPage(reports=(), more=False)
    returned, command = await asked(page, lambda chat: chat.reports(ROOM, resolved=True, following=bytes(24), limit=7))
    assert returned == page
    assert command == Reports(room=ROOM, resolved=True, next=bytes(24), limit=7)
    _, command = await asked(Done(), lambda chat: chat.resolve(ROOM, REPORT))
    assert command == Resolve(room=ROOM, report=REPORT)


@on_both
async def test_evidence_is_shown_as_entries_when_it_proves_itself() -> None:
    scroll = Scroll()
    entry = scroll.say("buy this")
    proven = ProvenEntry(hash=chain.origin(ROOM), entry=entry)
    page = EvidencePage(report=REPORT, entries=(proven,), more=True)
    shown, command = await asked(page, lambda chat: chat.evidence(ROOM, REPORT, after=3))
    assert command == Evidence(room=ROOM, report=REPORT, after=3)
    assert ([each.text for each in shown.entries], shown.more) == (["buy this"], True)


@on_both
async def test_evidence_that_does_not_prove_itself_is_not_shown() -> None:
    entry = Scroll().say("buy this")
    proven = ProvenEntry(hash=chain.origin(ROOM), entry=entry)
    forged = (evolve(proven, hash=bytes(32)), evolve(proven, entry=evolve(entry, sender="cy")))
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        for each in forged:
            tasks.start_soon(peer.answer, EvidencePage(report=REPORT, entries=(each,), more=False))
            with pytest.raises(ChainBroken):
                await chat.evidence(ROOM, REPORT)
