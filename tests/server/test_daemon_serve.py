"""A daemon over real files and sockets: how it opens, what it answers when it cannot, and how a signal ends it."""

from __future__ import annotations

import random
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
from attrs import define, field
from structlog.testing import capture_logs

from chatd.messages import Closing, GoingAway, Greeting
from chatd.model import Item
from chatd.rooms.effects import InFlight
from chatd.server.config import Config, ExitCode
from chatd.server.daemon import Daemon, _run, compose, serve, wall_clock_ms
from chatd.server.listener import CONTROL_NAME
from chatd.storage.base import StoreError
from chatd.wire.connection import NEED_DATA, ClientConnection, Received, State
from tests.server.stores import GatedStore

pytestmark = pytest.mark.slow


@define(eq=False)
class Outside:
    """Whoever starts a daemon and talks to it from outside."""

    urls: list[str] = field(factory=list)
    opened: trio.Event = field(factory=trio.Event)
    codes: list[ExitCode] = field(factory=list)

    def ready(self, urls: Sequence[str]) -> None:
        self.urls.extend(urls)
        self.opened.set()

    async def serve(self, config: Config) -> None:
        self.codes.append(await serve(config, ready=self.ready))

    async def run(self, daemon: Daemon, config: Config) -> None:
        self.codes.append(await _run(daemon, config, self.ready))


def loopback(data: Path) -> Config:
    return Config(data=data, dev=True, listen=("tcp://127.0.0.1:0",))


async def all_events(stream: trio.abc.ReceiveStream) -> list[object]:
    """Return every message that comes until the peer ends the connection."""
    wire, events = ClientConnection(), list[object]()
    while data := await stream.receive_some():
        wire.receive_data(bytes(data))
        while wire.state is not State.CLOSED and (event := wire.next_event()) is not NEED_DATA:
            assert isinstance(event, Received)
            events.append(event.message)
    return events


async def test_a_daemon_tells_its_address_serves_and_ends_with_a_signal(tmp_path: Path) -> None:
    outside, events = Outside(), list[object]()
    with capture_logs() as logs:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outside.serve, loopback(tmp_path))
            await outside.opened.wait()
            [url] = outside.urls
            assert (tmp_path / CONTROL_NAME).stat().st_mode & 0o777 == 0o600
            async with await trio.open_tcp_stream("127.0.0.1", int(url.rpartition(":")[2])) as stream:
                first = await stream.receive_some(4)
                signal.raise_signal(signal.SIGTERM)
                rest = trio.StapledStream(stream, stream)
                events += await all_events(_Replayed(bytes(first), rest))
    assert outside.codes == [ExitCode.OK]
    assert [type(event) for event in events] == [Greeting, Closing]
    assert GoingAway not in map(type, events)
    assert "development mode" in logs[0]["event"]
    assert (logs[-1]["event"], logs[-1]["code"]) == ("stopped", "OK")


@define(eq=False)
class _Replayed(trio.abc.ReceiveStream):
    """A stream of which a part was read already."""

    begun: bytes
    stream: trio.abc.ReceiveStream

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        begun, self.begun = self.begun, b""
        return begun or bytes(await self.stream.receive_some(max_bytes))

    async def aclose(self) -> None:
        await self.stream.aclose()


async def test_data_that_another_daemon_has_open_is_refused(tmp_path: Path) -> None:
    first, second = Outside(), Outside()
    with capture_logs():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(first.serve, loopback(tmp_path))
            await first.opened.wait()
            await second.serve(loopback(tmp_path))
            signal.raise_signal(signal.SIGINT)
    assert second.codes == [ExitCode.STORE_REFUSED]
    assert first.codes == [ExitCode.OK]


async def test_an_address_that_is_taken_ends_the_daemon(tmp_path: Path) -> None:
    [taken] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = taken.socket.getsockname()[1]
    outside = Outside()
    with capture_logs() as logs:
        async with taken:
            await outside.serve(Config(data=tmp_path, listen=(f"tcp://127.0.0.1:{port}",)))
    assert outside.codes == [ExitCode.CANNOT_LISTEN]
    assert outside.urls == []
    assert str(port) in next(line["error"] for line in logs if line["event"] == "cannot listen")


async def test_a_store_that_fails_for_good_ends_the_daemon_with_its_reason(tmp_path: Path) -> None:
    store, outside, config = GatedStore(), Outside(), loopback(tmp_path)
    with capture_logs() as logs:
        daemon = compose(config, store, now=wall_clock_ms, salts=lambda: bytes(16), chance=random.Random(0))
        store.fail_next(StoreError("an fsync failed"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outside.run, daemon, config)
            await outside.opened.wait()
            daemon.core.journal.submit_nowait(InFlight(item=Item(), session=0, request=0))
    assert outside.codes == [ExitCode.STORE_FAILED]
    assert [line["error"] for line in logs if line["event"] == "store failed"] == ["an fsync failed"]
