"""Memory against rooms: those that somebody listens to, and those that only exist on disk."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.growth.curves import Curve, Series
from benchmarks.growth.ground import Ground, audience_of, running
from benchmarks.growth.shape import Shape
from benchmarks.growth.stores import make_rooms
from benchmarks.peers.chatd_speech import Cursor
from benchmarks.peers.measure import Figures
from benchmarks.peers.speech import Seat

LISTENERS = 20
"""Sessions, however many rooms there are. Each room has one of them as its only member."""

CURVE = Curve(
    name="known",
    title=f"memory of a daemon on a store with rooms of one member; {LISTENERS} sessions listen to all, or to none",
    x_label="rooms",
    xs=(10, 100, 1_000, 5_000, 20_000),
    quick=(10, 100, 1_000),
    series=(
        Series(
            figure="loaded_mib",
            label="somebody listens to each",
            unit="MiB",
            shape=Shape.LINEAR,
            per=1024,
            per_unit="KiB a room",
        ),
        Series(figure="stored_mib", label="they are only stored", unit="MiB", shape=Shape.FLAT),
    ),
)


def _rss_mib(directory: Path, listening: dict[Seat, Sequence[Cursor]], settle_s: float) -> float:
    with running(directory) as daemon, audience_of(daemon) as audience:
        audience.enter(list(listening))
        audience.subscribe(listening)
        time.sleep(settle_s)
        return round(daemon.rss_kb() / 1024, 2)


def point(ground: Ground, rooms: int) -> Figures:
    """Return the figures of one size. Raises StoreError, DaemonFailed, TalkFailed or OSError."""
    seats = [Seat(0, number) for number in range(LISTENERS)]
    with ground.scratch() as directory:
        cursors = make_rooms(directory / "data", [[seats[room % LISTENERS].user] for room in range(rooms)])
        nothing: dict[Seat, Sequence[Cursor]] = dict.fromkeys(seats, ())
        everything: dict[Seat, Sequence[Cursor]] = {seat: cursors[at::LISTENERS] for at, seat in enumerate(seats)}
        return {
            "stored_mib": _rss_mib(directory, nothing, ground.settle_s),
            "loaded_mib": _rss_mib(directory, everything, ground.settle_s),
        }
