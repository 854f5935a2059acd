"""What an endpoint does not take is tried again, and in the end it is a letter: named, bounded, and never lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock

from chatd.messages import CreateGroup, Delete, Edit, End
from chatd.model import EntryKind, LetterRecord, LettersChange, RoomId, RoomKind
from chatd.rights import Archive
from chatd.server.hooks.calls import Call, CallFailed
from chatd.server.hooks.endpoints import SLICE_ENTRIES
from chatd.server.hooks.relay import Relay
from chatd.storage import queries as ask
from chatd.wire import content
from tests.house import House, open_house
from tests.server.hooks.ears import Ear, failing, letters, meet, position, running
from tests.server.stores import GatedStore


@pytest.mark.parametrize("error", [500, 302, 404, CallFailed("it hung up")])
async def test_what_fails_is_tried_again_later_and_the_rest_goes_on(
    mock_clock: MockClock, error: int | Exception
) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear(failing("bad", 2, error))
        made = await running(house, ear)
        ear.hang()
        await ana.post(room, "first")
        await house.sleep(1)
        for text in ("bad", "good"):
            await ana.post(room, text)
        ear.go_on()
        await house.rest()
        await house.sleep(0.2)
        assert ear.texts == ["first", "bad", "good"]
        assert made.error == (str(error) if isinstance(error, CallFailed) else f"status {error}")
        await house.sleep(5)
        assert ear.texts == ["first", "bad", "good", "bad", "bad"]
        bad = [call for call in ear.heard if b"bad" in call.body]
        assert [call.attempt for call in bad] == [1, 2, 3]
        assert len({call.name for call in bad}) == 1
        assert (made.failures, house.daemon.core.metrics.webhook_failures) == (0, 2)
        assert await letters(house.store) == ()


async def test_what_is_not_taken_in_its_time_becomes_a_letter_and_the_next_is_told(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear(failing("bad", 1000))
        await running(house, ear, retry_s_max=10)
        bad = await ana.post_on_disk(room, "bad")
        await house.sleep(1)
        await ana.post(room, "good")
        await house.sleep(12)
        assert ear.texts[-1] == "good"
        [letter] = await letters(house.store)
        assert (letter.room, letter.seq, letter.error) == (room, bad.seq, "status 500")
        assert letter.attempts == ear.texts.count("bad")
        assert (await position(house.store)).place > 0


async def test_the_waits_between_attempts_grow_and_are_jittered(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        times: list[float] = []

        def answer(_: Call) -> int:
            times.append(trio.current_time())
            return 500

        await running(house, Ear(answer), retry_s_max=100)
        await ana.post(room, "bad")
        await house.sleep(120)
        waits = [later - earlier for earlier, later in pairwise(times)]
        assert len(waits) >= 5
        for number, wait in enumerate(waits):
            assert 0.5 * 2**number <= wait <= 2**number + 1
        assert times[-1] - times[0] <= 100


async def test_what_is_erased_while_it_waits_is_told_as_a_stub(mock_clock: MockClock) -> None:
    """Invariant A9."""
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear(failing('"seq": 2', 1))
        await running(house, ear)
        seq = (await ana.post_on_disk(room, "tea")).seq
        await house.sleep(0.2)
        await ana.ask(Delete(room=room, key=house.key(), seq=seq))
        await house.sleep(2)
        assert [(event["erased"], event.get("text")) for event in ear.events] == [(False, "tea"), (True, None)]
        assert len({call.name for call in ear.heard}) == 1


async def test_what_is_erased_while_it_waits_for_its_first_call_is_told_as_a_stub(mock_clock: MockClock) -> None:
    """Invariant A9: others of the same slice may be told for as long as an endpoint does not take them."""
    async with open_house() as house:
        ana, room = await meet(house)
        await ana.post(room, "first")
        seq = (await ana.post(room, "secret")).seq
        ear = Ear()
        ear.hang()
        await running(house, ear, from_beginning=True, calls_max=1, retry_s_max=3600)
        await ana.ask(Delete(room=room, key=house.key(), seq=seq))
        ear.go_on()
        await house.rest()
        assert [(event["erased"], event.get("text")) for event in ear.events] == [(False, "first"), (True, None)]


async def test_of_a_stream_that_is_kept_for_nobody_stubs_are_told_before_it_is_erased(mock_clock: MockClock) -> None:
    """Invariant A9, and 5.98: to what waits for its call, and to what is read anew."""
    async with open_house() as house:
        ana = await house.enter("ana")
        room = (await ana.ask(CreateGroup(key=house.key(), title="show", kind=RoomKind.LIVE))).room
        for text in ("first", "secret"):
            await ana.post_on_disk(room, text)
        late, ear = Ear(), Ear()
        ear.hang()
        await running(house, ear, from_beginning=True, calls_max=1, retry_s_max=3600)
        house.daemon.core.journal.stopping = True  # nothing is erased
        await ana.ask(End(room=room, key=house.key(), archive=Archive.NONE))
        ear.go_on()
        await house.rest()
        assert [event.get("text") for event in ear.events if event["kind"] == "post"] == ["first", None]
        await running(house, late, from_beginning=True)
        assert [event.get("text") for event in late.events if event["kind"] == "post"] == [None, None]


async def test_while_nobody_knows_whether_a_stream_is_kept_nothing_of_it_is_told(mock_clock: MockClock) -> None:
    """Invariant A9: a store may answer what was said, and not what became of the room."""
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        room = (await ana.ask(CreateGroup(key=house.key(), title="show", kind=RoomKind.LIVE))).room
        for text in ("first", "secret"):
            await ana.post_on_disk(room, text)
        ear = Ear()
        ear.hang()
        await running(house, ear, from_beginning=True, calls_max=1, retry_s_max=3600)
        house.daemon.core.journal.stopping = True  # nothing is erased
        await ana.ask(End(room=room, key=house.key(), archive=Archive.NONE))
        store.failing = ask.GetRoom
        ear.go_on()
        await house.rest()
        assert [event.get("text") for event in ear.events if event["kind"] == "post"] == ["first"]
        store.failing = None
        await house.sleep(60)
        assert [event.get("text") for event in ear.events if event["kind"] == "post"] == ["first", None]


async def test_an_edit_is_told_as_an_entry_of_its_own(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear()
        await running(house, ear, kinds=(EntryKind.POST, EntryKind.EDIT), calls_max=1)
        seq = (await ana.post_on_disk(room, "tea")).seq
        await ana.ask(Edit(room=room, key=house.key(), seq=seq, content=content.text("coffee")))
        await house.sleep(1)
        assert [(event["kind"], event["target"], event["text"]) for event in ear.events] == [
            ("post", None, "tea"),
            ("edit", seq, "coffee"),
        ]


async def _fill(house: House, room: RoomId, count: int) -> None:
    records = [
        LetterRecord(endpoint="push", room=room, seq=seq, time=1, attempts=1, error="x") for seq in range(1, count + 1)
    ]
    await house.daemon.core.relays.keep(records)


async def test_with_too_many_letters_an_endpoint_is_paused_and_goes_on_when_they_are_dropped(
    mock_clock: MockClock,
) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear()
        await _fill(house, room, 1)
        made = await running(house, ear, letters_max=SLICE_ENTRIES)
        await ana.post(room, "tea")
        await house.sleep(5)
        assert (ear.heard, made.paused) == ([], True)
        await house.daemon.core.relays.keep([LettersChange(endpoint="push")])
        await house.sleep(1)
        assert (ear.texts, _is_paused(made)) == (["tea"], False)


def _is_paused(made: Relay) -> bool:
    return made.paused


@pytest.mark.parametrize("status", [200, 500])
async def test_a_letter_is_delivered_again_once_when_an_operator_says_so(mock_clock: MockClock, status: int) -> None:
    async with open_house() as house:
        ana, room = await meet(house)
        ear = Ear(failing("bad", 1))
        await running(house, ear, retry_s_max=0)
        await ana.post(room, "bad")
        await house.sleep(1)
        [letter] = await letters(house.store)
        ear.answer = lambda _: status
        gone = LettersChange(endpoint="push", room=room, seq=99, again=True)
        await house.daemon.core.relays.keep([LettersChange(endpoint="push", again=True), gone])
        await house.sleep(1)
        assert [call.attempt for call in ear.heard] == [1, 2]
        assert len({call.name for call in ear.heard}) == 1
        left = await letters(house.store)
        assert [(each.seq, each.attempts, each.again) for each in left] == (
            [] if status == 200 else [(letter.seq, 2, False)]
        )


async def test_a_letter_about_what_is_not_there_is_forgotten(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ear = Ear()
        await running(house, ear)
        await _fill(house, bytes(16), 2)
        await house.daemon.core.relays.keep([LettersChange(endpoint="push", again=True)])
        await house.sleep(2)
        assert (ear.heard, await letters(house.store)) == ([], ())
