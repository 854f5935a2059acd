from __future__ import annotations

import anyio
import pytest
from trio.testing import wait_all_tasks_blocked

from chatd.messages import GoingAway, Post
from chatd_client import CaughtUp, Disconnected
from tests.client.fakes import Network, on_mock_clock, until
from tests.client.scrolls import ROOM
from tests.nth.steady import at_most


@on_mock_clock
async def test_a_peer_that_is_silent_longer_than_a_heartbeat_is_dead() -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow(heartbeat_s=30)
        await until(chat, CaughtUp)
        since = anyio.current_time()
        told = await chat.next_event()
        assert isinstance(told, Disconnected)
        assert anyio.current_time() - since == pytest.approx(40, abs=0.1)


@on_mock_clock
async def test_a_server_that_never_greets_is_left() -> None:
    async with Network() as network, network.connect() as chat:
        await network.accept()
        told = await chat.next_event()
        assert isinstance(told, Disconnected)
        assert "too long" in told.reason


@on_mock_clock
async def test_what_must_wait_for_the_next_connection_is_not_looked_at_over_and_over() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        chat.post_nowait(ROOM, "on its way")
        await peer.expect(Post)
        await peer.send(GoingAway(after_ms=60_000))
        await wait_all_tasks_blocked()
        tasks.start_soon(chat.typing, ROOM)
        slept = False
        with at_most(1000):
            await anyio.sleep(1)
            slept = True
        tasks.cancel_scope.cancel()
        assert slept
