"""The outbox on its way to the peer: order, writing straight through, and streams."""

from __future__ import annotations

import socket

import trio
import trio.testing

from chatd.server.outbox import Outbox
from tests.server.outboxes import CONFIG, Sink, Spawned, Stalls


async def _receive_slowly(theirs: socket.socket, size: int) -> bytes:
    theirs.setblocking(False)
    peer = trio.SocketStream(trio.socket.from_stdlib_socket(theirs))
    received = b""
    while len(received) < size:
        received += await peer.receive_some(1000)
    return received


# Writing straight through


def test_a_push_to_an_empty_outbox_starts_no_task(
    plain: Outbox, spawned: Spawned, pair: tuple[socket.socket, socket.socket]
) -> None:
    assert plain.push(b"hello")
    assert spawned.writers == []
    assert pair[1].recv(100) == b"hello"


async def test_more_frames_than_the_kernel_takes_in_one_call_all_leave(
    plain: Outbox, pair: tuple[socket.socket, socket.socket], spawned: Spawned
) -> None:
    frames = [bytes(100_000), *(b"%04d" % number for number in range(1500))]
    for frame in frames:
        plain.push(frame)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(spawned.run_all)
        assert await _receive_slowly(pair[1], 106_000) == b"".join(frames)


async def test_what_the_kernel_does_not_take_is_queued_for_one_writer(
    plain: Outbox, spawned: Spawned, pair: tuple[socket.socket, socket.socket]
) -> None:
    blob = bytes(range(256)) * 400
    plain.push(blob)
    plain.push(b"after")
    assert 0 < plain.queued_bytes < len(blob) + 5
    assert len(spawned.writers) == 1


async def test_partial_writes_keep_the_order(
    plain: Outbox, spawned: Spawned, sink: Sink, pair: tuple[socket.socket, socket.socket]
) -> None:
    blobs = [bytes([number]) * 10_007 for number in range(20)]
    for blob in blobs:
        plain.push(blob)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(spawned.run_all)
        assert await _receive_slowly(pair[1], 20 * 10_007) == b"".join(blobs)
    assert plain.queued_bytes == 0
    assert sink.sent == []


async def test_after_the_queue_has_drained_pushes_go_straight_through_again(
    plain: Outbox, spawned: Spawned, pair: tuple[socket.socket, socket.socket]
) -> None:
    plain.push(bytes(100_000))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(spawned.run_all)
        await _receive_slowly(pair[1], 100_000)
    plain.push(b"straight")
    assert spawned.writers == []
    assert pair[1].recv(100) == b"straight"


def test_a_socket_that_breaks_drops_everything_and_takes_every_later_push(
    plain: Outbox, spawned: Spawned, pair: tuple[socket.socket, socket.socket]
) -> None:
    pair[1].close()
    assert plain.push(b"lost")
    assert plain.broken
    assert plain.push(b"lost too")
    assert plain.queued_bytes == 0
    assert spawned.writers == []


async def test_a_socket_that_breaks_under_the_writer_drops_what_waits(
    plain: Outbox, spawned: Spawned, stalls: Stalls, pair: tuple[socket.socket, socket.socket]
) -> None:
    plain.push(bytes(100_000))
    pair[1].close()
    await spawned.run_all()
    assert plain.broken
    assert plain.queued_bytes == 0
    assert stalls.count == 0


# Through a stream


async def test_a_stream_is_written_to_by_a_task_alone(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    assert outbox.push(b"hello")
    assert sink.sent == []
    assert len(spawned.writers) == 1
    await spawned.run_all()
    assert sink.data == b"hello"


async def test_a_memory_stream_receives_the_pushes_in_order(nursery: trio.Nursery, stalls: Stalls) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    outbox = Outbox(ours, nursery.start_soon, CONFIG, stalls)
    for number in range(100):
        outbox.push(b"%02d" % number)
    await outbox.drain()
    assert await theirs.receive_some() == b"".join(b"%02d" % number for number in range(100))


async def test_a_pushed_frame_is_offered_as_the_same_object(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    frame = b"the same for everybody"
    sink.taking.set()
    outbox.push(frame)
    await spawned.run_all()
    offered = sink.sent[0]
    assert isinstance(offered, memoryview)
    assert offered.obj is frame


async def test_small_frames_are_joined_and_large_ones_cut(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    outbox.push(b"a")
    outbox.push(b"b")
    outbox.push(bytes(100_000))
    outbox.push(b"c")
    await spawned.run_all()
    assert [len(each) for each in sink.sent] == [2, 65_536, 34_465]


async def test_a_broken_stream_drops_what_waits(nursery: trio.Nursery, stalls: Stalls) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.aclose()
    outbox = Outbox(ours, nursery.start_soon, CONFIG, stalls)
    outbox.push(b"lost")
    await outbox.drain()
    assert outbox.broken
    assert outbox.push(b"lost too")
    assert outbox.queued_bytes == 0


async def test_a_cancelled_writer_leaves_a_broken_outbox(sink: Sink, stalls: Stalls) -> None:
    async with trio.open_nursery() as nursery:
        outbox = Outbox(sink, nursery.start_soon, CONFIG, stalls)
        outbox.push(b"torn")
        await sink.sending.wait()
        nursery.cancel_scope.cancel()
    assert outbox.broken
    assert outbox.queued_bytes == 0
    assert stalls.count == 0
