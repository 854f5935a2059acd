"""The commit: batches of posts through the journal to a SQLite store on a real file, fsync included."""

from __future__ import annotations

import os
import tempfile
import time
from functools import partial
from pathlib import Path

import trio

from benchmarks.micro.clock import Micro
from benchmarks.micro.stage import NotAccepted, Stage, open_stage
from chatd.storage import open_store

ROOMS = 200
MEMBERS = 5
SIZES = (1, 64, 512)
"""Posts in a batch."""


async def _commit_all(stage: Stage, size: int, loops: int) -> float:
    """Commit so many batches, one after the other, with the checkpoints that the journal makes between them."""
    core, batches = stage.daemon.core, stage.daemon.batches
    waiting = [stage.posts(size) for _ in range(loops)]
    began = time.perf_counter()
    for flights in waiting:
        for flight in flights:
            core.journal.submit_nowait(flight)
        batch = await batches.receive()
        if len(batch.flights) != size:
            raise NotAccepted(f"a batch of {size} was committed as one of {len(batch.flights)}")
        core.journal.delivered(batch.flights)
    return time.perf_counter() - began


async def commit(directory: Path, size: int, loops: int) -> float:
    """Return how long so many batches of `size` posts took in a new store in `directory`."""
    async with open_store(directory, new_epoch=os.urandom(16)) as store:
        stage = await open_stage(store, rooms=ROOMS, members=MEMBERS)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stage.daemon.core.journal.run)
            took_s = await _commit_all(stage, size, loops)
            stage.daemon.core.journal.stop()
        return took_s


def measure(size: int, loops: int) -> float:
    """Do the same in a directory that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="chatd-micro-") as directory:
        return trio.run(commit, Path(directory), size, loops)


MICROS = tuple(Micro(f"journal.post_in_batch_of_{size}", partial(measure, size), size) for size in SIZES)
