"""The store's file is held by one operator's session at a time, and a hold that was lost is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trio.testing import MockClock

from chatd.messages import Committed, Done, HoldStore, Ping, Post, Refused, ReleaseStore
from chatd.model import Item
from chatd.server.config import Config
from chatd.storage.base import StoreError, StoreFull
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.people import direct
from tests.server.stores import GatedStore


async def operator(house: House) -> Peer:
    peer = await house.connect(operators=True)
    await peer.hello("", scheme="operator")
    return peer


def code(reply: Any) -> str:
    assert isinstance(reply, Refused), reply
    return reply.code


async def test_a_hold_is_given_back_whole(mock_clock: MockClock) -> None:
    async with open_house() as house:
        op = await operator(house)
        assert await op.ask(HoldStore()) == Done()
        assert await op.ask(ReleaseStore()) == Done()
        assert code(await op.ask(ReleaseStore())) == "unchanged"


async def test_people_go_on_while_the_store_is_held(mock_clock: MockClock) -> None:
    async with open_house() as house:
        op, ana, bo = await operator(house), await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await op.ask(HoldStore())
        assert isinstance(await ana.post(room, "meanwhile"), Committed)
        assert await op.ask(ReleaseStore()) == Done()


async def test_one_session_holds_it_at_a_time(mock_clock: MockClock) -> None:
    async with open_house() as house:
        first, second = await operator(house), await operator(house)
        await first.ask(HoldStore())
        refusal = await second.ask(HoldStore())
        assert (code(refusal), refusal.after_ms) == ("busy", 10_000)
        assert code(await second.ask(ReleaseStore())) == "unchanged"
        assert code(await first.ask(HoldStore())) == "busy"
        assert await first.ask(ReleaseStore()) == Done()
        assert await second.ask(HoldStore()) == Done()


async def test_a_session_that_ends_holds_nothing_any_more(mock_clock: MockClock) -> None:
    async with open_house() as house:
        first, second = await operator(house), await operator(house)
        await first.ask(HoldStore())
        await first.stream.aclose()
        await house.rest()
        assert not house.store.release()
        assert await second.ask(HoldStore()) == Done()


async def test_another_session_s_end_does_not_end_a_hold(mock_clock: MockClock) -> None:
    async with open_house() as house:
        first, second = await operator(house), await operator(house)
        await first.ask(HoldStore())
        await second.stream.aclose()
        await house.rest()
        assert await first.ask(ReleaseStore()) == Done()


async def test_a_hold_that_was_lost_is_no_hold(mock_clock: MockClock) -> None:
    async with open_house() as house:
        op = await operator(house)
        await op.ask(HoldStore())
        await house.store.reopen()
        refusal = await op.ask(ReleaseStore())
        assert code(refusal) == "unchanged"
        assert "not held all the time" in refusal.text
        assert await op.ask(HoldStore()) == Done()


async def test_recovery_from_a_full_disk_ends_a_hold(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        op, ana, bo = await operator(house), await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await op.ask(HoldStore())
        store.fail_next(StoreFull("no space left"))
        await ana.send(Post(room=room, key=house.key(), content=content.text("in doubt")))
        await house.rest()
        assert store.reopened == 1
        assert code(await op.ask(ReleaseStore())) == "unchanged"


async def test_a_disk_that_is_nearly_full_ends_a_hold_so_that_the_log_can_be_moved(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        op = await operator(house)
        await op.ask(HoldStore())
        store.batches.clear()
        store.free_bytes = 0
        await house.sleep(1)
        assert store.batches == [[Item()]]
        assert not store.release()
        assert code(await op.ask(ReleaseStore())) == "unchanged"


async def test_a_disk_that_is_nearly_full_without_a_hold_needs_no_commit(mock_clock: MockClock) -> None:
    store = GatedStore(free_bytes=0)
    async with open_house(store=store) as house:
        await house.sleep(5)
        assert store.batches == []


async def test_a_log_that_has_grown_is_moved_when_the_hold_ends(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        op = await operator(house)
        await op.ask(HoldStore())
        await op.ask(ReleaseStore())
        assert store.batches == [[Item()]]


async def test_a_disk_found_full_by_a_hold_is_recovered_from_at_once(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        op = await operator(house)
        store.fail_next(StoreFull("no space left"))
        assert code(await op.ask(HoldStore())) == "internal"
        assert store.reopened == 1
        assert await op.ask(Ping()) == Done()
        await house.sleep(2)
        assert await op.ask(HoldStore()) == Done()


async def test_a_broken_disk_found_by_a_hold_ends_the_daemon(mock_clock: MockClock) -> None:
    store = GatedStore()
    failures: list[BaseException] = []
    try:
        async with open_house(store=store) as house:
            op = await operator(house)
            store.fail_next(StoreError("disk I/O error"))
            await op.send(HoldStore())
            await house.rest()
    except* StoreError as error:
        failures.extend(error.exceptions)
    assert failures


async def test_the_log_may_grow_as_far_as_the_operator_set(mock_clock: MockClock) -> None:
    config = Config(data=Path("unused"), dev=True, backup_log_bytes_max=2**27)
    async with open_house(config) as house:
        assert house.daemon.core.holds.log_bytes_max == 2**27
