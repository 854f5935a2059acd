"""Group commit, credit, and the order of both."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from chatd.limits import DEFAULTS
from chatd.messages import Committed, Done, MarkRead, Ping, Post, Refused, SetTitle
from chatd.model import Item, ReadMark, RoomId
from chatd.rooms.effects import InFlight, Limit
from chatd.rooms.registry import Registry
from chatd.rooms.tails import Tails
from chatd.server.config import Config, JournalConfig
from chatd.server.journal import Batch, Journal
from chatd.storage.base import StoreError, StoreFull
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.people import direct, group, seqs, session_of, texts
from tests.server.stores import GatedStore

CONFIG = Config(data=Path("unused"), dev=True)
UNSHARED = JournalConfig(share_entries=8_192, share_bytes=16 * 1024 * 1024)
"""One session may fill the journal: what all fill together is tested with one."""
WIDE = evolve(CONFIG, journal=UNSHARED)
SMALL = evolve(CONFIG, journal=evolve(UNSHARED, entries_max=256, bytes_max=1024 * 1024, batch_entries_max=256))


async def send_posts(house: House, peer: Peer, room: RoomId, count: int) -> list[int]:
    """Send posts without waiting for any reply; return their request ids."""
    return [
        await peer.send(Post(room=room, key=house.key(), content=content.text(f"post {number}")))
        for number in range(count)
    ]


async def test_all_that_waits_makes_one_append(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(WIDE, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        await ana.send(Post(room=room, key=house.key(), content=content.text("first")))
        await house.rest()
        store.batches.clear()
        await send_posts(house, ana, room, 20)
        await send_posts(house, bo, room, 20)
        await house.rest()
        assert store.batches == []
        store.release_appends()
        await house.rest()
        assert [len(batch) for batch in store.batches] == [40]
        assert seqs(ana, room) == seqs(bo, room) == list(range(2, 43))


async def test_nothing_is_answered_or_shown_before_the_commit(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        await send_posts(house, ana, room, 3)
        await house.sleep(5)
        assert ana.received == []
        assert bo.received == []
        store.release_appends()
        await house.rest()
        assert texts(bo, room) == ["post 0", "post 1", "post 2"]


async def test_the_order_of_entries_is_the_order_of_a_clients_commands(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        store.hold_reads()
        first = await ana.send(SetTitle(room=room, key=house.key(), title="looked up first"))
        then = await send_posts(house, ana, room, 1)
        await house.rest()
        store.release_reads()
        await house.rest()
        assert ana.reply(first).seq == 2
        assert ana.reply(then[0]).seq == 3


async def test_a_batch_is_bounded_in_entries(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(evolve(CONFIG, journal=evolve(UNSHARED, batch_entries_max=256)), store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        await send_posts(house, ana, room, 1)
        await house.rest()
        store.batches.clear()
        await send_posts(house, ana, room, 300)
        await house.rest()
        store.release_appends()
        await house.rest()
        assert [len(batch) for batch in store.batches] == [256, 44]


async def test_a_batch_is_bounded_in_bytes(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(evolve(CONFIG, journal=evolve(UNSHARED, batch_bytes_max=256 * 1024)), store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        await send_posts(house, ana, room, 1)
        await house.rest()
        store.batches.clear()
        for _ in range(10):
            await ana.send(Post(room=room, key=house.key(), content=content.text("x" * 32_000)))
        await house.rest()
        store.release_appends()
        await house.rest()
        assert [len(batch) for batch in store.batches] == [8, 2]


async def test_a_full_journal_answers_busy_and_keeps_the_order(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(SMALL, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        taken = await send_posts(house, ana, room, 256)
        late = await send_posts(house, ana, room, 3)
        await house.rest()
        assert ana.received == []
        await house.sleep(0.24)
        assert ana.received == []
        await house.sleep(0.02)
        first = ana.reply(late[0])
        assert (first.code, first.verdict, first.after_ms) == ("busy", "after_ms", 500)
        assert [ana.reply(each).code for each in late] == ["busy"] * 3
        store.release_appends()
        await house.sleep(0.4)
        assert all(isinstance(ana.reply(each), Committed) for each in taken)
        reply = await ana.post(room, "still too early")
        assert (reply.code, reply.after_ms) == ("busy", 100)
        assert await ana.ask(Ping()) == Done()
        assert isinstance(await bo.post(room, "bo was never told to wait"), Committed)
        await house.sleep(0.2)
        assert isinstance(await ana.post(room, "in time"), Committed)


async def test_credit_that_comes_back_in_time_is_taken_without_a_word(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(SMALL, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        requests = await send_posts(house, ana, room, 258)
        await house.rest()
        await house.sleep(0.2)
        store.release_appends()
        await house.rest()
        assert [ana.reply(each).seq for each in requests] == list(range(2, 260))


async def test_commands_in_flight_are_capped(mock_clock: MockClock) -> None:
    store = GatedStore()
    config = evolve(CONFIG, limits=evolve(DEFAULTS, requests_in_flight_max=2))
    async with open_house(config, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        await send_posts(house, ana, room, 5)
        await house.rest()
        assert session_of(house, ana).gate.in_flight == 2
        store.release_appends()
        await house.rest()
        assert texts(bo, room) == [f"post {number}" for number in range(5)]
        assert session_of(house, ana).gate.in_flight == 0
        assert max(map(len, store.batches)) <= 2


async def test_a_cancelled_wait_for_credit_takes_none(mock_clock: MockClock) -> None:
    journal = a_journal(GatedStore())
    assert journal.credit_nowait(Limit(entries=8_000, bytes=0), 1)
    with trio.move_on_after(0):
        await journal.credit(Limit(entries=200, bytes=0), 2)
    journal.give_back(Limit(entries=8_000, bytes=0), 1)
    assert journal.credit_nowait(Limit(entries=8_192, bytes=0), 3)
    assert not journal.credit_nowait(Limit(entries=1, bytes=0), 2)


async def test_read_marks_travel_within_a_second_when_no_batch_comes(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.batches.clear()
        await ana.ask(MarkRead(room=room, seq=1))
        assert store.batches == []
        await house.sleep(1)
        assert store.batches == [[Item(records=(ReadMark(room, "ana", 1),))]]


async def test_read_marks_travel_with_the_next_batch(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.batches.clear()
        await ana.ask(MarkRead(room=room, seq=1))
        await bo.post_on_disk(room, "hi")
        [batch] = store.batches
        assert batch[-1] == Item(records=(ReadMark(room, "ana", 1),))


async def test_the_store_may_do_its_housekeeping_after_each_batch(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        batches, checkpoints = len(store.batches), store.checkpoints
        await ana.post_on_disk(room, "one")
        await ana.post_on_disk(room, "two")
        assert (len(store.batches) - batches, store.checkpoints - checkpoints) == (2, 2)


def a_journal(store: GatedStore) -> Journal:
    """Return a journal alone; what it commits goes nowhere, and a failed commit is raised."""
    send, _ = trio.open_memory_channel[Batch](100)

    async def failed(error: StoreError, lost: object) -> None:
        raise error

    registry = Registry(rooms_max=16, slots_max=16, tails=Tails(0))
    return Journal(store=store, registry=registry, config=JournalConfig(), committed=send, failed=failed)


async def test_a_stopped_journal_commits_what_it_has_and_ends(mock_clock: MockClock) -> None:
    store = GatedStore()
    journal = a_journal(store)
    for _ in range(3):
        journal.submit_nowait(InFlight(item=Item(), session=0, request=0))
    journal.registry.marks.put(ReadMark(b"a room", "ana", 1))
    journal.stop()
    await journal.run()
    assert [len(batch) for batch in store.batches] == [4]


async def test_a_stopped_journal_leaves_read_marks_when_the_disk_is_full(mock_clock: MockClock) -> None:
    store = GatedStore()
    journal = a_journal(store)
    journal.registry.marks.put(ReadMark(b"a room", "ana", 1))
    journal.full = True
    journal.stop()
    await journal.run()
    assert store.batches == []


async def test_no_credit_is_given_while_a_failed_commit_is_looked_into(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.fail_next(StoreFull("no space"))
        store.hold_reopen()
        await send_posts(house, ana, room, 1)
        await house.rest()
        assert not house.daemon.core.journal.credit_nowait(Limit(entries=1, bytes=1), 99)
        store.release_reopen()
        await house.rest()
        assert house.daemon.core.journal.credit_nowait(Limit(entries=8_192, bytes=16 * 1024 * 1024), 99)


async def test_credit_is_given_back_when_a_command_is_refused_or_answered_at_once(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        assert isinstance(await ana.post(bytes(16), "nowhere"), Refused)
        await ana.post(room, "somewhere", b"the very same ke")
        await ana.post(room, "somewhere", b"the very same ke", retry=True)
        assert house.daemon.core.journal.credit_nowait(Limit(entries=8_192, bytes=16 * 1024 * 1024), 99)


async def test_a_failure_that_is_not_survived_ends_the_run(mock_clock: MockClock) -> None:
    store = GatedStore()
    journal = a_journal(store)
    store.fail_next(StoreError("an fsync failed"))
    journal.submit_nowait(InFlight(item=Item(), session=0, request=0))
    with pytest.raises(StoreError, match="an fsync failed"):
        await journal.run()
