"""One connection from its greeting to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve
from structlog.testing import capture_logs
from trio.testing import MockClock

from chatd.codes import CloseCode
from chatd.limits import DEFAULTS
from chatd.messages import Closing, Committed, CreateGroup, Done, Entered, Greeting, Hello, Ping, Post, Refused, Welcome
from chatd.rooms.router import Router
from chatd.server.config import Config, OutboxConfig, RateConfig
from chatd.storage.base import StoreError
from chatd.wire import content
from tests.house import EPOCH, START_MS, House, open_house
from tests.server.people import direct, frames_in, keep_pushes, remove, session_of, texts
from tests.server.stores import GatedStore

CONFIG = Config(data=Path("unused"), dev=True)


async def test_the_greeting_tells_limits_time_and_epoch(mock_clock: MockClock) -> None:
    async with open_house() as house:
        peer = await house.connect()
        await house.rest()
        assert peer.events() == [Greeting(versions=(1,), epoch=EPOCH, time=START_MS, limits=DEFAULTS)]


@pytest.mark.parametrize(("asked", "given"), [(1, 25), (100, 100), (3_600, 240)])
async def test_the_heartbeat_is_kept_within_its_limits(mock_clock: MockClock, asked: int, given: int) -> None:
    async with open_house() as house:
        peer = await house.connect()
        assert (await peer.hello("ana", heartbeat_s=asked)).heartbeat_s == given


async def test_a_hello_and_commands_may_be_sent_before_the_greeting_is_read(mock_clock: MockClock) -> None:
    async with open_house() as house:
        peer = await house.connect()
        hello = await peer.send(Hello(version=1, scheme="dev", credential="ana"))
        ping = await peer.send(Ping())
        await house.rest()
        assert isinstance(peer.reply(hello), Welcome)
        assert peer.reply(ping) == Done()


async def test_a_peer_that_leaves_before_its_hello_is_forgotten(mock_clock: MockClock) -> None:
    async with open_house() as house:
        peer = await house.connect()
        await house.rest()
        await peer.stream.aclose()
        await house.rest()
        assert house.daemon.core.sessions.connected == {}


async def test_a_peer_that_breaks_off_is_forgotten(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        session = session_of(house, ana)
        await trio.aclose_forcefully(session.outbox._stream)
        await house.rest()
        core = house.daemon.core
        assert (core.sessions.by_id, core.sessions.connected, core.registry.audience.sessions) == ({}, {}, {})


async def test_the_ack_precedes_the_echo(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        posts = [Post(room=room, key=house.key(), content=content.text("hi")) for _ in range(3)]
        await ana.stream.send_all(b"".join(ana.wire.send(post, 90 + number) for number, post in enumerate(posts)))
        await house.rest()
        assert [each.message.seq for each in ana.received if each.request == 0] == [2, 3, 4]
        order = [(each.message.seq, type(each.message)) for each in ana.received]
        for seq in (2, 3, 4):
            assert order.index((seq, Committed)) < order.index((seq, Entered))


async def test_what_a_ghost_has_sent_already_is_not_acted_upon(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ghost, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ghost, bo)
        store.hold_reads()
        first = Post(room=room, key=house.key(), content=content.text("looked up"), retry=True)
        await ghost.send(first)
        await ghost.send(Post(room=room, key=house.key(), content=content.text("waits behind it")))
        await house.rest()
        await house.enter("ana", follow=False)
        store.release_reads()
        await house.rest()
        assert [event.code for event in ghost.events(Closing)] == [CloseCode.REPLACED]
        assert ghost.ended
        assert texts(bo, room) == []


async def test_a_session_that_is_replaced_while_its_command_is_loaded_decides_nothing(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        session = session_of(house, ana)
        store.hold_reads()
        await ana.send(CreateGroup(key=house.key(), title="too late"))
        await house.rest()
        store.release_reads()
        session.ended = True
        await house.rest()
        assert house.daemon.core.journal.batches == 0


async def test_a_failed_read_is_refused_and_may_be_repeated(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        store.read_error = StoreError("too slow")
        group = CreateGroup(key=house.key(), title="friends")
        reply = await ana.ask(group)
        assert (reply.code, reply.verdict, reply.after_ms) == ("internal", "after_ms", 1000)
        store.read_error = None
        assert (await ana.ask(evolve(group, retry=True))).code == "internal"
        await house.sleep(1)
        assert isinstance(await ana.ask(evolve(group, retry=True)), Committed)


async def test_too_many_commands_are_refused_for_a_while(mock_clock: MockClock) -> None:
    config = evolve(CONFIG, rates=RateConfig(commands_per_s=10, burst_commands=2))
    async with open_house(config) as house:
        ana = await house.enter("ana", follow=False)
        assert [await ana.ask(Ping()), await ana.ask(Ping())] == [Done(), Done()]
        reply = await ana.ask(Ping())
        assert (reply.code, reply.verdict, reply.after_ms) == ("rate_limited", "after_ms", 101)
        await house.sleep(0.101)
        assert await ana.ask(Ping()) == Done()


async def test_a_session_over_low_water_is_not_read_from(mock_clock: MockClock) -> None:
    config = evolve(CONFIG, outbox=OutboxConfig(bytes_max=128 * 1024, low_water_bytes=1024))
    async with open_house(config) as house:
        ana, bo = await house.enter("ana", slowly=True), await house.enter("bo")
        room = await direct(house, ana, bo)
        ana.stop_reading()
        for _ in range(3):
            await bo.post(room, "x" * 10_000)
        ping = await ana.send(Ping())
        await house.rest()
        seen = house.daemon.core.metrics.commands
        await ana.send(Ping())
        await house.rest()
        assert house.daemon.core.metrics.commands == seen
        ana.read_again()
        await house.rest()
        assert ana.reply(ping) == Done()


async def test_a_peer_that_takes_nothing_is_cut(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana", slowly=True), await house.enter("bo")
        room = await direct(house, ana, bo)
        ana.stop_reading()
        for _ in range(3):
            await bo.post(room, "hi")
        await house.sleep(29)
        assert len(house.daemon.core.sessions.by_id) == 2
        await house.sleep(4)
        assert list(house.daemon.core.sessions.by_id) == [session_of(house, bo).id]


class Faulty(Router):
    """The real router with a bug: it fails on one title."""

    def handle(self, *given: Any) -> Any:
        if getattr(given[2], "title", "") == "boom":
            raise ZeroDivisionError
        return super().handle(*given)


def plant_a_bug(house: House) -> None:
    right = house.daemon.core.router
    house.daemon.core.router = Faulty(registry=right.registry, judge=right.judge, limits=right.limits)


async def test_a_bug_ends_its_session_alone(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        plant_a_bug(house)
        with capture_logs() as logs:
            await ana.send(CreateGroup(key=house.key(), title="boom"))
            await house.rest()
        assert [(line["event"], line["user"]) for line in logs] == [("session failed", "ana")]
        assert [event.code for event in ana.events(Closing)] == [CloseCode.INTERNAL]
        assert ana.ended
        assert house.daemon.core.metrics.session_errors == 1
        assert bo.received == []
        await bo.post_on_disk(room, "all is well")
        again = await house.enter("ana")
        assert isinstance(await again.post(room, "back"), Committed)


async def test_replies_come_before_a_goodbye(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        ping = ana.wire.send(Ping(), 50)
        await ana.stream.send_all(ping + bytes(4))
        await house.rest()
        assert ana.reply(50) == Done()
        assert [event.code for event in ana.events(Closing)] == [CloseCode.FRAME_SIZE]


async def test_what_waits_unsent_is_dropped_by_a_close_but_its_reason_is_told(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana", slowly=True), await house.enter("bo")
        room = await direct(house, ana, bo)
        ana.stop_reading()
        for number in range(5):
            await bo.post(room, f"post {number}")
        session_of(house, ana).close(CloseCode.REVOKED, "tested")
        ana.read_again()
        await house.rest()
        assert texts(ana, room) == ["post 0", "post 1"]
        assert ana.events(Closing) == [Closing(code=CloseCode.REVOKED, text="tested")]


async def test_closing_twice_tells_one_reason(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        session = session_of(house, ana)
        session.close(CloseCode.IDLE)
        session.close(CloseCode.REVOKED)
        await house.rest()
        assert [event.code for event in ana.events(Closing)] == [CloseCode.IDLE]


async def test_a_refusal_that_rests_on_what_is_in_flight_comes_with_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        group = await ana.ask(CreateGroup(key=house.key(), title="friends", members=("bo",)))
        store.hold_appends()
        removal = await ana.send(remove(house, group.room, "bo"))
        await house.rest()
        post = await bo.send(Post(room=group.room, key=house.key(), content=content.text("still in?")))
        await house.rest()
        assert [each for each in bo.received if each.request == post] == []
        assert session_of(house, bo).gate.in_flight == 1
        store.release_appends()
        await house.rest()
        assert isinstance(ana.reply(removal), Committed)
        assert isinstance(bo.reply(post), Refused)
        assert session_of(house, bo).gate.in_flight == 0


async def test_a_repeat_of_what_is_in_flight_is_answered_with_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.hold_appends()
        post = Post(room=room, key=house.key(), content=content.text("once"))
        first, same = await ana.send(post), await ana.send(post)
        other = await ana.send(evolve(post, content=content.text("twice")))
        await house.rest()
        assert ana.received == []
        store.release_appends()
        await house.rest()
        assert (ana.reply(first).duplicate, ana.reply(same).duplicate) == (False, True)
        assert ana.reply(other).code == "conflict"
        assert texts(bo, room) == ["once"]


async def test_the_replies_of_one_session_leave_in_one_write(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana", follow=False)
        group = await ana.ask(CreateGroup(key=house.key(), title="alone"))
        session = session_of(house, ana)
        store.hold_appends()
        await ana.send(Post(room=group.room, key=house.key(), content=content.text("first")))
        await house.rest()
        for _ in range(5):
            await ana.send(Post(room=group.room, key=house.key(), content=content.text("hi")))
        await house.rest()
        kept = keep_pushes(session)
        store.release_appends()
        await house.rest()
        assert [frames_in(pushed) for pushed in kept.frames] == [1, 5]
