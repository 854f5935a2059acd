"""The listener, over real sockets: what it binds, what it refuses, and what it survives."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.server.arrivals import ARRIVALS_PER_S, ARRIVALS_PER_TURN, BESIDE_OTHERS_PER_S, Arrivals
from chatd.server.config import Config
from chatd.server.listener import Listener, ListenError, Stream, open_listeners
from tests.server.greeters import LOOPBACK, Greeter, port, read_all

pytestmark = pytest.mark.slow


@pytest.fixture
def greeter() -> Greeter:
    return Greeter()


@pytest.fixture
async def listener(nursery: trio.Nursery, greeter: Greeter) -> Listener:
    (listener,) = await open_listeners(LOOPBACK)
    nursery.start_soon(listener.serve, greeter, nursery)
    return listener


@pytest.fixture
def few_descriptors() -> Iterator[Callable[[], None]]:
    """A function that leaves this process without a free file descriptor until the test ends."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []

    def take() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 8, before[1]))
        try:
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        except OSError:
            return

    yield take
    for fd in taken:
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


# Binding


async def test_port_0_is_resolved_in_the_url() -> None:
    (listener,) = await open_listeners(LOOPBACK)
    assert listener.url.startswith("tcp://127.0.0.1:")
    assert port(listener.url) > 0
    listener.close()


async def test_an_ipv6_url_keeps_its_brackets() -> None:
    (listener,) = await open_listeners(Config(listen=("tcp://[::1]:0",)))
    assert listener.url.startswith("tcp://[::1]:")
    listener.close()


async def test_a_taken_port_is_refused_and_the_listeners_before_it_close(tmp_path: Path) -> None:
    first = tmp_path / "first.sock"
    (holder,) = await open_listeners(LOOPBACK)
    with pytest.raises(ListenError, match=f"{port(holder.url)}.*[Aa]ddress"):
        await open_listeners(Config(listen=(f"unix://{first}", holder.url)))
    assert not first.exists()
    holder.close()


async def test_a_host_that_is_unknown_is_refused() -> None:
    with pytest.raises(ListenError, match="no-such-host"):
        await open_listeners(Config(listen=("tcp://no-such-host.invalid:0",), allow_plaintext=True))


# Accepting


async def test_each_connection_is_given_to_the_handler(listener: Listener, greeter: Greeter) -> None:
    stream = await trio.open_tcp_stream("127.0.0.1", port(listener.url))
    local = stream.socket.getsockname()
    assert await read_all(stream) == b"hello"
    assert greeter.labels == [f"127.0.0.1:{local[1]}"]


async def test_the_plain_socket_is_the_one_beneath_the_stream(nursery: trio.Nursery) -> None:
    (listener,) = await open_listeners(LOOPBACK)

    async def handler(stream: Stream, plain: socket.socket | None, _: str) -> None:
        assert plain is not None
        assert isinstance(stream, trio.SocketStream)
        assert plain.fileno() == stream.socket.fileno()
        assert not plain.getblocking()
        plain.send(b"past the stream")

    nursery.start_soon(listener.serve, handler, nursery)
    stream = await trio.open_tcp_stream("127.0.0.1", port(listener.url))
    assert await read_all(stream) == b"past the stream"


