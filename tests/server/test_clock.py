"""A wall clock that jumps: times of a room never run back (O8), no seq comes from it, nothing waits for it (F11)."""

from __future__ import annotations

from random import Random

import pytest
from trio.testing import MockClock

from chatd.messages import Closing, Committed, Done, Entered, IssueToken, IsTyping, Ping, Typing, Welcome
from chatd.server.auth import token_hash
from tests.house import START_MS, House, open_house
from tests.server.people import direct, session_of

SECOND = 1000
HOUR = 3600 * SECOND
YEAR = 365 * 24 * HOUR


def jump(house: House, ms: int) -> None:
    """Let the wall clock jump. Timeouts go by another, which knows nothing of it."""
    house.now_ms[0] += ms


@pytest.mark.parametrize("seed", range(5))
async def test_times_never_run_back_however_the_clock_jumps(mock_clock: MockClock, seed: int) -> None:
    chance = Random(seed)
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        acks = []
        for number in range(60):
            jump(house, chance.choice((10 * YEAR, -10 * YEAR, -HOUR, -SECOND, -1, 0, 1, SECOND, HOUR)))
            peer = chance.choice((ana, bo))
            acks.append(await peer.post_on_disk(room, f"post {number}"))
        times = [ack.time for ack in acks]
        assert [ack.seq for ack in acks] == list(range(2, 62))
        assert times == sorted(times)
        told = [entry for entry in bo.events(Entered) if entry.room == room]
        assert [(entry.seq, entry.time) for entry in told] == [(ack.seq, ack.time) for ack in acks]


async def test_after_a_jump_back_time_stands_still_until_it_is_reached_again(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        jump(house, HOUR)
        assert (await ana.post_on_disk(room, "ahead")).time == START_MS + HOUR
        jump(house, -2 * HOUR)
        assert (await ana.post_on_disk(room, "behind")).time == START_MS + HOUR
        jump(house, 2 * HOUR + 5)
        assert (await ana.post_on_disk(room, "on time")).time == START_MS + HOUR + 5


async def test_a_retry_has_its_first_answer_whatever_the_clock_says(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room, key = await direct(house, ana, bo), house.key()
        first = await ana.post(room, "once", key)
        jump(house, -10 * YEAR)
        again = await ana.post(room, "once", key, retry=True)
        assert (again.seq, again.time, again.duplicate) == (first.seq, first.time, True)


@pytest.mark.parametrize("ms", [-10 * YEAR, -HOUR, 10 * YEAR])
async def test_the_flood_guard_neither_locks_anybody_out_nor_is_opened_by_a_jump(
    mock_clock: MockClock, ms: int
) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        jump(house, ms)
        assert await ana.ask(Ping()) == Done()
        bucket = house.daemon.core.registry.audience.sessions[session_of(house, ana).id].bucket
        assert bucket.left <= bucket.burst
        bucket.left = 0.0
        jump(house, SECOND)
        assert await ana.ask(Ping()) == Done()


async def test_typing_is_told_again_after_a_jump_back(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.ask(Typing(room=room))
        jump(house, -HOUR)
        await ana.ask(Typing(room=room))
        assert bo.take(IsTyping) == [IsTyping(room=room, user="ana")] * 2


@pytest.mark.parametrize("ms", [-10 * YEAR, -HOUR, HOUR])
async def test_nobody_is_taken_for_idle_by_a_jump(mock_clock: MockClock, ms: int) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        jump(house, ms)
        await house.sleep(20)
        assert ana.events(Closing) == []
        assert await ana.ask(Ping()) == Done()


async def test_a_token_ends_by_the_wall_clock_and_is_good_again_when_that_was_wrong(mock_clock: MockClock) -> None:
    async with open_house() as house:
        operator = await house.connect(operators=True)
        await operator.hello("", scheme="operator")
        await operator.ask(IssueToken(user="ana", hash=token_hash("secret"), ttl_s=3600))
        ana = await house.connect()
        assert isinstance(await ana.hello("", scheme="token", credential="secret"), Welcome)
        jump(house, 2 * HOUR)
        await house.sleep(10)
        assert ana.ended
        jump(house, -2 * HOUR)
        again = await house.connect()
        assert isinstance(await again.hello("", scheme="token", credential="secret"), Welcome)


async def test_the_greeting_tells_the_clock_as_it_is(mock_clock: MockClock) -> None:
    async with open_house() as house:
        jump(house, -YEAR)
        ana = await house.connect()
        await house.rest()
        [greeting] = ana.events()
        assert greeting.time == START_MS - YEAR


async def test_a_restarted_daemon_with_an_earlier_clock_goes_on_from_the_room_s_last_time(
    mock_clock: MockClock,
) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        last = await ana.post_on_disk(room, "before")
        store = house.store
    async with open_house(store=store) as house:
        jump(house, -YEAR)
        ana = await house.enter("ana")
        ack = await ana.post(room, "after", b"k" * 16)
        assert isinstance(ack, Committed)
        assert (ack.seq, ack.time) == (last.seq + 1, last.time)
