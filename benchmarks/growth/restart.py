"""The time until a daemon answers again against what is stored: after a clean stop, and after a kill with a log."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.daemon import Daemon
from benchmarks.growth.curves import Bar, Curve, Series
from benchmarks.growth.ground import Ground
from benchmarks.growth.shape import Shape
from benchmarks.growth.stores import DEEP_ROOM, forget_cached
from benchmarks.peers.measure import Figures
from benchmarks.peers.speech import Seat
from benchmarks.session import Session
from chatd.chain import KEY_BYTES
from chatd.messages import Committed, Post
from chatd.model import Key
from chatd.wire import content as contents

WAL_BYTES = 2 * 1024 * 1024
"""So much is in the write-ahead log, at least, when the daemon is killed."""
_BAR = Bar(10_000_000, 2.0, 0.5)
_NS_PER_MS = 1_000_000
_TEXT = contents.text("x" * 100)

CURVE = Curve(
    name="restart",
    title="from the start of the process until the first post is on disk and acknowledged, medians",
    x_label="stored entries",
    xs=(1_000, 10_000, 100_000, 1_000_000, 10_000_000),
    quick=(1_000, 10_000),
    series=(
        Series(figure="clean_s", label="after a clean stop", unit="s", shape=Shape.FLAT, bar=_BAR),
        Series(figure="killed_s", label="after a kill", unit="s", shape=Shape.FLAT, bar=_BAR),
        Series(figure="cold_s", label="after a kill, nothing cached", unit="s", shape=Shape.FLAT, bar=_BAR),
        Series(figure="wal_kib", label="write-ahead log at the kill", unit="KiB", is_drawn=False),
    ),
)


def _key() -> Key:
    """Return a key that rises with time, as clients make them."""
    return (time.time_ns() // _NS_PER_MS).to_bytes(6, "big") + secrets.token_bytes(KEY_BYTES - 6)


def _post(session: Session) -> Committed:
    return session.ask(Post(room=DEEP_ROOM, key=_key(), content=_TEXT), Committed)


def _first_ack_s(daemon: Daemon) -> float:
    """Start the daemon and return how long it takes until a post has been acknowledged."""
    began = time.perf_counter()
    daemon.start()
    session = Session.begin(daemon.url, Seat(0, 0).user)
    with session.sock:
        _post(session)
        return time.perf_counter() - began


def _wal(directory: Path) -> Path:
    return directory / "data" / "chatd.db-wal"


def _fill_log(daemon: Daemon) -> int:
    """Post until the write-ahead log is large. Returns its bytes."""
    session = Session.begin(daemon.url, Seat(0, 0).user)
    with session.sock:
        while (size := _wal(daemon.directory).stat().st_size) < WAL_BYTES:
            _post(session)
    return size


def _repeated(daemon: Daemon, starts: int, end: Callable[[], None]) -> float:
    """Return the median of several starts, each after `end` has ended the daemon that runs."""
    took: list[float] = []
    for _ in range(starts):
        end()
        took.append(_first_ack_s(daemon))
    return round(median(took), 3)


def _measured(daemon: Daemon, starts: int) -> Figures:
    logs: list[int] = []

    def kill() -> None:
        logs.append(_fill_log(daemon))
        daemon.kill()

    def kill_cold() -> None:
        kill()
        forget_cached(daemon.directory / "data")

    daemon.start()
    return {
        "clean_s": _repeated(daemon, starts, daemon.stop),
        "killed_s": _repeated(daemon, starts, kill),
        "cold_s": _repeated(daemon, starts, kill_cold),
        "wal_kib": round(median(logs) / 1024),
    }


def point(ground: Ground, entries: int) -> Figures:
    """Return the figures of one size. Raises NoSpace, StoreError, DaemonFailed, SetupFailed, ProtocolError, OSError."""
    with ground.shelf.lend(entries) as directory:
        daemon = Daemon(directory)
        try:
            return _measured(daemon, ground.starts)
        finally:
            daemon.kill()
