"""Posts that waited for review too long are rejected by the server itself (protocol 5.104.3)."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve
from structlog.testing import capture_logs
from trio.testing import MockClock

from chatd.limits import HELD_LATE_S_MAX
from chatd.messages import Entered, Freeze, HeldPosts
from chatd.model import EntryKind, RoomId
from chatd.server.config import Config
from chatd.server.lapsing import LAPSED, POSTS_A_READ
from chatd.storage.base import StoreError
from tests.house import House, Peer, open_house
from tests.server.reviews import holding
from tests.server.stores import GatedStore

DAY_S = 24 * 3600


def config(**limits: int) -> Config:
    plain = Config(data=Path("unused"), dev=True)
    return evolve(plain, limits=evolve(plain.limits, held_s_max=DAY_S, **limits))


async def waiting(peer: Peer, room: RoomId) -> int:
    return len((await peer.ask(HeldPosts(room=room, limit=100))).posts)


def reviews(peer: Peer) -> list[Entered]:
    return [each for each in peer.events(Entered) if each.kind == EntryKind.REVIEW.value]


async def let_pass(house: House, seconds: int) -> None:
    house.now_ms[0] += seconds * 1000
    await house.sleep(HELD_LATE_S_MAX + 1)


async def test_what_nobody_looked_at_is_rejected_when_its_time_is_over(mock_clock: MockClock) -> None:
    async with open_house(config()) as house:
        ana, _, bo, room = await holding(house)
        await bo.post(room, "spam")
        await let_pass(house, DAY_S - 3 * HELD_LATE_S_MAX)
        assert (await waiting(ana, room), reviews(bo)) == (1, [])
        await let_pass(house, 3 * HELD_LATE_S_MAX)
        assert await waiting(ana, room) == 0
        [told] = reviews(bo)
        assert (told.sender, LAPSED.encode() in (told.body or b"")) == ("", True)


async def test_more_than_one_read_brings_are_rejected_at_once(mock_clock: MockClock) -> None:
    async with open_house(config(held_max=200, held_per_user_max=200)) as house:
        ana, _, bo, room = await holding(house)
        for number in range(POSTS_A_READ + 3):
            await bo.post(room, f"spam {number}")
        await let_pass(house, DAY_S + 1)
        assert await waiting(ana, room) == 0


async def test_a_room_that_is_frozen_does_not_keep_what_waits(mock_clock: MockClock) -> None:
    async with open_house(config()) as house:
        ana, _, bo, room = await holding(house)
        await bo.post(room, "spam")
        operator = await house.operator()
        await operator.ask(Freeze(room=room, key=house.key(), on=True))
        await let_pass(house, DAY_S + 1)
        assert await waiting(ana, room) == 0


async def test_a_store_that_does_not_answer_is_asked_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(config(), store=store) as house:
        ana, _, bo, room = await holding(house)
        await bo.post(room, "spam")
        store.read_error = StoreError("not now")
        with capture_logs() as logs:
            await let_pass(house, DAY_S + 1)
        assert "held posts wait on" in [each["event"] for each in logs]
        store.read_error = None
        await let_pass(house, 0)
        assert await waiting(ana, room) == 0
