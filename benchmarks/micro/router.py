"""The decision: a keyed post, judged in a group that is in memory."""

from __future__ import annotations

import os
import time

import trio

from benchmarks.micro.clock import Micro
from benchmarks.micro.stage import CONTENT, REQUEST, Stage, accepted, open_stage
from chatd.messages import Post
from chatd.rooms.effects import NOTHING_LOADED, InFlight
from chatd.storage.memory import MemoryStore
from chatd.wire import codec

MEMBERS = 5
IN_FLIGHT = 512
"""Posts judged before those before them settle: a batch under load."""
_TURN_MS = 1000


async def open_group() -> Stage:
    """Return a stage with one group."""
    return await open_stage(MemoryStore(os.urandom(16)), rooms=1, members=MEMBERS)


def judge(stage: Stage, number: int) -> tuple[float, list[InFlight]]:
    """Let the owner of the group post so often. Returns the seconds and what is in flight then.

    Raises NotAccepted if a post was refused.
    """
    stage.now_ms += _TURN_MS
    [(room, members)] = stage.rooms.items()
    posts = [Post(room=room, key=stage.key(), content=CONTENT) for _ in range(number)]
    commands = [(post, codec.digest(post)) for post in posts]
    handle, owner, now = stage.daemon.core.router.handle, members[0], stage.now_ms
    began = time.perf_counter()
    decided = [handle(owner, REQUEST, post, digest, NOTHING_LOADED, now) for post, digest in commands]
    took_s = time.perf_counter() - began
    return took_s, [accepted(effects) for effects in decided]


def measure(loops: int) -> float:
    """Judge so many posts, `IN_FLIGHT` at a time."""
    stage = trio.run(open_group)
    took_s = 0.0
    for begun in range(0, loops, IN_FLIGHT):
        seconds, flights = judge(stage, min(IN_FLIGHT, loops - begun))
        took_s += seconds
        for flight in flights:
            stage.daemon.core.registry.settle(flight)
    return took_s


MICROS = (Micro("router.handle_post", measure),)
