"""`open_store` names the backends."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.storage import open_store
from chatd.storage.base import StoreError, StoreRefused
from chatd.storage.memory import MemoryStore
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import EPOCH, posts


async def test_memory_is_named_so() -> None:
    async with open_store("memory:", new_epoch=EPOCH) as store:
        assert isinstance(store, MemoryStore)
        assert store.epoch == EPOCH


@pytest.mark.parametrize("kind", [str, Path])
async def test_a_directory_holds_a_sqlite_file(tmp_path: Path, kind: type[str | Path]) -> None:
    async with open_store(kind(tmp_path / "data"), new_epoch=EPOCH) as store:
        assert isinstance(store, SqliteStore)
    assert (tmp_path / "data" / "chatd.db").is_file()


@pytest.mark.parametrize("place", ["memory:", "data"])
async def test_the_store_is_closed_in_the_end_whatever_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KeyError):
        async with open_store(place, new_epoch=EPOCH) as store:
            raise KeyError
    with pytest.raises(StoreError):
        await store.append(posts(1))


async def test_what_is_in_use_is_refused(tmp_path: Path) -> None:
    async with open_store(tmp_path, new_epoch=EPOCH):
        with pytest.raises(StoreRefused):
            async with open_store(tmp_path, new_epoch=EPOCH):
                pass
