"""A failed commit is unknown, never refused: what memory holds afterwards is what the store holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve
from structlog.testing import capture_logs
from trio.testing import MockClock

from chatd.codes import CloseCode
from chatd.messages import (
    Closing,
    Committed,
    CreateGroup,
    Done,
    MarkRead,
    Paused,
    Ping,
    Post,
    SetTitle,
)
from chatd.model import RoomId
from chatd.server.config import Config
from chatd.storage import queries as ask
from chatd.storage.base import StoreError, StoreFull
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.people import direct, group, remove, seqs, texts
from tests.server.stores import GatedStore

CONFIG = Config(data=Path("unused"), dev=True)
FULL = StoreFull("no space left")
either = pytest.mark.parametrize("stored", [False, True], ids=["lost", "stored"])


def closes(peer: Peer) -> list[int]:
    return [event.code for event in peer.events(Closing)]


async def agrees_with_the_store(house: House, room: RoomId) -> None:
    """Require that a room in memory is what the store holds, its memberships too."""
    core = house.daemon.core
    there = core.registry.rooms[room]
    asked: list[Any] = [ask.GetRoom(room), *(ask.GetMembership(room, user) for user in there.slots)]
    state, *members = (await house.store.read(asked)).values
    assert isinstance(state, ask.RoomState)
    assert (there.record, there.head) == (state.record, state.head)
    for slot, view in zip(there.slots.values(), members, strict=True):
        assert isinstance(view, ask.MemberView)
        assert slot.membership == view.membership
    assert there.in_flight == 0
    assert core.registry.in_flight == {}


async def come_back(house: House, user: str, room: RoomId) -> Peer:
    peer = await house.enter(user)
    await peer.subscribe(room)
    return peer


@either
async def test_who_waits_for_an_answer_is_closed_and_who_listens_is_paused(mock_clock: MockClock, stored: bool) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.fail_next(FULL, stored=stored)
        key = house.key()
        await ana.send(Post(room=room, key=key, content=content.text("in doubt")))
        await house.rest()
        assert closes(ana) == [CloseCode.RECOVERING]
        assert ana.ended
        assert bo.take() == [Paused(reason="recovered")]
        assert await bo.ask(Ping()) == Done()
        await agrees_with_the_store(house, room)
        await house.sleep(2)
        ana = await house.enter("ana")
        reply = await ana.post(room, "in doubt", key, retry=True)
        assert (reply.seq, reply.duplicate) == (2, stored)
        await bo.subscribe(room)
        assert texts(bo, room) == ["in doubt"]


@either
async def test_a_lost_membership_is_judged_as_the_store_has_it(mock_clock: MockClock, stored: bool) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        store.fail_next(FULL, stored=stored)
        await ana.send(remove(house, room, "bo"))
        await house.rest()
        await agrees_with_the_store(house, room)
        await house.sleep(2)
        reply = await bo.post(room, "am I in?")
        assert isinstance(reply, Committed) is not stored
        assert bo.events(Paused) == [Paused(reason="recovered")]


@either
async def test_a_room_in_creation_is_there_or_not_as_the_store_has_it(mock_clock: MockClock, stored: bool) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        command = CreateGroup(key=house.key(), title="in doubt", members=("bo",))
        store.fail_next(FULL, stored=stored)
        await ana.send(command)
        await house.rest()
        assert closes(ana) == [CloseCode.RECOVERING]
        await house.sleep(2)
        ana = await house.enter("ana")
        reply = await ana.ask(evolve(command, retry=True))
        assert (reply.seq, reply.duplicate) == (1, stored)
        await agrees_with_the_store(house, reply.room)
        assert (await ana.post(reply.room, "here")).seq == 2


async def test_everything_behind_the_failed_batch_is_unknown_too(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo, cy = await house.enter("ana"), await house.enter("bo"), await house.enter("cy")
        room, other = await direct(house, ana, bo), await direct(house, cy, bo)
        bo.received.clear()
        store.hold_appends()
        store.fail_next(FULL)
        await ana.send(Post(room=room, key=house.key(), content=content.text("fails")))
        await house.rest()
        await cy.send(Post(room=other, key=house.key(), content=content.text("waits")))
        await house.rest()
        store.release_appends()
        await house.rest()
        assert closes(ana) == closes(cy) == [CloseCode.RECOVERING]
        assert bo.take() == [Paused(reason="recovered")]
        await house.sleep(2)
        assert seqs(await come_back(house, "bo", room), room) == [1]
        assert seqs(await come_back(house, "bo", other), other) == [1]


async def test_who_repeats_what_is_in_flight_is_closed_with_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, tv = await house.enter("ana"), await house.enter("ana", "tv")
        room = await group(house, ana, tv)
        store.hold_appends()
        store.fail_next(FULL)
        post = Post(room=room, key=house.key(), content=content.text("once"))
        await ana.send(post)
        await house.rest()
        await tv.send(post)
        await house.rest()
        store.release_appends()
        await house.rest()
        assert closes(ana) == closes(tv) == [CloseCode.RECOVERING]


async def test_rooms_that_are_not_touched_go_on(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo, cy = await house.enter("ana"), await house.enter("bo"), await house.enter("cy")
        room = await group(house, ana)
        quiet = await direct(house, bo, cy)
        store.fail_next(FULL)
        await ana.send(Post(room=room, key=house.key(), content=content.text("fails")))
        await house.rest()
        assert (bo.received, cy.received) == ([], [])
        await house.sleep(2)
        await bo.post_on_disk(quiet, "nothing happened here")
        assert texts(cy, quiet) == ["nothing happened here"]


async def test_read_marks_of_a_failed_batch_wait_and_are_written(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.ask(MarkRead(room=room, seq=1))
        store.fail_next(FULL)
        await house.sleep(1)
        assert (ana.events(Paused), ana.events(Closing)) == ([], [])
        await house.sleep(3)
        [view] = (await store.read([ask.GetMembership(room, "ana")])).values
        assert isinstance(view, ask.MemberView)
        assert view.read == 1


async def test_what_is_decided_while_the_store_recovers_is_unknown_as_well(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        store.hold_reads()
        slow = SetTitle(room=room, key=house.key(), title="decided meanwhile")
        request = await ana.send(slow)
        await house.rest()
        tv = await house.enter("ana", "tv", follow=False)
        store.hold_reopen()
        store.fail_next(FULL)
        await tv.send(Post(room=room, key=house.key(), content=content.text("fails")))
        await house.rest()
        store.release_reads()
        await house.rest()
        store.release_reopen()
        await house.rest()
        assert [each for each in ana.received if each.request == request] == []
        assert closes(ana) == [CloseCode.RECOVERING]
        await agrees_with_the_store(house, room)
        await house.sleep(2)
        ana = await house.enter("ana")
        reply = await ana.ask(evolve(slow, retry=True))
        assert (reply.seq, reply.duplicate) == (2, False)
        await agrees_with_the_store(house, room)


async def test_a_decision_between_the_resets_of_two_rooms_does_no_harm(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo, cy = await house.enter("ana"), await house.enter("bo"), await house.enter("cy")
        one, two = await group(house, ana, bo), await group(house, ana, bo, cy)
        store.hold_appends()
        store.fail_next(FULL)
        await bo.send(Post(room=one, key=house.key(), content=content.text("fails")))
        await bo.send(Post(room=two, key=house.key(), content=content.text("fails too")))
        await house.rest()
        store.hold_reads()
        leaving = remove(house, two, "cy")
        await ana.send(leaving)
        await house.rest()
        store.release_appends()
        await house.rest()
        store.release_reads()
        await house.sleep(3)
        await agrees_with_the_store(house, two)
        again = await house.enter("ana")
        assert (await again.ask(evolve(leaving, retry=True))).seq == 2
        await agrees_with_the_store(house, two)


async def test_only_a_full_disk_is_survived(mock_clock: MockClock) -> None:
    """An fsync that failed is never tried again: what it did not write is lost, and the next one says nothing of it."""
    store = GatedStore()
    async with open_house(store=store) as house:
        with pytest.raises(StoreError, match="the disk has failed"):
            await house.daemon.recovery.failed(StoreError("the disk has failed"), [])
        assert store.reopened == 0


async def test_a_store_that_cannot_be_opened_again_ends_the_run(mock_clock: MockClock) -> None:
    store = GatedStore()

    async def live() -> None:
        async with open_house(store=store) as house:
            ana = await house.enter("ana")
            store.fail_next(FULL)
            store.reopen_error = StoreError("the lock is gone")
            await ana.send(CreateGroup(key=house.key(), title="lost"))
            await trio.sleep_forever()

    with capture_logs(), pytest.raises(ExceptionGroup) as caught:
        await live()
    assert caught.group_contains(StoreError, match="the lock is gone")
