"""Memory against connections that say nothing."""

from __future__ import annotations

import time

from benchmarks.growth.curves import Curve, Series
from benchmarks.growth.ground import Ground, audience_of, require_descriptors, running
from benchmarks.growth.shape import Shape
from benchmarks.peers.measure import Figures
from benchmarks.peers.speech import Seat

_SPARE_DESCRIPTORS = 200

CURVE = Curve(
    name="connections",
    title="memory of a daemon with sessions that say nothing, opened slowly",
    x_label="connections",
    xs=(100, 1_000, 5_000, 10_000, 15_000),
    quick=(100, 500, 1_000),
    series=(
        Series(
            figure="rss_mib",
            label="chatd's memory",
            unit="MiB",
            shape=Shape.LINEAR,
            per=1024,
            per_unit="KiB a connection",
        ),
    ),
)


def point(ground: Ground, connections: int) -> Figures:
    """Return the figures of one size. Raises TooFewDescriptors, DaemonFailed, TalkFailed or OSError."""
    require_descriptors(connections + _SPARE_DESCRIPTORS)
    with ground.scratch() as directory, running(directory) as daemon, audience_of(daemon) as audience:
        audience.enter([Seat(0, number) for number in range(connections)])
        time.sleep(ground.settle_s)
        return {"rss_mib": round(daemon.rss_kb() / 1024, 2)}
