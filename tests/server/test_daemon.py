"""How a daemon is composed, keeps watch, and ends."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from chatd.chain import self_id
from chatd.codes import CloseCode
from chatd.messages import Closing, Committed, CreateGroup, Done, GoingAway, Ping, Post
from chatd.model import ReadMark
from chatd.server.config import Config, OutboxConfig, SessionConfig
from chatd.storage.base import StoreError
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.people import direct, session_of, texts
from tests.server.stores import GatedStore

CONFIG = Config(data=Path("unused"), dev=True)


def close_codes(peer: Peer) -> list[int]:
    return [event.code for event in peer.events(Closing)]


async def drain(house: House, done: trio.Event) -> None:
    await house.daemon.drain()
    done.set()


async def start_draining(house: House) -> trio.Event:
    done = trio.Event()
    house.nursery.start_soon(drain, house, done)
    await house.rest()
    return done


async def test_a_drain_answers_what_is_in_flight_and_says_goodbye(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        in_flight = await ana.send(Post(room=room, key=house.key(), content=content.text("in flight")))
        waiting = await ana.send(Post(room=room, key=house.key(), content=content.text("behind it")))
        await house.rest()
        done = await start_draining(house)
        [going] = bo.take()
        assert isinstance(going, GoingAway)
        assert 0 <= going.after_ms < 1000
        assert not done.is_set()
        too_late = await ana.send(Ping())
        await house.rest()
        store.release_appends()
        await house.rest()
        assert done.is_set()
        assert isinstance(ana.reply(in_flight), Committed)
        assert isinstance(ana.reply(waiting), Committed)
        assert [each for each in ana.received if each.request == too_late] == []
        assert texts(bo, room) == ["in flight", "behind it"]
        assert close_codes(ana) == close_codes(bo) == [CloseCode.GOING_AWAY]
        assert ana.ended
        assert bo.ended


async def test_a_drain_writes_the_read_marks_it_has(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        house.daemon.core.registry.mark_read(house.daemon.core.registry.rooms[room], "ana", 1)
        await start_draining(house)
        assert [record for item in store.batches[-1] for record in item.records] == [ReadMark(room, "ana", 1)]


async def test_who_has_not_said_hello_is_only_closed_by_a_drain(mock_clock: MockClock) -> None:
    async with open_house() as house:
        peer = await house.connect()
        await house.rest()
        peer.received.clear()
        await start_draining(house)
        assert [type(event) for event in peer.events()] == [Closing]
        assert close_codes(peer) == [CloseCode.GOING_AWAY]


async def test_a_drain_of_nobody_ends_at_once(mock_clock: MockClock) -> None:
    async with open_house() as house:
        assert (await start_draining(house)).is_set()


async def test_who_is_not_heard_of_for_two_heartbeats_is_closed(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await house.sleep(119)
        assert await bo.ask(Ping()) == Done()
        await house.sleep(6)
        assert close_codes(ana) == [CloseCode.IDLE]
        assert ana.ended
        assert close_codes(bo) == []


async def test_a_slow_reader_is_not_idle_while_it_takes_something(mock_clock: MockClock) -> None:
    config = evolve(CONFIG, outbox=OutboxConfig(low_water_bytes=1024))
    async with open_house(config) as house:
        ana = await house.connect(slowly=True)
        await ana.hello("ana", heartbeat_s=25)
        bo = await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.subscribe(room, 1, house.daemon.core.registry.rooms[room].head.hash[:8])
        ana.stop_reading()
        for number in range(6):
            await bo.post(room, str(number) * 30_000)
        for _ in range(4):
            await ana.send(Ping())
            await house.sleep(20)
            await bo.ask(Ping())
            await ana.read_once()
        assert close_codes(ana) == []
        ana.read_again()
        await house.rest()
        assert len(texts(ana, room)) == 6
        assert not ana.ended


async def test_connections_are_capped(mock_clock: MockClock) -> None:
    config = evolve(CONFIG, sessions=SessionConfig(connections_max=2, unauthenticated_max=2))
    async with open_house(config) as house:
        ana = await house.enter("ana")
        await house.connect()
        await house.rest()
        refused = await house.connect()
        await house.rest()
        assert close_codes(refused) == [CloseCode.TOO_MANY_CONNECTIONS]
        assert refused.ended
        operator = await house.connect(operators=True)
        assert await operator.hello("", scheme="operator") is not None
        await ana.stream.aclose()
        await operator.stream.aclose()
        await house.rest()
        await house.enter("bo")


async def test_connections_before_their_hello_have_a_cap_of_their_own(mock_clock: MockClock) -> None:
    config = evolve(CONFIG, sessions=SessionConfig(connections_max=10, unauthenticated_max=1))
    async with open_house(config) as house:
        await house.enter("ana")
        first = await house.connect()
        await house.rest()
        second = await house.connect()
        await house.rest()
        assert close_codes(first) == []
        assert close_codes(second) == [CloseCode.TOO_MANY_CONNECTIONS]


async def test_a_connection_that_is_turned_away_cannot_hold_its_place(mock_clock: MockClock) -> None:
    config = evolve(CONFIG, sessions=SessionConfig(connections_max=1, unauthenticated_max=1))
    async with open_house(config) as house:
        await house.enter("ana")
        deaf = await house.connect(slowly=True)
        deaf.stop_reading()
        await house.rest()
        await house.sleep(3)
        deaf.read_again()
        await house.rest()
        assert deaf.ended


async def test_a_store_that_fails_for_good_ends_the_run(mock_clock: MockClock) -> None:
    store = GatedStore()
    told: list[Peer] = []

    async def live() -> None:
        async with open_house(store=store) as house:
            told.append(await house.enter("ana"))
            store.fail_next(StoreError("an fsync failed"))
            await told[0].send(CreateGroup(key=house.key(), title="lost"))
            await trio.sleep_forever()

    with pytest.raises(ExceptionGroup) as caught:
        await live()
    assert caught.group_contains(StoreError, match="an fsync failed")
    assert told[0].received == []


async def test_a_command_is_counted_and_a_connection_too(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        await ana.ask(Ping())
        counted = house.daemon.core.metrics
        assert (counted.connections, counted.commands, counted.session_errors) == (1, 1, 0)


async def test_sessions_know_their_number_and_their_user(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        first, second = session_of(house, ana), session_of(house, bo)
        assert (first.actor.user, second.actor.user) == ("ana", "bo")
        assert first.id < second.id
        assert ana.room == self_id("ana")