async def test_small_frames_are_not_delayed_and_dead_peers_are_given_up(nursery: trio.Nursery) -> None:
    (listener,) = await open_listeners(LOOPBACK)
    options: list[int] = []

    async def handler(stream: Stream, plain: socket.socket | None, _: str) -> None:
        assert plain is not None
        options.append(plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        options.append(plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
        await trio.lowlevel.checkpoint()

    nursery.start_soon(listener.serve, handler, nursery)
    stream = await trio.open_tcp_stream("127.0.0.1", port(listener.url))
    assert await read_all(stream) == b""
    assert options == [1, LOOPBACK.outbox.stall_s_max * 1000]


async def test_an_ipv6_peer_has_a_label_of_its_own(nursery: trio.Nursery, greeter: Greeter) -> None:
    (listener,) = await open_listeners(Config(listen=("tcp://[::1]:0",)))
    nursery.start_soon(listener.serve, greeter, nursery)
    stream = await trio.open_tcp_stream("::1", port(listener.url))
    label = f"[::1]:{stream.socket.getsockname()[1]}"
    await read_all(stream)
    assert greeter.labels == [label]


async def test_a_storm_of_connections_is_taken_whole(nursery: trio.Nursery, greeter: Greeter) -> None:
    (listener,) = await open_listeners(LOOPBACK)
    streams = [await trio.open_tcp_stream("127.0.0.1", port(listener.url)) for _ in range(150)]
    nursery.start_soon(listener.serve, greeter, nursery)
    for stream in streams:
        assert await read_all(stream) == b"hello"


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [(0.0, 1), (5.5 / ARRIVALS_PER_S, 5), (1.0, ARRIVALS_PER_TURN)],
    ids=["short", "long", "idle"],
)
async def test_a_storm_is_let_in_as_fast_as_turns_are_short(
    mock_clock: MockClock, nursery: trio.Nursery, greeter: Greeter, seconds: float, taken: int
) -> None:
    (listener,) = await open_listeners(LOOPBACK)
    peers = [socket.create_connection(("127.0.0.1", port(listener.url))) for _ in range(ARRIVALS_PER_TURN + 1)]
    mock_clock.jump(seconds)
    await listener._accept(greeter, nursery)
    await wait_all_tasks_blocked()
    assert len(greeter.labels) == taken
    for peer in peers:
        peer.close()
    listener.close()


async def test_beside_others_work_a_storm_is_let_in_one_after_the_other(
    mock_clock: MockClock, nursery: trio.Nursery, greeter: Greeter
) -> None:
    (listener,) = await open_listeners(LOOPBACK, Arrivals(lambda: True))
    peers = [socket.create_connection(("127.0.0.1", port(listener.url))) for _ in range(4)]
    nursery.start_soon(listener.serve, greeter, nursery)
    for let_in in range(1, 5):
        with trio.fail_after(1):
            while len(greeter.labels) < let_in:
                await trio.lowlevel.checkpoint()
        await wait_all_tasks_blocked()
        assert len(greeter.labels) == let_in
        mock_clock.jump(1 / BESIDE_OTHERS_PER_S)
    for peer in peers:
        peer.close()


async def test_a_cancelled_listener_closes_while_its_connections_live_on(nursery: trio.Nursery) -> None:
    (listener,) = await open_listeners(LOOPBACK)
    go_on = trio.Event()

    async def handler(stream: Stream, plain: socket.socket | None, label: str) -> None:
        await stream.send_all(b"a")
        await go_on.wait()
        await stream.send_all(b"b")

    async with trio.open_nursery() as listeners:
        listeners.start_soon(listener.serve, handler, nursery)
        stream = await trio.open_tcp_stream("127.0.0.1", port(listener.url))
        assert await stream.receive_some() == b"a"
        listeners.cancel_scope.cancel()
    with pytest.raises(OSError, match="all attempts to connect"):
        await trio.open_tcp_stream("127.0.0.1", port(listener.url))
    go_on.set()
    assert await read_all(stream) == b"b"


async def test_closing_twice_is_closing_once() -> None:
    (listener,) = await open_listeners(LOOPBACK)
    listener.close()
    listener.close()


async def test_a_listener_that_was_closed_under_the_loop_ends_with_an_error(
    nursery: trio.Nursery, greeter: Greeter
) -> None:
    (listener,) = await open_listeners(LOOPBACK)
    listener.close()
    with pytest.raises(ValueError, match="-1"):
        await listener.serve(greeter, nursery)


async def test_a_socket_that_cannot_accept_any_more_ends_the_loop_with_an_error(
    nursery: trio.Nursery, greeter: Greeter
) -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    listener = Listener("tcp://test", bound, LOOPBACK)
    bound.shutdown(socket.SHUT_RDWR)
    with pytest.raises(OSError, match="Invalid argument"):
        await listener.serve(greeter, nursery)


# File descriptors


async def test_without_descriptors_a_connection_is_refused_and_the_loop_goes_on(
    listener: Listener, greeter: Greeter, few_descriptors: Callable[[], None]
) -> None:
    clients = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(2)]
    few_descriptors()
    clients[0].connect(("127.0.0.1", port(listener.url)))
    with trio.fail_after(5):
        await trio.lowlevel.wait_readable(clients[0])
    assert clients[0].recv(100) == b""
    assert listener.refused == 1
    clients[0].close()
    clients[1].connect(("127.0.0.1", port(listener.url)))
    with trio.fail_after(5):
        await greeter.greeted.wait()
    clients[1].close()


async def test_a_listener_without_a_spare_descriptor_waits_and_goes_on(
    nursery: trio.Nursery, greeter: Greeter, few_descriptors: Callable[[], None]
) -> None:
    bound = socket.create_server(("127.0.0.1", 0))
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    few_descriptors()
    listener = Listener("tcp://test", bound, LOOPBACK)
    nursery.start_soon(listener.serve, greeter, nursery)
    client.connect(bound.getsockname())
    with trio.fail_after(5):
        while not listener.refused:
            await trio.lowlevel.checkpoint()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft + 16, hard))
    with trio.fail_after(5):
        await greeter.greeted.wait()
    client.close()
