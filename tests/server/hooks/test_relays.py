"""What operators see of endpoints and do with their letters, and what is kept of them on disk."""

from __future__ import annotations

import json

import pytest
from attrs import evolve
from trio.testing import MockClock

from chatd.chain import self_id
from chatd.messages import (
    Committed,
    DropLetters,
    Letter,
    LettersPage,
    ListLetters,
    ListWebhooks,
    Redeliver,
    Webhook,
    WebhooksPage,
)
from chatd.model import EntryKind, LetterRecord, LettersChange, RelayRecord, WebhookRecord
from chatd.server.hooks.endpoints import Endpoint
from chatd.server.hooks.plan import Plan
from chatd.server.hooks.relays import KEPT_S_MAX
from chatd.storage.base import StoreFull
from chatd.storage.relays import GetLetters, GetRelay
from tests.house import START_MS, House, Peer, open_house
from tests.server.hooks.ears import Ear, relay, running
from tests.server.hooks.endpoints import open_endpoint
from tests.server.people import group
from tests.server.stores import GatedStore
from tests.storage.scenes import OTHER, ROOM, ask


def letter(seq: int, room: bytes = ROOM, endpoint: str = "push") -> LetterRecord:
    return LetterRecord(endpoint=endpoint, room=room, seq=seq, time=9, attempts=3, error="status 500")


async def _operator(house: House) -> Peer:
    peer = await house.connect(operators=True)
    await peer.hello("op", scheme="operator", credential="")
    return peer


async def test_endpoints_are_listed_with_how_far_they_are_behind(mock_clock: MockClock) -> None:
    async with open_house() as house:
        op, ana = await _operator(house), await house.enter("ana")
        assert await op.ask(ListWebhooks()) == WebhooksPage(webhooks=())
        room = await group(house, ana)
        ear = Ear(lambda _: 500)
        await house.daemon.core.relays.keep([RelayRecord(endpoint="gone", place=1, time=5), letter(1, endpoint="gone")])
        await running(house, ear)
        await ana.post(room, "tea")
        await house.sleep(0.2)
        [gone, push] = (await op.ask(ListWebhooks())).webhooks
        assert gone == Webhook(endpoint="gone", configured=False, lag=2, time=5, letters=1)
        assert (push.endpoint, push.configured, push.lag, push.letters) == ("push", True, 1, 0)
        assert (push.failures, push.error, push.paused) == (1, "status 500", False)
        assert START_MS <= push.time <= START_MS + 2_000


async def test_an_endpoint_that_has_not_begun_is_not_behind(mock_clock: MockClock) -> None:
    async with open_house() as house:
        op, ana = await _operator(house), await house.enter("ana")
        await group(house, ana)
        house.daemon.core.journal.full = True
        relay(house, Ear())
        [push] = (await op.ask(ListWebhooks())).webhooks
        assert (push.lag, push.time) == (0, 0)


async def test_letters_come_by_pages(mock_clock: MockClock) -> None:
    async with open_house() as house:
        op = await _operator(house)
        await house.daemon.core.relays.keep([letter(2), letter(1, OTHER), letter(1)])
        first = await op.ask(ListLetters(endpoint="push", limit=2))
        assert first.letters == tuple(
            [Letter(room=ROOM, seq=seq, time=9, attempts=3, error="status 500") for seq in (1, 2)]
        )
        assert first.more
        rest = await op.ask(ListLetters(endpoint="push", next=first.next))
        assert ([each.room for each in rest.letters], rest.more, rest.next) == ([OTHER], False, None)
        assert await op.ask(ListLetters(endpoint="none")) == LettersPage(letters=(), more=False)


@pytest.mark.parametrize(("command", "again"), [(Redeliver, True), (DropLetters, False)])
async def test_one_letter_or_all_are_taken_up_and_what_is_not_there_is_refused(
    mock_clock: MockClock, command: type[Redeliver | DropLetters], again: bool
) -> None:
    async with open_house() as house:
        op = await _operator(house)
        await house.daemon.core.relays.keep([letter(1), letter(3), letter(5)])
        one = command(key=house.key(), endpoint="push", room=ROOM, seq=3)
        done = await op.ask(one)
        assert done == Committed(room=self_id(""), seq=1, time=done.time)
        for seq in (2, 4, 9):
            gone = command(key=house.key(), endpoint="push", room=ROOM, seq=seq)
            assert (await op.ask(gone)).code == "unchanged"
        assert (await op.ask(command(key=house.key(), endpoint="none"))).code == "unchanged"
        found = await ask(house.store, GetLetters(endpoint="push", after=None, limit=9))
        assert [(each.seq, each.again) for each in found] == (
            [(1, False), (3, True), (5, False)] if again else [(1, False), (5, False)]
        )
        assert (await op.ask(command(key=house.key(), endpoint="push"))).seq == 2
        found = await ask(house.store, GetLetters(endpoint="push", after=None, limit=9))
        assert [each.again for each in found] == ([True] * 3 if again else [])
        assert await op.ask(evolve(one, retry=True)) == evolve(done, duplicate=True)


async def test_what_an_operator_changes_is_answered_once_it_is_on_disk_together_with_the_audit(
    mock_clock: MockClock,
) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        op = await _operator(house)
        await house.daemon.core.relays.keep([letter(1)])
        store.hold_appends()
        request = await op.send(DropLetters(key=house.key(), endpoint="push"))
        await house.sleep(KEPT_S_MAX + 1)
        assert [each for each in op.received if each.request == request] == []
        store.release_appends()
        await house.rest()
        assert isinstance(op.reply(request), Committed)
        [item] = store.batches[-1]
        assert [entry.kind for entry in item.entries] == [EntryKind.AUDIT]
        assert item.records == (LettersChange(endpoint="push"),)


async def test_what_a_full_disk_has_lost_is_put_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        store.fail_next(StoreFull("full"), stored=False)
        record = RelayRecord(endpoint="push", place=1, time=1)
        records: list[WebhookRecord] = [record, letter(1)]
        house.nursery.start_soon(house.daemon.core.relays.keep, records)
        await house.sleep(30)
        assert await ask(store, GetRelay(endpoint="push")) == record
        assert house.daemon.core.relays._landing == {}


async def test_a_configured_endpoint_is_told_by_a_signed_call(mock_clock: MockClock) -> None:
    async with open_endpoint() as endpoint:
        plan = Plan(webhooks=(Endpoint(name="push", target=endpoint.target(), content=True),))
        async with open_house(plan=plan) as house:
            await house.sleep(1)
            ana = await house.enter("ana")
            room = await group(house, ana)
            await house.sleep(1)
            await endpoint.came(1)
            [seen] = endpoint.seen
            assert json.loads(seen.body)["data"]["room"] == room.hex()
            assert seen.headers["webhook-attempt"] == "1"
            assert {"webhook-id", "webhook-timestamp", "webhook-signature"} <= {*seen.headers}
