"""The sessions of a daemon by number; an unknown number is who left."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.codes import CloseCode
from chatd.messages import Closing, Done, Paused
from chatd.server.config import SessionConfig
from chatd.server.sessions import Sessions
from tests.house import open_house
from tests.server.people import session_of

NOBODY = 999


async def test_a_number_is_never_given_twice(mock_clock: MockClock) -> None:
    sessions = Sessions()
    assert [sessions.number() for _ in range(3)] == [1, 2, 3]


async def test_who_left_counts_as_served(mock_clock: MockClock) -> None:
    async with open_house() as house:
        sessions = house.daemon.core.sessions
        sessions.reply(NOBODY, [(1, Done())])
        sessions.push_reserved(NOBODY, Paused(reason="slow"))
        sessions.stalled(NOBODY)
        sessions.close(NOBODY, CloseCode.IDLE)
        assert sessions.push(NOBODY, b"frames")


async def test_a_connection_that_stalls_before_its_hello_ends_too(mock_clock: MockClock) -> None:
    async with open_house() as house:
        peer = await house.connect()
        await house.rest()
        sessions = house.daemon.core.sessions
        [number] = sessions.connected
        sessions.stalled(number)
        await house.rest()
        assert peer.ended
        assert sessions.connected == {}


async def test_a_session_is_closed_by_its_number(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        sessions = house.daemon.core.sessions
        sessions.close(session_of(house, ana).id, CloseCode.IDLE, "tested")
        await house.rest()
        assert ana.events(Closing) == [Closing(code=CloseCode.IDLE, text="tested")]
        assert sessions.by_id == {}


async def test_full_is_judged_by_connections_and_by_those_before_their_hello(mock_clock: MockClock) -> None:
    async with open_house() as house:
        await house.enter("ana")
        await house.connect()
        await house.rest()
        sessions = house.daemon.core.sessions
        assert sessions.is_full(SessionConfig(connections_max=2, unauthenticated_max=2), "memory")
        assert sessions.is_full(SessionConfig(connections_max=3, unauthenticated_max=1), "memory")
        assert not sessions.is_full(SessionConfig(connections_max=3, unauthenticated_max=2), "memory")


async def test_one_address_cannot_take_every_place_before_the_hello(mock_clock: MockClock) -> None:
    config = SessionConfig(unauthenticated_per_address_max=2)
    async with open_house() as house:
        ana = await house.enter("ana")
        sessions, one = house.daemon.core.sessions, session_of(house, ana)
        other = await house.enter("bo")
        sessions.arrive(one, "192.0.2.1:1000")
        assert not sessions.is_full(config, "192.0.2.1:1001")
        sessions.arrive(session_of(house, other), "192.0.2.1:1002")
        assert sessions.is_full(config, "192.0.2.1:1003")
        assert not sessions.is_full(config, "[2001:db8::1]:1003")
        sessions.admit(one)
        assert not sessions.is_full(config, "192.0.2.1:1003")
