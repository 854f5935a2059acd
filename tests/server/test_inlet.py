"""Bytes from a peer, by the socket and by the stream."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest
import trio
from attrs import Factory, define
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked

from chatd.messages import Hello
from chatd.server.inlet import GREETED_BYTES, RECEIVE_BYTES, inlet
from chatd.wire.connection import ClientConnection
from tests.house import open_house


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as theirs:
        ours, _ = server.accept()
        with ours:
            ours.setblocking(False)
            yield ours, theirs


def stream() -> trio.abc.Stream:
    """Return a stream which must not be asked."""
    return memory_stream_pair()[0]


async def test_what_came_is_returned_at_once_and_what_comes_when_it_comes(
    pair: tuple[socket.socket, socket.socket], nursery: trio.Nursery
) -> None:
    ours, theirs = pair
    receive = inlet(stream(), ours)
    theirs.sendall(b"first")
    assert await receive(RECEIVE_BYTES) == b"first"
    came: list[bytes] = []

    async def wait() -> None:
        came.append(await receive(RECEIVE_BYTES))

    nursery.start_soon(wait)
    await wait_all_tasks_blocked()
    assert came == []
    theirs.sendall(b"second")
    with trio.fail_after(5):
        while not came:
            await trio.lowlevel.checkpoint()
    assert came == [b"second"]


async def test_no_more_than_one_frame_s_worth_is_taken_at_once(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    receive = inlet(stream(), ours)
    await trio.to_thread.run_sync(theirs.sendall, b"x" * RECEIVE_BYTES)
    theirs.sendall(b"y" * 10)
    sizes: list[int] = []
    while sum(sizes) < RECEIVE_BYTES + 10:
        sizes.append(len(await receive(RECEIVE_BYTES)))
    assert max(sizes) <= RECEIVE_BYTES


async def test_the_peer_s_end_is_no_bytes(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    theirs.shutdown(socket.SHUT_WR)
    assert await inlet(stream(), ours)(RECEIVE_BYTES) == b""


async def test_a_peer_that_breaks_off_breaks_the_connection(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    with pytest.raises(trio.BrokenResourceError):
        await inlet(stream(), ours)(RECEIVE_BYTES)


async def test_a_wake_up_for_nothing_is_waited_out(
    pair: tuple[socket.socket, socket.socket], nursery: trio.Nursery
) -> None:
    """Somebody else may take the bytes between the wake-up and the reading."""
    ours, theirs = pair
    came: list[bytes] = []

    async def wait() -> None:
        came.append(await inlet(stream(), ours)(RECEIVE_BYTES))

    nursery.start_soon(wait)
    await wait_all_tasks_blocked()
    theirs.sendall(b"taken by another")
    while not ours.recv(1, socket.MSG_PEEK):
        pass
    ours.recv(100)
    await wait_all_tasks_blocked(0.01)
    theirs.sendall(b"ours")
    with trio.fail_after(5):
        while not came:
            await trio.lowlevel.checkpoint()
    assert came == [b"ours"]


async def test_others_have_their_turn_although_bytes_wait(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    await trio.to_thread.run_sync(theirs.sendall, b"x" * (RECEIVE_BYTES + 1))
    turns: list[str] = []

    async def other() -> None:
        turns.append("other")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        receive = inlet(stream(), ours)
        assert await receive(RECEIVE_BYTES)
        assert await receive(RECEIVE_BYTES)
        assert turns == ["other"]


async def test_without_a_socket_the_stream_is_asked() -> None:
    ours, theirs = memory_stream_pair()
    await theirs.send_all(bytearray(b"by the stream"))
    received = await inlet(ours, None)(RECEIVE_BYTES)
    assert (received, type(received)) == (b"by the stream", bytes)


@define(eq=False)
class Noting(trio.abc.ReceiveStream):
    """Notes how much is asked of another stream."""

    inner: trio.abc.ReceiveStream
    asked: list[int | None] = Factory(list)

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        self.asked.append(max_bytes)
        return await self.inner.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self.inner.aclose()


async def test_little_is_read_at_once_of_who_has_not_said_hello(mock_clock: MockClock) -> None:
    """Strangers get little memory (invariant M3)."""
    async with open_house() as house:
        near, far = memory_stream_pair()
        noting = Noting(far)
        house.serve(trio.StapledStream(far, noting))
        await house.rest()
        assert noting.asked == [GREETED_BYTES]
        await near.send_all(ClientConnection().send(Hello(version=1, scheme="dev", credential="ana"), 1))
        await house.rest()
        assert noting.asked == [GREETED_BYTES, RECEIVE_BYTES]
