"""Operators who come with a credential, beside those on the control socket, and what is logged of what they read."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, memory_stream_pair

from chatd.chain import self_id
from chatd.codes import CloseCode
from chatd.messages import Closing, CreateUser, History, HistoryPage, Members, Post, Refused, Welcome
from chatd.server.auth import token_hash
from chatd.server.config import AdminConfig, Config, SessionConfig
from chatd.wire import content
from chatd.wire.bodies import System
from tests.house import House, Peer, open_house
from tests.server.people import group

SECRET = "a secret"


def config_of(**sessions: Any) -> Config:
    admin = AdminConfig(credentials=(f"shop:{token_hash(SECRET).hex()}",), connections_max=1)
    return Config(data=Path("unused"), dev=True, admin=admin, sessions=SessionConfig(**sessions))


async def knock(house: House) -> Peer:
    """Return a connection to where operators with a credential are listened to."""
    near, far = memory_stream_pair()
    peer = Peer(house, near)
    known = house.daemon.core.config.admin.names()
    accept = partial(house.daemon.accept, operators=True, credentials=known)
    house.nursery.start_soon(_served, accept, house.nursery, far)
    house.nursery.start_soon(peer.read)
    await house.rest()
    return peer


async def come(house: House, credential: str = SECRET) -> Peer:
    """Return one that has said hello."""
    peer = await knock(house)
    await peer.hello("", scheme="operator", credential=credential)
    return peer


async def _served(accept: Any, nursery: trio.Nursery, far: trio.abc.Stream) -> None:
    try:
        await accept(nursery, far, None, "memory")
    finally:
        await trio.aclose_forcefully(far)


def closes(peer: Peer) -> list[int]:
    return [event.code for event in peer.events(Closing)]


async def test_the_audit_calls_an_operator_by_the_credential(mock_clock: MockClock) -> None:
    async with open_house(config_of()) as house:
        operator = await come(house)
        await operator.ask(CreateUser(key=house.key(), user="ana"))
        page = await operator.ask(History(room=self_id("")))
        assert isinstance(page, HistoryPage)
        assert b"shop" in (page.entries[0].body or b"")


@pytest.mark.parametrize("credential", ["", "guess", token_hash(SECRET).hex()])
async def test_nobody_comes_in_by_another_secret(mock_clock: MockClock, credential: str) -> None:
    async with open_house(config_of()) as house:
        assert closes(await come(house, credential)) == [CloseCode.UNAUTHENTICATED]


async def test_so_many_come_in_and_one_who_leaves_makes_room(mock_clock: MockClock) -> None:
    async with open_house(config_of()) as house:
        first = await come(house)
        assert closes(await knock(house)) == [CloseCode.TOO_MANY_CONNECTIONS]
        assert isinstance(await (await house.connect(operators=True)).hello("", scheme="operator"), Welcome)
        await first.stream.aclose()
        await house.rest()
        assert closes(await come(house)) == []


async def test_users_who_take_every_place_keep_no_operator_out(mock_clock: MockClock) -> None:
    async with open_house(config_of(connections_max=1, unauthenticated_max=1)) as house:
        await house.enter("ana")
        assert closes(await come(house)) == []


async def test_the_log_tells_what_an_operator_reads_of_a_room(mock_clock: MockClock) -> None:
    async with open_house(config_of()) as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        operator = await come(house)
        with capture_logs() as logs:
            assert isinstance(await operator.ask(History(room=room)), HistoryPage)
            assert [each.user for each in (await operator.ask(Members(room=room))).members] == ["ana"]
            await ana.ask(History(room=room))
        told = [(each["by"], each["asked"], each["room"]) for each in logs if each["event"] == "operator reads"]
        assert told == [("shop", "History", room.hex()), ("shop", "Members", room.hex())]


async def test_an_operator_reads_all_of_any_room_but_self_rooms(mock_clock: MockClock) -> None:
    async with open_house(config_of()) as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        operator = await house.operator()
        note = content.of(System(event="note", fallback="closed"), allow_system=True)
        await operator.ask(Post(room=room, key=house.key(), content=note))
        page = await operator.ask(History(room=room))
        assert ([each.seq for each in page.entries], page.floor, page.head) == ([1, 2], 1, 2)
        for unknown in (self_id("ana"), b"never was there."):
            reply = await operator.ask(History(room=unknown))
            assert isinstance(reply, Refused)
            assert reply.code == "unknown_room"
