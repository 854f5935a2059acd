"""`open_store` names the backends, `open_index` the index beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.storage import open_index, open_store
from chatd.storage.base import StoreError, StoreRefused
from chatd.storage.index import IndexFailed
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


async def test_an_index_is_opened_beside_the_store_and_closed_in_the_end(tmp_path: Path) -> None:
    async with open_index(tmp_path, wanted=True) as index:
        assert index is not None
        await index.begin(EPOCH)
    assert (tmp_path / "search.db").exists()
    with pytest.raises(IndexFailed):
        await index.put([], None)


def left_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def test_where_no_index_is_wanted_none_is_left(tmp_path: Path) -> None:
    for name in ("search.db", "search.db-wal"):
        (tmp_path / name).write_bytes(b"words of others")
    async with open_index(tmp_path, wanted=False) as index:
        assert index is None
    assert left_in(tmp_path) == []


async def test_an_index_that_cannot_be_removed_refuses_the_start(tmp_path: Path) -> None:
    (tmp_path / "search.db").mkdir()
    with pytest.raises(StoreRefused, match=r"search\.db"):
        async with open_index(tmp_path, wanted=False):
            pass
