from __future__ import annotations

import anyio
import pytest

from chatd import messages
from chatd.messages import Refused as RefusedReply, Rooms, Subscribe
from chatd.model import MemberState
from chatd_client import CaughtUp, ProtocolViolation
from tests.client.fakes import Network, on_both, on_mock_clock, until
from tests.client.scrolls import OTHER, ROOM, SELF, Scroll, self_entry


@on_both
async def test_rooms_that_were_left_are_not_followed() -> None:
    own = Scroll(SELF)
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        received, _ = await peer.expect(messages.Rooms)
        rooms = (Scroll().summary(state=MemberState.INVITED), Scroll(OTHER).summary())
        await peer.reply(received, messages.RoomsPage(rooms=rooms[:1], more=True, next=b"n" * 24))
        await peer.subscribe(own)
        received, second = await peer.expect(messages.Rooms)
        assert second.next == b"n" * 24
        await peer.reply(received, messages.RoomsPage(rooms=rooms[1:], more=False))
        received, again = await peer.expect(messages.Rooms)
        assert again.next is None
        await peer.reply(received, messages.RoomsPage(rooms=rooms[:1], more=True, next=b"n" * 24))
        assert (await peer.subscribe(Scroll(OTHER))).rooms[::3] == (OTHER,)
        await peer.send(self_entry(own, ROOM, "left", MemberState.LEFT))
        assert len(await until(chat, CaughtUp)) >= 2


@on_mock_clock
async def test_heartbeats_go_out_and_keep_a_quiet_connection() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow(heartbeat_s=30)
        await until(chat, CaughtUp)
        tasks.start_soon(peer.drain)
        await anyio.sleep(299)
        assert 10 <= peer.pings <= 11
        assert network.dialled == 1
        tasks.cancel_scope.cancel()


@on_both
async def test_a_busy_server_is_asked_for_rooms_and_subscriptions_again() -> None:
    busy = RefusedReply(code="busy", verdict="after_ms", after_ms=1)
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        received, _ = await peer.expect(Rooms)
        await peer.reply(received, busy)
        received, first = await peer.expect(Subscribe)
        await peer.reply(received, busy)
        await peer.list_rooms()
        assert await peer.subscribe(Scroll(SELF)) == first
        await until(chat, CaughtUp)


@on_both
async def test_a_subscribe_that_is_refused_for_ever_ends_the_chat() -> None:
    async with Network() as network, network.connect(follow=False) as chat:
        peer = await network.welcome()
        received, _ = await peer.expect(Subscribe)
        await peer.reply(received, RefusedReply(code="bad_request", verdict="never"))
        with pytest.raises(ProtocolViolation, match="bad_request"):
            await until(chat, CaughtUp)
