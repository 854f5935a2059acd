"""The contract of `chatd.storage.index`, over the reference and over the file; and that they agree."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from chatd import words
from chatd.storage.bridge import Bridge
from chatd.storage.index import NO_PROGRESS, Edited, Erased, Find, Hit, Index, IndexChange, Posted, Scope
from chatd.storage.search import SearchIndex
from tests.memory_index import MemoryIndex
from tests.storage.indexes import DEADLINE_S, find, posted, progress, put, seqs, whole
from tests.storage.scenes import EPOCH, OTHER, ROOM
from tests.test_words import FOUND, NOT_FOUND

THIRD = b"room-----------3"


@pytest.fixture(params=["memory", "file"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Index, None]:
    """Every backend in turn, begun and empty."""
    opened: Index = MemoryIndex() if request.param == "memory" else SearchIndex(tmp_path, Bridge())
    await opened.begin(EPOCH)
    yield opened
    await opened.aclose()


async def test_every_script_is_found_by_what_its_readers_type(index: Index) -> None:
    await put(index, *[posted(seq, text) for seq, (_, text) in enumerate(FOUND, 1)])
    for seq, (query, _) in enumerate(FOUND, 1):
        assert seq in await seqs(index, query)


async def test_nothing_is_found_by_what_is_not_there(index: Index) -> None:
    await put(index, *[posted(seq, text) for seq, (_, text) in enumerate(NOT_FOUND, 1)])
    for seq, (query, _) in enumerate(NOT_FOUND, 1):
        assert seq not in await seqs(index, query)


@pytest.mark.parametrize(
    "query",
    ['words : tea', "tea NOT milk", "tea OR milk", "{words} : tea", "^tea", "tea + milk", "NEAR(tea milk, 2)", "te*a",
     "'; DROP TABLE texts; --", 'tea"', '""tea""', "-tea", "texts MATCH 'tea'", "rowid:1", "tea\x00milk", "%", "tea)"],
)  # fmt: skip
async def test_no_sign_of_fts5_means_anything(index: Index, query: str) -> None:
    """Threat T19: a query is words, and what stands between them separates."""
    await put(index, posted(1, "tea milk"), posted(2, "tea"), posted(3, "words tea NOT milk OR near 2"))
    try:
        terms = words.terms(query)
    except words.BadQuery:
        return
    reference = MemoryIndex()
    await put(reference, posted(1, "tea milk"), posted(2, "tea"), posted(3, "words tea NOT milk OR near 2"))
    asking = Find(terms=terms, scopes=whole(), limit=9)
    assert await index.find(asking, deadline_s=DEADLINE_S) == await reference.find(asking, deadline_s=DEADLINE_S)


async def test_the_newest_commits_come_first_over_all_rooms(index: Index) -> None:
    await put(index, posted(1, "tea"), posted(1, "tea", OTHER), posted(2, "tea"), posted(2, "tea", OTHER))
    found = await find(index, "tea", scopes=whole(OTHER, ROOM))
    assert [(hit.room, hit.seq) for hit in found.hits] == [(OTHER, 2), (ROOM, 2), (OTHER, 1), (ROOM, 1)]
    assert not found.more


async def test_only_the_scopes_are_looked_at(index: Index) -> None:
    """Invariant A1: what a user may not see is not looked for."""
    await put(index, *[posted(seq, "tea") for seq in range(1, 6)], posted(1, "tea", OTHER))
    assert await seqs(index, "tea", scopes=(Scope(ROOM, 2, 4),)) == [4, 3, 2]
    assert await seqs(index, "tea", scopes=(Scope(ROOM, 6, 9),)) == []
    assert await seqs(index, "tea", scopes=(Scope(ROOM, 4, 3),)) == []
    assert await seqs(index, "tea", scopes=(Scope(THIRD, 1, 9),)) == []
    assert await seqs(index, "tea", scopes=()) == []


async def test_filters_narrow_what_is_found(index: Index) -> None:
    await put(index, *[posted(seq, "tea", sender="ana" if seq % 2 else "Bo:1 *") for seq in range(1, 7)])
    assert await seqs(index, "tea", sender="Bo:1 *") == [6, 4, 2]
    assert await seqs(index, "tea", sender="bo") == []
    assert await seqs(index, "tea", before=1003) == [2, 1]
    assert await seqs(index, "tea", after=1005) == [6, 5]
    assert await seqs(index, "tea", after=1002, before=1005, sender="ana") == [3]
    assert await seqs(index, "tea", before=1001) == []
    assert await seqs(index, "tea", after=1007) == []


async def test_posts_of_one_time_are_filtered_together(index: Index) -> None:
    await put(index, *[posted(seq, "tea", time=7 if 1 < seq < 5 else seq) for seq in range(1, 5)], posted(5, "tea"))
    assert await seqs(index, "tea", before=7) == [1]
    assert await seqs(index, "tea", after=7) == [5, 4, 3, 2]
    assert await seqs(index, "tea", after=7, before=8) == [4, 3, 2]


async def test_pages_follow_one_another_without_a_hole(index: Index) -> None:
    await put(index, *[posted(seq, "tea", room) for seq in range(1, 6) for room in (ROOM, OTHER, THIRD)])
    pages: list[Hit] = []
    below, more = None, True
    while more:
        found = await find(index, "tea", scopes=whole(THIRD, ROOM), below=below, limit=3)
        assert 0 < len(found.hits) <= 3
        pages += found.hits
        below, more = (pages[-1].room, pages[-1].seq), found.more
    assert [(hit.room, hit.seq) for hit in pages] == [(room, seq) for seq in range(5, 0, -1) for room in (THIRD, ROOM)]


async def test_a_page_may_begin_where_a_post_was_erased(index: Index) -> None:
    await put(index, *[posted(seq, "tea") for seq in range(1, 5)], Erased(room=ROOM, seq=3))
    assert await seqs(index, "tea", below=(ROOM, 3)) == [2, 1]


async def test_what_is_not_indexed_yet_comes_after_all_that_is(index: Index) -> None:
    """Changes come in the order of commits, so while an index is made anew a page may begin where nothing is yet."""
    await put(index, posted(1, "tea"), posted(2, "tea"))
    assert await seqs(index, "tea", below=(ROOM, 7)) == [2, 1]
    assert await seqs(index, "tea", below=(THIRD, 1)) == [2, 1]


async def test_an_edit_replaces_the_text(index: Index) -> None:
    await put(index, posted(1, "tea"), posted(2, "cake"))
    await put(index, Edited(room=ROOM, seq=1, version=3, text="coffee"))
    assert (await find(index, "coffee")).hits == (Hit(ROOM, 1, 3),)
    assert await seqs(index, "tea") == []
    await put(
        index, Edited(room=ROOM, seq=1, version=4, text="tea again"), Edited(room=ROOM, seq=1, version=5, text="x")
    )
    assert (await find(index, "x")).hits == (Hit(ROOM, 1, 5),)
    assert await seqs(index, "again") == []


async def test_an_edit_that_is_not_to_be_seen_is_not_found(index: Index) -> None:
    """Invariant A2: who left before the edit finds neither its words nor that it is there."""
    await put(index, posted(1, "tea"), posted(2, "tea"), Edited(room=ROOM, seq=1, version=3, text="tea and secrets"))
    assert await seqs(index, "secrets", scopes=(Scope(ROOM, 1, 2),)) == []
    assert await seqs(index, "tea", scopes=(Scope(ROOM, 1, 2),)) == [2]
    assert await seqs(index, "secrets", scopes=(Scope(ROOM, 1, 3),)) == [1]


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_is_erased_stays_erased(index: Index, at_once: bool) -> None:
    changes: list[IndexChange] = [
        posted(1, "tea"),
        Erased(room=ROOM, seq=1),
        Edited(room=ROOM, seq=1, version=3, text="tea"),
        posted(2, None),
        Edited(room=ROOM, seq=2, version=4, text="tea"),
        Erased(room=ROOM, seq=1),
        Erased(room=ROOM, seq=99),
        Edited(room=OTHER, seq=1, version=2, text="tea"),
    ]
    for part in [changes] if at_once else [[change] for change in changes]:
        await put(index, *part)
        assert at_once or part[0] == changes[0] or await seqs(index, "tea", scopes=whole(ROOM, OTHER)) == []
    assert await seqs(index, "tea", scopes=whole(ROOM, OTHER)) == []


async def test_a_post_without_words_has_its_place(index: Index) -> None:
    await put(index, posted(1, "tea"), posted(2, "..."), posted(3, "tea"))
    assert await seqs(index, "tea", below=(ROOM, 2)) == [1]
    await put(index, Edited(room=ROOM, seq=2, version=4, text="tea"))
    assert await seqs(index, "tea") == [3, 2, 1]


async def test_the_last_progress_is_known_when_it_is_begun_again(index: Index) -> None:
    assert await index.begin(EPOCH) == NO_PROGRESS
    await put(index, posted(1, "tea"), place=7)
    await index.put([posted(2, "tea")], None)
    assert await index.begin(EPOCH) == progress(7)
    assert await seqs(index, "tea") == [2, 1]


@pytest.mark.parametrize(("epoch", "anew"), [(EPOCH, True), (bytes(16), False)])
async def test_of_another_epoch_or_anew_it_begins_with_nothing(index: Index, epoch: bytes, anew: bool) -> None:
    await put(index, posted(1, "tea"))
    assert await index.begin(epoch, anew=anew) == NO_PROGRESS
    assert await seqs(index, "tea") == []
    await put(index, posted(1, "tea"))
    assert await seqs(index, "tea") == [1]


def is_untidy(index: Index) -> bool:
    return index.untidy


async def test_what_was_erased_is_cleared_away(index: Index) -> None:
    await put(index, posted(1, "tea"), posted(2, "cake"))
    assert not is_untidy(index)
    await put(index, Erased(room=ROOM, seq=1))
    assert is_untidy(index)
    while await index.tidy():
        assert is_untidy(index)
    assert not is_untidy(index)
    assert not await index.tidy()
    assert await seqs(index, "cake") == [2]


texts = st.lists(st.sampled_from(["tea", "teapot", "Te", "猫", "猫犬", "犬猫犬", "é", "😀"]), max_size=5).map(" ".join)
terms = st.sampled_from(["tea", "te*", "teap*", "猫", "犬猫", "猫犬", '"tea te"', "e", "😀", "tea 猫", '"tea 猫"'])
rooms = st.sampled_from([ROOM, OTHER, THIRD])
times = st.none() | st.integers(0, 12)
finds = st.builds(
    Find,
    terms=terms.map(words.terms),
    scopes=st.lists(
        st.builds(Scope, rooms, st.integers(1, 6), st.integers(0, 20)), max_size=3, unique_by=lambda s: s.room
    ).map(tuple),
    sender=st.none() | st.sampled_from(["ana", "bo"]),
    before=times,
    after=times,
    below=st.none() | st.tuples(rooms, st.integers(1, 8)),
    limit=st.integers(1, 5),
)
deeds = st.lists(
    st.tuples(st.sampled_from(["post", "post", "post", "gone", "edit", "erase"]), rooms, texts, st.integers(1, 8)),
    max_size=25,
)


def changes_of(steps: list[tuple[str, bytes, str, int]]) -> list[IndexChange]:
    """Return what a store would tell of: seqs without holes, times that never run back, targets that are there."""
    heads: dict[bytes, int] = {}
    changes: list[IndexChange] = []
    for number, (deed, room, text, target) in enumerate(steps):
        heads[room] = seq = heads.get(room, 0) + 1
        match deed:
            case "edit":
                changes.append(Edited(room=room, seq=target, version=max(seq, target + 1), text=text))
            case "erase":
                changes.append(Erased(room=room, seq=target))
            case _:
                sender = "ana" if number % 3 else "bo"
                said = None if deed == "gone" else text
                changes.append(Posted(room=room, seq=seq, sender=sender, time=number // 2, text=said))
    return changes


@pytest.mark.slow
@given(deeds=deeds, asked=st.lists(finds, max_size=8), chunk=st.integers(1, 9))
@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
async def test_the_file_finds_what_the_reference_finds(
    deeds: list[tuple[str, bytes, str, int]], asked: list[Find], chunk: int
) -> None:
    changes, reference = changes_of(deeds), MemoryIndex()
    with tempfile.TemporaryDirectory() as directory:
        index = SearchIndex(Path(directory), Bridge())
        await index.begin(EPOCH)
        try:
            for start in range(0, len(changes), chunk):
                for each in (index, reference):
                    await put(each, *changes[start : start + chunk], place=start + 1)
                for find_ in asked:
                    expected = await reference.find(find_, deadline_s=DEADLINE_S)
                    assert await index.find(find_, deadline_s=DEADLINE_S) == expected
                if start % 3 == 0:
                    await index.tidy()
        finally:
            await index.aclose()
