"""An endpoint is told of everything at least once; whatever it does, nothing is skipped, and no chat waits for it."""

from __future__ import annotations

from typing import Any

import trio
from trio.testing import MockClock

from chatd.messages import Committed, SetTitle
from chatd.model import EntryKind, RelayRecord, RoomKind
from chatd.server.hooks.endpoints import SLICE_ENTRIES
from chatd.server.hooks.relay import NOTED_S, RETRY_S
from chatd.storage.base import StoreError
from chatd.storage.relays import CountLetters
from tests.house import open_house
from tests.server.hooks.ears import Ear, failing, meet, position, relay, running
from tests.server.people import direct
from tests.server.stores import GatedStore
from tests.storage.scenes import ask, post


async def test_a_new_endpoint_is_told_of_what_comes(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        await ana.post(room, "before")
        ear = Ear()
        await running(house, ear)
        await ana.post(room, "tea")
        await house.sleep(1)
        assert ear.texts == ["tea"]
        [told] = ear.events
        assert (told["room"], told["room_kind"], told["sender"]) == (room.hex(), "group", "ana")
        assert house.daemon.core.metrics.webhook_calls == 1


async def test_a_new_endpoint_is_told_of_everything_where_it_wants_that(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        for number in range(SLICE_ENTRIES + 1):
            await ana.post(room, f"{number}")
        ear = Ear()
        made = await running(house, ear, from_beginning=True, calls_max=1)
        assert ear.texts == [f"{number}" for number in range(SLICE_ENTRIES + 1)]
        assert made.place == (await position(house.store)).place


async def test_an_endpoint_is_told_of_what_it_wants_and_never_of_self_rooms_unless_it_does(
    mock_clock: MockClock,
) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        bo = await house.enter("bo")
        all_of_it, selves, direct_ones = Ear(), Ear(), Ear()
        await running(house, all_of_it, kinds=())
        await running(house, selves, name="selves", kinds=(), room_kinds=(RoomKind.SELF,))
        await running(house, direct_ones, name="direct", kinds=(EntryKind.TITLE, EntryKind.POST), rooms=(bytes(16),))
        await ana.ask(SetTitle(room=room, key=house.key(), title="tea"))
        await direct(house, ana, bo)
        await house.sleep(1)
        assert [event["kind"] for event in all_of_it.events] == ["title", "create"]
        assert [event["room_kind"] for event in all_of_it.events] == ["group", "direct"]
        assert [event["room_kind"] for event in selves.events] == ["self", "self"]
        assert direct_ones.heard == []


async def test_the_next_daemon_goes_on_where_the_last_position_was_noted(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear()
        made = await running(house, ear)
        await ana.post(room, "tea")
        await house.sleep(NOTED_S + 1)
        assert (await position(house.store)).place == made.place
        later = Ear()
        await running(house, later)
        await ana.post(room, "coffee")
        await house.sleep(1)
        assert later.texts == ["coffee"]


async def test_what_was_not_noted_is_told_again_under_the_same_id(mock_clock: MockClock) -> None:
    """At least once: a crash loses no event, and the id tells the receiver of the repeat."""
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear()
        await running(house, ear)
        before = await position(house.store)
        ear.hang()
        await ana.post(room, "tea")
        await house.sleep(1)
        assert (ear.texts, (await position(house.store)).place) == (["tea"], before.place)
        again = Ear()
        await running(house, again)
        assert [call.name for call in again.heard] == [call.name for call in ear.heard]


async def test_only_what_is_applied_is_told(mock_clock: MockClock) -> None:
    """What nobody was shown yet is told to no endpoint (invariant D5)."""
    async with open_house() as house:
        await house.daemon.core.relays.keep([RelayRecord(endpoint="push", place=0, time=1)])
        await house.store.append([post(1)])
        ear = Ear()
        await running(house, ear, room_kinds=tuple(RoomKind))
        assert ear.heard == []
        house.daemon.core.fanout.applied.move(house.store.g)
        await house.sleep(1)
        assert ear.seqs == [1]


async def test_an_endpoint_that_hangs_touches_no_chat(mock_clock: MockClock) -> None:
    """Faults F15 and F36, invariant L2."""
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear()
        await running(house, ear, calls_max=2)
        ear.hang()
        for number in range(9):
            assert isinstance(await ana.post(room, f"{number}"), Committed)
            await house.sleep(1)
        assert len(ear.heard) <= 2
        ear.go_on()
        await house.sleep(2)
        assert sorted(ear.texts) == [f"{number}" for number in range(9)]


async def test_a_store_that_ends_before_the_position_goes_on_at_its_end(mock_clock: MockClock) -> None:
    """A file that was copied back by hand: what comes is told, and not only once it has grown as long again."""
    async with open_house() as house:
        ana, room = await meet(house)
        await house.daemon.core.relays.keep([RelayRecord(endpoint="push", place=1_000, time=1)])
        ear = Ear()
        await running(house, ear)
        await ana.post(room, "tea")
        await house.sleep(1)
        assert ear.texts == ["tea"]


async def test_a_store_that_fails_is_asked_again_later(mock_clock: MockClock, logs: list[dict[str, Any]]) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, room = await meet(house)
        ear = Ear()
        await running(house, ear)
        store.read_error = StoreError("slow")
        await ana.post(room, "tea")
        await house.sleep(3)
        assert [each["event"] for each in logs if each["event"].startswith("webhook")] == ["webhooks wait"]
        store.read_error = None
        await house.sleep(RETRY_S)
        assert ear.texts == ["tea"]


async def test_a_bug_is_told_and_outlived(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear(failing("bad", 1, RuntimeError("a bug")))
        await running(house, ear)
        await ana.post(room, "bad")
        await house.sleep(1)
        assert ear.texts == ["bad"]
        await house.sleep(RETRY_S + 1)
        assert ear.texts == ["bad", "bad"]


async def test_a_full_disk_is_waited_out_before_anything_is_noted(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear(failing("bad", 1))
        await running(house, ear, retry_s_max=0)
        ear.hang()
        await ana.post(room, "bad")
        await house.sleep(1)
        house.daemon.core.journal.full = True
        ear.go_on()
        await house.rest()
        assert await ask(house.store, CountLetters(endpoint="push")) == 0
        await house.sleep(2 * RETRY_S)
        assert await ask(house.store, CountLetters(endpoint="push")) == 1


async def test_who_is_cancelled_drops_its_connections(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ear = Ear()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(relay(house, ear).run)
            await house.sleep(1)
            nursery.cancel_scope.cancel()
        assert ear.closed
