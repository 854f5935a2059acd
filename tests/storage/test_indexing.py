"""How changes get into the index's file, and how every trace of what was erased gets out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.storage import indexing
from chatd.storage.index import Edited, Erased
from chatd.storage.search import SearchIndex
from tests.storage.indexes import opened_in, posted, put, seqs
from tests.storage.scenes import ROOM


def is_untidy(index: SearchIndex) -> bool:
    return index.untidy


def held_in(directory: Path) -> bytes:
    return b"".join([path.read_bytes() for path in directory.iterdir()])


@pytest.mark.parametrize("merge_pages", [1, 64])
async def test_no_trace_of_what_was_erased_stays_in_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, merge_pages: int
) -> None:
    monkeypatch.setattr(indexing, "MERGE_PAGES", merge_pages)
    index = await opened_in(tmp_path)
    for start in range(0, 600, 50):
        await put(index, *[posted(seq + 1, f"tea canary{seq}x number{seq}") for seq in range(start, start + 50)])
    await put(index, *[Erased(room=ROOM, seq=seq + 1) for seq in (0, 17, 333)])
    await put(index, posted(601, "canary601x"), Erased(room=ROOM, seq=601))
    while await index.tidy():
        pass
    assert [seq for seq in (0, 17, 333, 601) if f"canary{seq}x".encode() in held_in(tmp_path)] == []
    assert await seqs(index, "canary18x") == [19]
    assert len(await seqs(index, "tea", limit=1000)) == 597
    await index.aclose()


async def test_what_is_erased_while_clearing_away_is_cleared_away_the_next_time(
    search: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else clearing away would begin anew with each erasure, and never end."""
    monkeypatch.setattr(indexing, "MERGE_PAGES", 1)
    for start in range(0, 400, 20):
        await put(search, *[posted(seq + 1, f"tea number{seq}") for seq in range(start, start + 20)])
    await put(search, Erased(room=ROOM, seq=1))
    assert await search.tidy()
    await put(search, Erased(room=ROOM, seq=2))
    while await search.tidy():
        pass
    assert is_untidy(search)
    while await search.tidy():
        pass
    assert not is_untidy(search)
    assert b"number0" not in held_in(search.directory)
    assert b"number1 " not in held_in(search.directory)


async def test_what_is_edited_or_erased_at_once_never_gets_into_the_file(search: SearchIndex) -> None:
    await put(
        search,
        posted(1, "canary1x"),
        Edited(room=ROOM, seq=1, version=2, text="tea"),
        posted(3, "canary3x"),
        Erased(room=ROOM, seq=3),
    )
    assert not search.untidy
    assert b"canary" not in held_in(search.directory)
    assert await seqs(search, "tea") == [1]


async def test_whatever_a_sender_is_called_they_are_found_by(search: SearchIndex) -> None:
    names = ["ana", "Ana", 'a"b', "a*", "\u0130", "x" * 64, "李"]
    await put(search, *[posted(seq, "tea", sender=name) for seq, name in enumerate(names, 1)])
    for seq, name in enumerate(names, 1):
        assert await seqs(search, "tea", sender=name) == [seq]
