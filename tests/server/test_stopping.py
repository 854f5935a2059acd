"""A daemon that was told to end waits for those who are still there: for its time, or until it is told once more."""

from __future__ import annotations

import random
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import define, field
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.server.config import Config
from chatd.server.daemon import compose, wall_clock_ms
from chatd.server.stopping import STOPS, serve_until_stopped
from tests.server.stores import GatedStore

pytestmark = pytest.mark.slow
DRAIN_S = 7


@define(eq=False)
class Served:
    """What listens, and takes connections that never end by themselves."""

    port: int = 0
    opened: trio.Event = field(factory=trio.Event)
    taken: trio.Event = field(factory=trio.Event)
    drained: trio.Event = field(factory=trio.Event)
    ended: trio.Event = field(factory=trio.Event)

    async def run(self, data: Path) -> None:
        config = Config(data=data, dev=True, listen=("tcp://127.0.0.1:0",), drain_seconds_max=DRAIN_S)
        daemon = compose(config, GatedStore(), now=wall_clock_ms, salts=lambda: bytes(16), chance=random.Random(0))
        await serve_until_stopped(self._accept, self._drain, daemon.core, config, self._ready)
        self.ended.set()

    def _ready(self, urls: Sequence[str]) -> None:
        self.port = int(urls[0].rpartition(":")[2])
        self.opened.set()

    async def _accept(self, *_: Any, **__: Any) -> None:
        self.taken.set()
        await trio.sleep_forever()

    async def _drain(self) -> None:
        self.drained.set()


async def begin(served: Served, nursery: trio.Nursery, data: Path) -> trio.SocketStream:
    """Serve somebody, and tell it to end."""
    nursery.start_soon(served.run, data)
    await served.opened.wait()
    stream = await trio.open_tcp_stream("127.0.0.1", served.port)
    await served.taken.wait()
    signal.raise_signal(signal.SIGTERM)
    await served.drained.wait()
    await wait_all_tasks_blocked()
    assert not served.ended.is_set()
    return stream


async def test_who_is_still_there_is_cut_off_when_the_time_is_over(tmp_path: Path, mock_clock: MockClock) -> None:
    served = Served()
    with capture_logs() as logs:
        async with trio.open_nursery() as nursery, await begin(served, nursery, tmp_path):
            mock_clock.jump(DRAIN_S - 1)
            await wait_all_tasks_blocked()
            assert not served.ended.is_set()
            mock_clock.jump(1)
            await served.ended.wait()
    assert [line["event"] for line in logs] == ["stopping"]


@pytest.mark.parametrize("second", STOPS)
async def test_a_second_signal_ends_the_wait(tmp_path: Path, mock_clock: MockClock, second: signal.Signals) -> None:
    served = Served()
    with capture_logs() as logs:
        async with trio.open_nursery() as nursery, await begin(served, nursery, tmp_path):
            signal.raise_signal(second)
            for _ in range(1_000):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
    assert served.ended.is_set()
    told = [(line["event"], line["signal"]) for line in logs]
    assert told == [("stopping", "SIGTERM"), ("stopping at once", second.name)]


async def test_nobody_is_waited_for_where_nobody_is_there(tmp_path: Path, mock_clock: MockClock) -> None:
    served = Served()
    before = [signal.getsignal(each) for each in STOPS]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(served.run, tmp_path)
        await served.opened.wait()
        signal.raise_signal(signal.SIGINT)
        await served.ended.wait()
    assert [signal.getsignal(each) for each in STOPS] == before
