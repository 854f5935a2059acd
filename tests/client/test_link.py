from __future__ import annotations

import anyio
import pytest

from chatd_client import CaughtUp, Disconnected
from tests.client.fakes import Network, on_mock_clock, until


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
