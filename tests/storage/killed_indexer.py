"""A process that feeds an index until it is killed: `killed_indexer.py DIR` prints the place of what it has put."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import trio

from chatd.storage.bridge import Bridge
from chatd.storage.index import Edited, Erased, IndexChange
from chatd.storage.search import SearchIndex
from tests.storage.indexes import posted, progress
from tests.storage.scenes import EPOCH, OTHER, ROOM

CHANGES = 4_000
SLICE = 40


def change(number: int) -> IndexChange:
    """Return change NUMBER of a store, counted from 1: mostly posts, some of which are edited or erased later."""
    room, seq = (ROOM, OTHER)[number % 2], (number + 1) // 2
    earlier = max(1, seq - 30)
    if number % 13 == 0:
        return Edited(room=room, seq=earlier, version=seq, text=f"edited number{number} tea")
    if number % 17 == 0:
        return Erased(room=room, seq=earlier)
    return posted(seq, f"number{number} tea {'word ' * (number % 50)}", room, sender="ana" if number % 3 else "bo")


async def feed(directory: Path) -> None:
    index = SearchIndex(directory, Bridge())
    place = (await index.begin(EPOCH)).place
    while place < CHANGES:
        await index.put([change(number) for number in range(place + 1, place + SLICE + 1)], progress(place + SLICE))
        place += SLICE
        os.write(1, f"{place}\n".encode())
        await index.tidy()
    await index.aclose()


if __name__ == "__main__":
    trio.run(feed, Path(sys.argv[1]))
