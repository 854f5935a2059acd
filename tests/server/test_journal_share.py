"""No session has more than its share of the journal (invariant L2), and how batches grow."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock, assert_checkpoints, assert_no_checkpoints, wait_all_tasks_blocked

from chatd.messages import AddMember, Committed, MarkRead, Post
from chatd.model import Item
from chatd.rooms.effects import InFlight, Limit
from chatd.rooms.registry import Registry
from chatd.rooms.tails import Tails
from chatd.server.config import Config, JournalConfig
from chatd.server.journal import (
    AT_WORK_S,
    GROW_TURNS_MAX,
    PACE_BESIDE_OTHERS_S,
    PACE_S,
    QUEUED_BATCHES,
    SHARE_ENTRIES_MAX,
    SHARE_OF_LAST,
    Batch,
    Journal,
)
from chatd.storage.base import StoreError
from chatd.wire import content
from tests.house import open_house
from tests.server.people import direct, group, texts
from tests.server.stores import GatedStore

CONFIG = Config(data=Path("unused"), dev=True)
ONE = Limit(entries=1, bytes=1)
SHARE = JournalConfig().share_entries


def a_journal(store: GatedStore, config: JournalConfig) -> tuple[Journal, trio.MemoryReceiveChannel[Batch]]:
    """Return a journal alone, and where it hands its batches to."""
    send, receive = trio.open_memory_channel[Batch](1)

    async def failed(error: StoreError, lost: object) -> None:
        raise error

    registry = Registry(rooms_max=16, slots_max=16, tails=Tails(0))
    return Journal(store=store, registry=registry, config=config, committed=send, failed=failed), receive


def flight(session: int, limit: Limit = ONE) -> InFlight:
    return InFlight(item=Item(), session=session, request=0, credit=limit)


def last_batch(journal: Journal, entries: int) -> None:
    """Let the last batch have been of so many entries."""
    journal.submit_nowait(flight(0, Limit(entries=entries, bytes=1)))
    journal._take()


async def paused_s(journal: Journal, nursery: trio.Nursery) -> float:
    """Return how long a session that has its share waits for more once some of it is given back."""
    given: list[float] = []

    async def wait() -> None:
        assert await journal.credit(ONE, 1)
        given.append(trio.current_time())

    nursery.start_soon(wait)
    await wait_all_tasks_blocked()
    assert given == []
    began_s = trio.current_time()
    journal.give_back(ONE, 1)
    await trio.sleep(1)
    return given[0] - began_s


async def test_a_flood_of_one_session_does_not_hold_up_another(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        store.batches.clear()
        for number in range(5 * SHARE):
            await ana.send(Post(room=room, key=house.key(), content=content.text(f"flood {number}")))
        await house.rest()
        await bo.send(Post(room=room, key=house.key(), content=content.text("hi")))
        await house.rest()
        store.release_appends()
        await house.rest()
        assert texts(ana, room).index("hi") == SHARE
        assert [text for text in texts(bo, room) if text != "hi"] == [f"flood {number}" for number in range(5 * SHARE)]
        assert max(map(len, store.batches)) <= SHARE + 1


async def test_a_session_may_not_take_more_than_its_share_and_another_may(mock_clock: MockClock) -> None:
    journal, _ = a_journal(GatedStore(), JournalConfig())
    assert [journal.credit_nowait(ONE, 1) for _ in range(SHARE + 1)] == [True] * SHARE + [False]
    assert journal.credit_nowait(ONE, 2)
    journal.give_back(ONE, 1)
    assert [journal.credit_nowait(ONE, 1) for _ in range(2)] == [True, False]


async def test_bytes_are_shared_too(mock_clock: MockClock) -> None:
    journal, _ = a_journal(GatedStore(), JournalConfig(share_bytes=100))
    assert journal.credit_nowait(Limit(entries=1, bytes=60), 1)
    assert not journal.credit_nowait(Limit(entries=1, bytes=60), 1)
    assert journal.credit_nowait(Limit(entries=1, bytes=40), 1)


async def test_where_many_write_a_session_may_have_a_third_of_what_was_last_written(mock_clock: MockClock) -> None:
    journal, _ = a_journal(GatedStore(), JournalConfig())
    last_batch(journal, 60)
    taken = [journal.credit_nowait(ONE, 1) for _ in range(60)]
    assert taken.count(True) == 60 // SHARE_OF_LAST == 20


async def test_a_share_grows_no_further_than_its_bound(mock_clock: MockClock) -> None:
    """Four sessions of one user, each with a third of the last batch, would otherwise fill every batch."""
    journal, _ = a_journal(GatedStore(), JournalConfig())
    last_batch(journal, SHARE_OF_LAST * SHARE_ENTRIES_MAX + 30)
    taken = [journal.credit_nowait(ONE, 1) for _ in range(SHARE_ENTRIES_MAX + 1)]
    assert taken == [True] * SHARE_ENTRIES_MAX + [False]


async def test_a_batch_that_always_grows_is_committed_after_some_turns(
    mock_clock: MockClock, nursery: trio.Nursery
) -> None:
    store = GatedStore()
    journal, _ = a_journal(store, JournalConfig())

    async def submit_for_ever() -> None:
        while not store.batches:
            journal.submit_nowait(flight(1, Limit(entries=0, bytes=0)))
            await trio.lowlevel.checkpoint()

    journal.submit_nowait(flight(2, Limit(entries=0, bytes=0)))
    nursery.start_soon(submit_for_ever)
    nursery.start_soon(journal.run)
    await wait_all_tasks_blocked()
    assert len(store.batches[0]) <= GROW_TURNS_MAX + 3
    nursery.cancel_scope.cancel()


async def test_what_alone_is_over_the_share_is_taken_alone(mock_clock: MockClock) -> None:
    config = evolve(CONFIG, journal=JournalConfig(share_entries=1))
    async with open_house(config) as house:
        ana, bo, cy = await house.enter("ana"), await house.enter("bo"), await house.enter("cy")
        room = await group(house, ana)
        adding = await ana.send(AddMember(room=room, key=house.key(), users=("bo", "cy")))
        then = await ana.send(Post(room=room, key=house.key(), content=content.text("welcome")))
        await house.rest()
        assert isinstance(ana.reply(adding), Committed)
        assert ana.reply(then).seq == ana.reply(adding).seq + 1
        assert texts(bo, room) == texts(cy, room) == ["welcome"]


@pytest.mark.parametrize(("last", "pause_s"), [(SHARE + 1, PACE_S), (3 * SHARE, 0.0)], ids=["a flood", "one of many"])
async def test_who_fills_most_of_a_batch_leaves_the_disk_to_others_for_a_while(
    autojump_clock: MockClock, nursery: trio.Nursery, last: int, pause_s: float
) -> None:
    journal, _ = a_journal(GatedStore(), JournalConfig())
    for _ in range(SHARE):
        assert journal.credit_nowait(ONE, 1)
    last_batch(journal, last)
    assert await paused_s(journal, nursery) == pytest.approx(pause_s)


@pytest.mark.parametrize(
    ("other", "ago_s", "pause_s"),
    [(2, AT_WORK_S / 2, PACE_BESIDE_OTHERS_S), (2, 2 * AT_WORK_S, PACE_S), (1, AT_WORK_S / 2, PACE_S)],
    ids=["beside another", "beside another some time ago", "alone"],
)
async def test_a_flood_beside_others_leaves_the_disk_to_them_for_longer(
    autojump_clock: MockClock, nursery: trio.Nursery, other: int, ago_s: float, pause_s: float
) -> None:
    journal, receive = a_journal(GatedStore(), JournalConfig())
    nursery.start_soon(journal.run)
    for session in (other, 1):
        assert journal.credit_nowait(ONE, session)
        journal.submit_nowait(flight(session))
        journal.delivered((await receive.receive()).flights)
    for _ in range(SHARE):
        assert journal.credit_nowait(ONE, 1)
    last_batch(journal, SHARE + 1)
    await trio.sleep(ago_s)
    assert await paused_s(journal, nursery) == pytest.approx(pause_s)
    nursery.cancel_scope.cancel()


async def test_no_batch_is_committed_before_the_last_one_is_delivered(
    mock_clock: MockClock, nursery: trio.Nursery
) -> None:
    store = GatedStore()
    journal, receive = a_journal(store, JournalConfig())
    nursery.start_soon(journal.run)
    for session in (1, 2):
        assert journal.credit_nowait(ONE, session)
        journal.submit_nowait(flight(session))
        await wait_all_tasks_blocked()
    assert len(store.batches) == 1
    journal.delivered((await receive.receive()).flights)
    await wait_all_tasks_blocked()
    assert len(store.batches) == 2


async def test_a_batch_of_several_gives_others_a_turn_to_join_it_and_one_alone_goes(mock_clock: MockClock) -> None:
    journal, _ = a_journal(GatedStore(), JournalConfig(batch_entries_max=256))
    journal.submit_nowait(flight(1))
    with assert_no_checkpoints():
        await journal._let_grow()
    journal.submit_nowait(flight(2))
    with assert_checkpoints():
        await journal._let_grow()
    for _ in range(254):
        journal.submit_nowait(flight(3))
    with assert_no_checkpoints():
        await journal._let_grow()


@pytest.mark.parametrize("sessions", [200, 1500, 8000])
async def test_however_many_flood_together_credit_does_not_run_out(mock_clock: MockClock, sessions: int) -> None:
    config = JournalConfig()
    journal, _ = a_journal(GatedStore(), config)
    for session in range(sessions):
        assert journal.credit_nowait(ONE, session)
    last_batch(journal, config.batch_entries_max)
    taken = [0] * sessions
    for session in range(sessions):
        while journal.credit_nowait(ONE, session):
            taken[session] += 1
    assert len(set(taken)) == 1
    assert sum(taken) + sessions <= max(sessions, QUEUED_BATCHES * config.batch_entries_max) < config.entries_max


async def test_it_is_at_work_while_an_item_waits_and_for_a_while_after_its_commit(
    mock_clock: MockClock, nursery: trio.Nursery
) -> None:
    journal, _ = a_journal(GatedStore(), JournalConfig())
    assert not journal.is_at_work()
    assert journal.credit_nowait(ONE, 1)
    journal.submit_nowait(flight(1))
    assert journal.is_at_work()
    mock_clock.jump(1)
    nursery.start_soon(journal.run)
    await wait_all_tasks_blocked()
    mock_clock.jump(AT_WORK_S / 2)
    assert journal.is_at_work()
    mock_clock.jump(AT_WORK_S / 2)
    assert not journal.is_at_work()


async def test_read_marks_are_nobodys_work(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await house.sleep(AT_WORK_S)
        store.batches.clear()
        await ana.ask(MarkRead(room=room, seq=1))
        await house.sleep(1)
        assert len(store.batches) == 1
        assert not house.daemon.core.journal.is_at_work()
