"""The gate before a decision: credit, the cap in flight, and the hold behind every `after_ms`."""

from __future__ import annotations

import trio
from attrs import evolve
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.codes import RefusalCode
from chatd.rooms.effects import Limit, Refusal
from chatd.rooms.registry import Registry
from chatd.rooms.tails import Tails
from chatd.server.config import JournalConfig
from chatd.server.gate import Gate
from chatd.server.journal import Batch, Journal
from chatd.storage.memory import MemoryStore
from tests.house import EPOCH

ONE = Limit(entries=1, bytes=1024)
CONFIG = JournalConfig(entries_max=256, batch_entries_max=256)
SESSION, OTHER = 1, 2


async def never(*_: object) -> None:
    raise AssertionError("no commit is made here")


def gate(in_flight_max: int = 1024) -> Gate:
    send, _ = trio.open_memory_channel[Batch](0)
    registry = Registry(rooms_max=16, slots_max=16, tails=Tails(0))
    journal = Journal(store=MemoryStore(EPOCH), registry=registry, config=CONFIG, committed=send, failed=never)
    return Gate(journal=journal, session=SESSION, in_flight_max=in_flight_max)


async def test_it_turns_away_while_an_answer_holds_and_while_the_disk_is_full(mock_clock: MockClock) -> None:
    there = gate()
    held = there.hold(Refusal(RefusalCode.BUSY, "come again", 500))
    assert there.turn_away(keyed=True, operator=True) == evolve(held, after_ms=501)
    assert there.turn_away(keyed=False, operator=False) is None
    mock_clock.jump(0.5)
    assert there.turn_away(keyed=True, operator=False) is None
    there.journal.full = True
    assert there.turn_away(keyed=True, operator=True) is None
    refusal = there.turn_away(keyed=True, operator=False)
    assert refusal is not None
    assert refusal.code is RefusalCode.STORAGE_FULL


async def test_what_fits_the_journal_passes_and_takes_credit(mock_clock: MockClock) -> None:
    there = gate()
    assert await there.take(Limit(entries=256, bytes=1), keyed=True, operator=False) is None
    assert not there.journal.credit_nowait(ONE, OTHER)


async def test_without_credit_it_is_busy_after_a_quarter_of_a_second(autojump_clock: MockClock) -> None:
    there = gate()
    assert there.journal.credit_nowait(Limit(entries=256, bytes=1), OTHER)
    refusal = await there.take(ONE, keyed=True, operator=False)
    assert refusal == Refusal(RefusalCode.BUSY, "come again", 500)
    assert trio.current_time() == 0.25


async def test_while_it_holds_keyed_commands_get_the_same_answer_and_others_pass(mock_clock: MockClock) -> None:
    there = gate()
    held = there.hold(Refusal(RefusalCode.RATE_LIMITED, "slowly", 200))
    mock_clock.jump(0.1)
    assert await there.take(ONE, keyed=True, operator=False) == evolve(held, after_ms=101)
    assert await there.take(ONE, keyed=False, operator=False) is None


async def test_a_hold_ends_by_itself(mock_clock: MockClock) -> None:
    there = gate()
    there.hold(Refusal(RefusalCode.BUSY, "come again", 200))
    mock_clock.jump(0.2)
    assert await there.take(ONE, keyed=True, operator=False) is None


async def test_a_full_disk_refuses_everybody_but_operators(mock_clock: MockClock) -> None:
    there = gate()
    there.journal.full = True
    refusal = await there.take(ONE, keyed=False, operator=False)
    assert refusal is not None
    assert refusal.code is RefusalCode.STORAGE_FULL
    assert await there.take(ONE, keyed=False, operator=True) is None


async def test_beyond_the_cap_it_waits_for_an_answer(mock_clock: MockClock) -> None:
    there = gate(in_flight_max=1)
    there.in_flight = 1
    passed: list[Refusal | None] = []

    async def take() -> None:
        passed.append(await there.take(ONE, keyed=True, operator=False))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        await wait_all_tasks_blocked()
        assert passed == []
        there.answered(1)
    assert passed == [None]


async def test_nothing_is_waited_for_where_nothing_stands_against_it(mock_clock: MockClock) -> None:
    there = gate()
    assert there.take_nowait(Limit(entries=256, bytes=1))
    assert not there.take_nowait(ONE)


async def test_who_is_held_or_full_or_has_too_much_in_flight_must_ask(mock_clock: MockClock) -> None:
    held, full, many = gate(), gate(), gate(in_flight_max=1)
    held.hold(Refusal(RefusalCode.BUSY, "come again", 200))
    full.journal.full = True
    many.in_flight = 1
    assert [there.take_nowait(ONE) for there in (held, full, many)] == [False, False, False]
    assert [there.journal.credit_nowait(Limit(entries=256, bytes=1), OTHER) for there in (held, full, many)] == [
        True
    ] * 3


async def test_a_hold_that_is_over_stands_against_nothing_more(mock_clock: MockClock) -> None:
    there = gate()
    there.hold(Refusal(RefusalCode.BUSY, "come again", 200))
    mock_clock.jump(0.2)
    assert await there.take(ONE, keyed=True, operator=False) is None
    assert there.take_nowait(ONE)
