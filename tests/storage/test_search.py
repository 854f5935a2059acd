"""The index's file: it is made anew whatever it holds, and what goes wrong is told."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from chatd import words
from chatd.storage.bridge import Bridge
from chatd.storage.index import NO_PROGRESS, IndexFailed, IndexSlow
from chatd.storage.search import SearchIndex
from tests.storage.indexes import asked, opened_in, posted, progress, put, seqs
from tests.storage.scenes import EPOCH
from tests.storage.test_sqlite import files_no_larger_than


async def test_nobody_else_may_read_it(search: SearchIndex) -> None:
    assert stat.S_IMODE(search.file.stat().st_mode) == 0o600


async def test_what_was_put_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    first = await opened_in(tmp_path)
    await put(first, posted(1, "tea"), place=3)
    await first.aclose()
    second = await opened_in(tmp_path)
    assert await second.begin(EPOCH) == progress(3)
    assert await seqs(second, "tea") == [1]
    await second.aclose()


FOREIGN = {
    "garbage": b"this is no database" * 1000,
    "nothing": b"",
}


@pytest.mark.parametrize("held", FOREIGN.values(), ids=FOREIGN)
async def test_what_is_no_index_is_replaced(tmp_path: Path, held: bytes) -> None:
    (tmp_path / "search.db").write_bytes(held)
    index = SearchIndex(tmp_path, Bridge())
    assert await index.begin(EPOCH) == NO_PROGRESS
    await put(index, posted(1, "tea"))
    assert await seqs(index, "tea") == [1]
    await index.aclose()


async def test_another_database_is_replaced(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "search.db") as foreign:
        foreign.execute("CREATE TABLE meta (epoch BLOB)")
    foreign.close()
    index = SearchIndex(tmp_path, Bridge())
    assert await index.begin(EPOCH) == NO_PROGRESS
    await index.aclose()


async def test_an_index_made_by_other_rules_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await opened_in(tmp_path)
    await put(first, posted(1, "tea"))
    await first.aclose()
    monkeypatch.setattr(words, "VERSION", "2 99.0.0")
    second = SearchIndex(tmp_path, Bridge())
    assert await second.begin(EPOCH) == NO_PROGRESS
    assert await seqs(second, "tea") == []
    await second.aclose()


def damage(file: Path, start: int) -> None:
    """Overwrite `file` from `start` to its end."""
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(start)
        opened.write(os.urandom(size - start))


async def a_damaged_index(directory: Path, start: int) -> SearchIndex:
    first = await opened_in(directory)
    await put(first, *[posted(seq, f"tea number {seq} and some more") for seq in range(1, 500)])
    await first.aclose()
    damage(first.file, start)
    return SearchIndex(directory, Bridge())


async def used(search: SearchIndex) -> None:
    await search.begin(EPOCH)
    await seqs(search, "tea number 7")
    await put(search, posted(500, "tea"))


async def test_damage_that_is_met_as_it_is_opened_is_replaced(tmp_path: Path) -> None:
    index = await a_damaged_index(tmp_path, 4096)
    assert await index.begin(EPOCH) == NO_PROGRESS
    assert await seqs(index, "tea") == []
    await index.aclose()


async def test_damage_that_is_met_later_is_told_and_begun_anew(tmp_path: Path) -> None:
    index = await a_damaged_index(tmp_path, 8 * 4096)
    with pytest.raises(IndexFailed) as failed:
        await used(index)
    assert failed.value.broken
    assert await index.begin(EPOCH, anew=True) == NO_PROGRESS
    await put(index, posted(1, "tea"))
    assert await seqs(index, "tea") == [1]
    await index.aclose()


async def test_a_search_beyond_its_deadline_is_given_up_alone(search: SearchIndex) -> None:
    await put(search, posted(1, "tea"))
    with pytest.raises(IndexSlow):
        await search.find(asked("tea"), deadline_s=-1)
    assert await seqs(search, "tea") == [1]


async def test_what_cannot_be_written_changes_nothing(search: SearchIndex) -> None:
    await put(search, posted(1, "tea"), place=1)
    with files_no_larger_than(64 * 1024), pytest.raises(IndexFailed) as failed:
        await put(search, *[posted(seq, "tea " * 2000) for seq in range(2, 60)], place=60)
    assert not failed.value.broken
    assert await search.begin(EPOCH) == progress(1)
    assert await seqs(search, "tea") == [1]


async def test_where_no_file_can_be_made_there_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "search.db").mkdir()
    index = SearchIndex(tmp_path, Bridge())
    with pytest.raises(IndexFailed):
        await index.begin(EPOCH)
    with pytest.raises(IndexFailed, match="not open"):
        await put(index, posted(1, "tea"))
    assert not index.untidy
    await index.aclose()
