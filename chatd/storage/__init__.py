"""The disk: what was committed and can be read again. `open_store` is the only place that names backends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from chatd.storage.base import Store, StoreRefused
from chatd.storage.bridge import Bridge
from chatd.storage.index import Index
from chatd.storage.memory import MemoryStore
from chatd.storage.search import SearchIndex
from chatd.storage.sqlite import SqliteStore

MEMORY = "memory:"


@asynccontextmanager
async def open_store(place: str | Path, *, new_epoch: bytes) -> AsyncGenerator[Store, None]:
    """Open the store at `place` and close it in the end: `memory:`, or a directory for a SQLite file.

    `new_epoch`, 16 random bytes, becomes the epoch of a store that is made by this call. Raises StoreRefused when
    the data cannot be opened.
    """
    store: Store = MemoryStore(new_epoch) if place == MEMORY else await SqliteStore.open(Path(place), new_epoch)
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def open_index(directory: Path, *, wanted: bool) -> AsyncGenerator[Index | None, None]:
    """Return the index of the store in `directory`, for `begin` to open, and close it in the end.

    Where none is wanted, return None and leave none there: nobody would take out of it what is erased. Raises
    StoreRefused when that cannot be done.
    """
    index = SearchIndex(directory, Bridge())
    try:
        if not wanted:
            index.remove()
    except OSError as error:
        raise StoreRefused(f"{index.file}: {error.strerror}") from error
    try:
        yield index if wanted else None
    finally:
        await index.aclose()
