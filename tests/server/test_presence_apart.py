"""Where members do not know of each other, presence does not tell who is in, either (5.90, 9.11.4); and who is blocked
learns of none."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from chatd.chain import origin, short
from chatd.messages import Block, CreateGroup, PresenceNews, SetRole, Watch
from chatd.model import APART, Role, RoomId, RoomKind, Seen, Shown
from tests.house import House, Peer, open_house
from tests.rooms.pieces import code
from tests.server.people import direct
from tests.server.test_presence import seen, shows, watcher


async def apart(house: House, owner: Peer, kind: RoomKind, *others: Peer) -> RoomId:
    """Return a room whose members do not know of each other."""
    members = tuple(peer.user for peer in others)
    reply = await owner.ask(CreateGroup(key=house.key(), title="news", members=members, kind=kind))
    room: RoomId = reply.room
    return room


async def promote(house: House, owner: Peer, room: RoomId, user: Peer) -> None:
    assert code(await owner.ask(SetRole(room=room, key=house.key(), user=user.user, role=Role.MODERATOR))) == "ok"


@pytest.mark.parametrize("kind", APART)
async def test_who_follows_cannot_tell_who_else_does(kind: RoomKind, mock_clock: MockClock) -> None:
    async with open_house() as house:
        star, fan, spy = [await house.enter(name) for name in ("star", "fan", "spy")]
        await shows(house, fan, Shown.EVERYBODY)
        followed = await apart(house, star, kind, fan, spy)
        other = await apart(house, star, kind, spy)
        assert await seen(house, spy, "fan", room=followed) == {"fan": Seen.LONG_AGO}
        assert await seen(house, spy, "fan", room=other) == {"fan": Seen.LONG_AGO}


@pytest.mark.parametrize("kind", APART)
async def test_who_follows_is_not_told_when_another_comes_or_goes(kind: RoomKind, mock_clock: MockClock) -> None:
    async with open_house() as house:
        star, spy = await house.enter("star"), await watcher(house, "spy")
        fan = await house.enter("fan")
        room = await apart(house, star, kind, fan, spy)
        await seen(house, spy, "fan", room=room)
        await shows(house, fan, Shown.EVERYBODY)
        await fan.stream.aclose()
        await house.sleep(20)
        assert spy.events(PresenceNews) == []


@pytest.mark.parametrize("kind", APART)
async def test_staff_and_those_who_follow_are_not_together(kind: RoomKind, mock_clock: MockClock) -> None:
    async with open_house() as house:
        star, fan = await house.enter("star"), await house.enter("fan")
        for each in (star, fan):
            await shows(house, each, Shown.EVERYBODY)
        room = await apart(house, star, kind, fan)
        assert await seen(house, star, "fan", room=room) == {"fan": Seen.LONG_AGO}
        assert await seen(house, fan, "star", room=room) == {"star": Seen.LONG_AGO}


@pytest.mark.parametrize("kind", APART)
async def test_staff_are_together(kind: RoomKind, mock_clock: MockClock) -> None:
    async with open_house() as house:
        star, aide = await house.enter("star"), await house.enter("aide")
        for each in (star, aide):
            await shows(house, each, Shown.EVERYBODY)
        room = await apart(house, star, kind, aide)
        await promote(house, star, room, aide)
        assert await seen(house, star, "aide", room=room) == {"aide": Seen.ONLINE}
        assert await seen(house, aide, "star", room=room) == {"star": Seen.ONLINE}


async def test_who_watches_a_stream_is_together_with_nobody(mock_clock: MockClock) -> None:
    async with open_house() as house:
        host, viewer, spy = [await house.enter(name) for name in ("host", "viewer", "spy")]
        for each in (host, viewer):
            await shows(house, each, Shown.EVERYBODY)
        room = await apart(house, host, RoomKind.LIVE)
        for each in (viewer, spy):
            assert code(await each.ask(Watch(room=room, epoch=each.epoch, seq=0, h8=short(origin(room))))) == "ok"
        gone = {"host": Seen.LONG_AGO, "viewer": Seen.LONG_AGO}
        assert await seen(house, spy, "host", "viewer", room=room) == gone


async def test_a_direct_room_counts_whatever_else_two_follow(mock_clock: MockClock) -> None:
    async with open_house() as house:
        star, fan, friend = [await house.enter(name) for name in ("star", "fan", "friend")]
        await shows(house, fan, Shown.EVERYBODY)
        room = await apart(house, star, RoomKind.BROADCAST, fan, friend)
        await direct(house, friend, fan)
        assert await seen(house, friend, "fan", room=room) == {"fan": Seen.ONLINE}


async def test_who_is_blocked_learns_what_they_would_of_who_lets_nobody_know(mock_clock: MockClock) -> None:
    """Invariant A8. At the moment of the block nothing is told: that would tell of it."""
    async with open_house() as house:
        ana, bo = await watcher(house, "ana"), await watcher(house, "bo")
        await direct(house, ana, bo)
        await shows(house, ana, Shown.CONTACTS)
        await shows(house, bo, Shown.CONTACTS)
        assert await seen(house, bo, "ana") == {"ana": Seen.ONLINE}
        await ana.ask(Block(key=house.key(), user="bo"))
        await house.sleep(3)
        assert bo.events(PresenceNews) == []
        assert await seen(house, bo, "ana") == {"ana": Seen.LONG_AGO}
        assert await seen(house, ana, "bo") == {"bo": Seen.ONLINE}
        await ana.ask(Block(key=house.key(), user="bo", on=False))
        assert await seen(house, bo, "ana") == {"ana": Seen.ONLINE}
