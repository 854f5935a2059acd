"""A process that commits until it is killed: `crashing_writer.py DIR RUN` prints room and seq of what is on disk."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

import trio

from chatd.storage import open_store
from tests.storage.scenes import EPOCH, post, stored

ROOMS = [bytes([number]) * 16 for number in range(1, 6)]


async def write(directory: Path, run: int) -> None:
    async with open_store(directory, new_epoch=EPOCH) as store:
        for first in count(run * 1_000_000, 40):
            batch = [post(number, ROOMS[number % 5], body=bytes(number % 5000)) for number in range(first, first + 40)]
            lines = [f"{entry.room.hex()} {entry.seq}\n" for entry in stored(await store.append(batch))]
            # Only now, after append has returned: what is printed was promised.
            os.write(1, "".join(lines).encode())
            await store.checkpoint()


if __name__ == "__main__":
    trio.run(write, Path(sys.argv[1]), int(sys.argv[2]))
