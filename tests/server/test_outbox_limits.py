"""What may wait in an outbox: its limit, the reserve, signals, and who waits until it is less."""

from __future__ import annotations

import socket

import trio
import trio.testing

from chatd.server.outbox import RESERVE_BYTES, SIGNALS_MAX, Outbox
from tests.server.outboxes import CONFIG, Sink, Spawned, Stalls

# Limits


def test_a_push_over_the_limit_says_so_and_is_queued_all_the_same(outbox: Outbox) -> None:
    assert outbox.push(bytes(256 * 1024))
    assert not outbox.push(b"x")
    assert outbox.queued_bytes == 256 * 1024 + 1


def test_a_reserved_frame_fits_a_full_outbox(outbox: Outbox) -> None:
    outbox.push(bytes(256 * 1024 + 1))
    assert outbox.push_reserved(b"paused")
    assert outbox.queued_bytes == 256 * 1024 + 7


def test_the_reserve_is_bounded(outbox: Outbox) -> None:
    outbox.push(b"x")
    assert outbox.push_reserved(bytes(RESERVE_BYTES))
    assert not outbox.push_reserved(b"y")
    assert outbox.queued_bytes == 1 + RESERVE_BYTES


async def test_the_reserve_is_there_again_after_a_drain(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    outbox.push(b"x")
    outbox.push_reserved(bytes(RESERVE_BYTES))
    await spawned.run_all()
    outbox.push(b"x")
    assert outbox.push_reserved(bytes(RESERVE_BYTES))


def test_a_reserved_frame_goes_straight_through_when_nothing_waits(
    plain: Outbox, spawned: Spawned, pair: tuple[socket.socket, socket.socket]
) -> None:
    assert plain.push_reserved(b"going away")
    assert spawned.writers == []
    assert pair[1].recv(100) == b"going away"


# Signals


async def test_the_newest_signal_of_a_slot_wins(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    outbox.push(b"event.")
    outbox.push_signal("room 1", b"old.")
    outbox.push_signal("room 2", b"other.")
    outbox.push_signal("room 1", b"new.")
    await spawned.run_all()
    assert sink.data == b"event.new.other."


async def test_signals_wait_for_events_that_were_pushed_later(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    outbox.push(b"one.")
    outbox.push_signal("slot", b"signal.")
    outbox.push(b"two.")
    await spawned.run_all()
    assert sink.data == b"one.two.signal."


async def test_no_signal_follows_the_last_frame(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    outbox.push(b"one.")
    outbox.push_signal("slot", b"signal.")
    outbox.push_last(b"closing.")
    await spawned.run_all()
    assert sink.data == b"one.closing."


async def test_a_signal_alone_is_sent(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    outbox.push_signal("slot", b"signal")
    await spawned.run_all()
    assert sink.data == b"signal"


def test_a_signal_goes_straight_through_when_nothing_waits(
    plain: Outbox, spawned: Spawned, pair: tuple[socket.socket, socket.socket]
) -> None:
    plain.push_signal("slot", b"signal")
    assert spawned.writers == []
    assert pair[1].recv(100) == b"signal"


async def test_signals_are_shed_over_low_water(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    outbox.push_signal("before", b"signal")
    outbox.push(bytes(16 * 1024 + 1))
    outbox.push_signal("after", b"signal")
    await spawned.run_all()
    assert sink.data == bytes(16 * 1024 + 1)


async def test_signals_are_bounded_in_number(outbox: Outbox, spawned: Spawned, sink: Sink) -> None:
    sink.taking.set()
    for slot in range(SIGNALS_MAX + 10):
        outbox.push_signal(slot, b"s")
    await spawned.run_all()
    assert len(sink.data) == SIGNALS_MAX


def test_a_signal_to_an_aborted_outbox_is_dropped(outbox: Outbox, spawned: Spawned) -> None:
    outbox.abort()
    outbox.push_signal("slot", b"signal")
    assert spawned.writers == []


# Waiting


async def test_low_water_is_waited_for(nursery: trio.Nursery, sink: Sink, stalls: Stalls) -> None:
    outbox = Outbox(sink, nursery.start_soon, CONFIG, stalls)
    outbox.push(bytes(16 * 1024 + 1))
    assert outbox.above_low_water
    reached = trio.Event()

    async def wait() -> None:
        await outbox.wait_low_water()
        reached.set()

    nursery.start_soon(wait)
    nursery.start_soon(outbox.wait_low_water)
    await trio.testing.wait_all_tasks_blocked()
    assert not reached.is_set()
    sink.taking.set()
    await reached.wait()
    assert outbox.queued_bytes <= CONFIG.low_water_bytes


async def test_below_low_water_nobody_waits(outbox: Outbox) -> None:
    outbox.push(bytes(16 * 1024))
    assert not outbox.above_low_water
    await outbox.wait_low_water()


async def test_draining_waits_for_what_is_in_flight(nursery: trio.Nursery, sink: Sink, stalls: Stalls) -> None:
    outbox = Outbox(sink, nursery.start_soon, CONFIG, stalls)
    outbox.push(b"event")
    outbox.push_signal("slot", b"signal")
    await sink.sending.wait()
    sink.taking.set()
    await outbox.drain()
    assert sink.data == b"eventsignal"


async def test_an_idle_outbox_is_drained(outbox: Outbox) -> None:
    await outbox.drain()
    assert outbox.queued_bytes == 0
