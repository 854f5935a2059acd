"""The delivery: a committed batch applied, encoded, answered and offered to outboxes that discard it."""

from __future__ import annotations

import os
import time
from functools import partial

import trio
from attrs import frozen

from benchmarks.micro.clock import Micro
from benchmarks.micro.stage import Stage, channel_of, open_stage
from chatd.storage.memory import MemoryStore


@frozen(kw_only=True)
class Shape:
    """What a batch is delivered to."""

    rooms: int
    members: int
    posts: int
    """In one batch, over all rooms in turn."""


SHAPES = {
    "fanout.64_posts_to_1_room_of_200": Shape(rooms=1, members=200, posts=64),
    "fanout.512_posts_to_200_rooms_of_5": Shape(rooms=200, members=5, posts=512),
}


async def open_rooms(shape: Shape) -> Stage:
    """Return a stage with the rooms of a shape, everybody in them with a session that listens."""
    return await open_stage(MemoryStore(os.urandom(16)), rooms=shape.rooms, members=shape.members)


async def deliver(stage: Stage, posts: int) -> float:
    """Return how long fanout took with one committed batch of so many posts."""
    batch = channel_of([await stage.commit(stage.posts(posts))])
    began = time.perf_counter()
    await stage.daemon.core.fanout.run(batch)
    return time.perf_counter() - began


async def _deliver_all(shape: Shape, loops: int) -> float:
    stage = await open_rooms(shape)
    took_s = 0.0
    for _ in range(loops):
        took_s += await deliver(stage, shape.posts)
    return took_s


def measure(shape: Shape, loops: int) -> float:
    """Deliver so many batches."""
    return trio.run(_deliver_all, shape, loops)


MICROS = tuple(Micro(name, partial(measure, shape)) for name, shape in SHAPES.items())
