"""How an outbox ends: stalled, aborted, or with a farewell."""

from __future__ import annotations

import socket

import trio
import trio.testing

from chatd.server.outbox import Outbox
from tests.server.outboxes import CONFIG, Sink, Spawned, Stalls

# The end


async def test_a_peer_that_takes_nothing_stalls_once(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery, sink: Sink, stalls: Stalls
) -> None:
    outbox = Outbox(sink, nursery.start_soon, CONFIG, stalls)
    begin = trio.current_time()
    outbox.push(b"waiting")
    await outbox.drain()
    assert trio.current_time() - begin == CONFIG.stall_s_max
    assert stalls.count == 1
    assert outbox.broken
    assert outbox.push(b"dropped")
    assert outbox.queued_bytes == 0


async def test_a_slow_peer_that_makes_progress_does_not_stall(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery, stalls: Stalls
) -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    outbox = Outbox(ours, nursery.start_soon, CONFIG, stalls)
    for _ in range(4):
        outbox.push(bytes(64 * 1024))
    received = 0
    while received < 4 * 64 * 1024:
        await trio.sleep(CONFIG.stall_s_max - 1)
        received += len(await theirs.receive_some(64 * 1024))
    assert stalls.count == 0
    assert not outbox.broken


async def test_an_aborted_outbox_sends_nothing_more(nursery: trio.Nursery, sink: Sink, stalls: Stalls) -> None:
    outbox = Outbox(sink, nursery.start_soon, CONFIG, stalls)
    outbox.push(b"unread")
    await sink.sending.wait()
    outbox.abort()
    outbox.abort()
    sink.taking.set()
    await outbox.drain()
    assert outbox.push(b"by a ghost")
    assert outbox.queued_bytes == 0
    assert sink.sent == []
    assert not outbox.broken
    assert stalls.count == 0


async def test_an_abort_before_the_writer_ran_leaves_nothing_to_send(
    outbox: Outbox, spawned: Spawned, sink: Sink
) -> None:
    sink.taking.set()
    outbox.push(b"unread")
    outbox.abort()
    await spawned.run_all()
    assert sink.sent == []


async def test_a_send_that_ends_as_the_outbox_is_aborted_counts_for_nothing(
    nursery: trio.Nursery, sink: Sink, stalls: Stalls
) -> None:
    outbox = Outbox(sink, nursery.start_soon, CONFIG, stalls)
    outbox.push(b"just sent")
    await sink.sending.wait()
    sink.taking.set()
    outbox.abort()
    await outbox.drain()
    assert outbox.queued_bytes == 0
    assert not outbox.broken


async def test_a_farewell_follows_what_had_begun_and_nothing_else(
    nursery: trio.Nursery, sink: Sink, stalls: Stalls
) -> None:
    outbox = Outbox(sink, nursery.start_soon, CONFIG, stalls)
    outbox.push(b"begun.")
    await sink.sending.wait()
    outbox.push(b"unread.")
    outbox.push_signal("slot", b"signal.")
    outbox.abort(b"replaced.")
    outbox.push(b"by a ghost.")
    sink.taking.set()
    await outbox.drain()
    assert sink.data == b"begun.replaced."


async def test_a_farewell_follows_at_once_when_all_that_waits_had_begun(
    nursery: trio.Nursery, sink: Sink, stalls: Stalls
) -> None:
    outbox = Outbox(sink, nursery.start_soon, CONFIG, stalls)
    outbox.push(b"begun.")
    await sink.sending.wait()
    outbox.abort(b"replaced.")
    sink.taking.set()
    await outbox.drain()
    assert sink.data == b"begun.replaced."


async def test_a_farewell_completes_a_frame_that_left_in_part(
    plain: Outbox, spawned: Spawned, sink: Sink, pair: tuple[socket.socket, socket.socket]
) -> None:
    plain.push(bytes(100_000))
    plain.push(b"unread")
    plain.abort(b"replaced")
    sink.taking.set()
    received: list[bytes] = []
    await spawned.run_all()
    pair[1].setblocking(False)
    received.append(pair[1].recv(200_000))
    assert b"".join(received) + sink.data == bytes(100_000) + b"replaced"


def test_a_farewell_goes_straight_through_when_nothing_waits(
    plain: Outbox, spawned: Spawned, pair: tuple[socket.socket, socket.socket]
) -> None:
    plain.abort(b"replaced")
    plain.push(b"by a ghost")
    assert spawned.writers == []
    assert pair[1].recv(100) == b"replaced"


def test_a_second_farewell_is_not_sent(plain: Outbox, pair: tuple[socket.socket, socket.socket]) -> None:
    plain.abort(b"first")
    plain.abort(b"second")
    assert pair[1].recv(100) == b"first"
