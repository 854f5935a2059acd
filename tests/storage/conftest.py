from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from chatd.storage import open_store
from chatd.storage.base import Store
from chatd.storage.search import SearchIndex
from chatd.storage.sqlite import SqliteStore
from tests.storage.indexes import opened_in
from tests.storage.scenes import EPOCH


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Store, None]:
    """Every backend in turn, new and empty."""
    place = "memory:" if request.param == "memory" else tmp_path / "data"
    async with open_store(place, new_epoch=EPOCH) as opened:
        yield opened


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncGenerator[SqliteStore, None]:
    opened = await SqliteStore.open(tmp_path / "data", EPOCH)
    yield opened
    await opened.aclose()


@pytest.fixture
async def search(tmp_path: Path) -> AsyncGenerator[SearchIndex, None]:
    opened = await opened_in(tmp_path)
    yield opened
    await opened.aclose()
