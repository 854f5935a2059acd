"""How a daemon is made to die at a place, or to find its disk full, from within its own process."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from attrs import asdict, define, frozen

from chatd.storage.base import StoreFull
from tests.crash.failpoints import BY_NAME, Failpoint, Moment, Phase, locate

BATCH = "chatd.storage.writing:Writer.append"
RECOVERY = "chatd.server.recovery:Recovery.failed"


@frozen(kw_only=True)
class Orders:
    """What is to happen to a daemon that is about to start."""

    point: str = ""
    """The name of a failpoint; empty for none."""
    call: int = 1
    """It strikes at this call of the place."""
    delay_ms: float = 0.0
    full_batch: int = 0
    """The batch that finds the disk full; 0 for none."""
    full_though_stored: bool = False
    """That batch is on disk, and the daemon is told that it failed: nobody can know from the error (D8)."""
    plant: str = ""
    """The name of a planted bug (`tests.crash.plants`); empty for none."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Orders:
        return cls(**json.loads(text))


NO_ORDERS = Orders()


def die() -> None:
    """End this process as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


@define(eq=False)
class Trigger:
    calls_left: int
    counts: bool = True

    def is_due(self) -> bool:
        """Count a call. Return whether it is the one."""
        self.calls_left -= self.counts
        return self.counts and self.calls_left == 0


def wrap(place: str, hooked: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put what `hooked` makes of the function at `place` there instead."""
    owner, name = locate(place)
    original = getattr(owner, name)
    setattr(owner, name, wraps(original)(hooked(original)))


def arm(point: Failpoint, trigger: Trigger, delay_s: float) -> None:
    """Make this process die at `point` when `trigger` is due."""
    for place, value in point.settings:
        owner, name = locate(place)
        setattr(owner, name, value)

    def hooked(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            due = trigger.is_due()
            if due and point.moment is Moment.BEFORE:
                die()
            if due and point.moment is Moment.DURING:
                threading.Timer(delay_s, die).start()
            result = original(*arguments, **named)
            if due and point.moment is Moment.AFTER:
                die()
            return result

        return call

    wrap(point.place, hooked)


def fill_disk(batch: int, *, though_stored: bool) -> None:
    """Let the batch of that number, or one soon after it, fail as on a full disk; after that there is space again.

    It is SQLite's own error: the database may grow no further until it is opened again. With `though_stored` the
    batch is committed first, and then told to have failed.
    """
    trigger = Trigger(batch)

    def hooked(original: Callable[..., Any]) -> Callable[..., Any]:
        def append(writer: Any, items: Any) -> Any:
            due = trigger.is_due()
            if due and not though_stored:
                connection: sqlite3.Connection = writer._connection
                connection.execute("PRAGMA max_page_count = 1").fetchall()
            appended = original(writer, items)
            if due and though_stored:
                writer.usable = False
                raise StoreFull("told to be full")
            return appended

        return append

    wrap(BATCH, hooked)


def count_from_recovery(trigger: Trigger) -> None:
    """Let `trigger` count the calls that come after the beginning of a recovery."""
    trigger.counts = False

    def hooked(original: Callable[..., Any]) -> Callable[..., Any]:
        def failed(*arguments: Any) -> Any:
            trigger.counts = True
            return original(*arguments)

        return failed

    wrap(RECOVERY, hooked)


def carry_out(orders: Orders) -> None:
    """Prepare this process, before the daemon is started in it."""
    if orders.full_batch:
        fill_disk(orders.full_batch, though_stored=orders.full_though_stored)
    if orders.point:
        point = BY_NAME[orders.point]
        trigger = Trigger(orders.call)
        if point.phase is Phase.RECOVERY:
            count_from_recovery(trigger)
        arm(point, trigger, orders.delay_ms / 1000)
