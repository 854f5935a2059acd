"""Pages of hits fit their frames, and whatever a search cannot have is told of."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from trio.testing import MockClock

from chatd.limits import DEFAULTS
from chatd.messages import Search, SearchPage
from chatd.server import searching
from chatd.server.config import Config
from chatd.server.feeding import RETRY_S
from chatd.storage.base import StoreError
from chatd.storage.index import IndexFailed, IndexSlow
from tests.house import open_house
from tests.memory_index import MemoryIndex
from tests.server.people import group
from tests.server.searches import fed, searched, seqs
from tests.server.stores import GatedStore

LARGE = "tea " + "x" * 32_730


async def test_pages_of_large_posts_fit_their_frames_and_leave_nothing_out(mock_clock: MockClock) -> None:
    async with open_house(index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        for _ in range(4):
            await ana.post_on_disk(room, LARGE)
        await fed(house)
        page = await searched(ana, "tea")
        found = seqs(page)
        while page.more:
            page = await searched(ana, "tea", next=page.next)
            assert page.hits
            found += seqs(page)
        assert found == [5, 4, 3, 2]


async def test_many_hits_are_read_a_few_at_a_time(mock_clock: MockClock) -> None:
    async with open_house(index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        count = 2 * searching.HITS_A_READ + 1
        for number in range(count):
            await ana.post(room, f"tea {number}")
        await fed(house)
        assert len((await searched(ana, "tea", limit=1000)).hits) == count


async def test_no_more_hits_come_at_once_than_entries_of_a_page(mock_clock: MockClock) -> None:
    config = Config(data=Path("unused"), dev=True, limits=evolve(DEFAULTS, page_entries_max=2))
    async with open_house(config, index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        for _ in range(3):
            await ana.post(room, "tea")
        await fed(house)
        page = await searched(ana, "tea", limit=1000)
        assert (seqs(page), page.more) == ([4, 3], True)


async def test_a_server_that_does_not_search_says_so(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        assert (await ana.ask(Search(query="tea"))).code == "forbidden"


@pytest.mark.parametrize(("failure", "code"), [(IndexSlow("slow"), "busy"), (IndexFailed("no"), "internal")])
async def test_an_index_that_does_not_answer_is_told_of(mock_clock: MockClock, failure: IndexFailed, code: str) -> None:
    index = MemoryIndex()
    async with open_house(index=index) as house:
        ana = await house.enter("ana", follow=False)
        await fed(house)
        index.failures.append(failure)
        assert (await ana.ask(Search(query="tea"))).code == code
        assert len(index.begun) == 1
        await house.sleep(RETRY_S + 1)
        assert len(index.begun) == (1 if code == "busy" else 2)
        assert isinstance(await ana.ask(Search(query="tea")), SearchPage)


async def test_an_index_that_is_not_open_is_told_of(mock_clock: MockClock) -> None:
    index = MemoryIndex(failures=[IndexFailed("no")])
    async with open_house(index=index) as house:
        ana = await house.enter("ana", follow=False)
        request = await ana.send(Search(query="tea"))
        await house.rest()
        await house.sleep(1)
        assert ana.reply(request).code == "internal"


async def test_too_many_searches_are_told_to_come_later(mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SEARCHES_MAX", 1)
    store = GatedStore()
    async with open_house(store=store, index=MemoryIndex()) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await fed(house)
        store.hold_reads()
        request = await ana.send(Search(query="tea"))
        await house.rest()
        assert (await bo.ask(Search(query="tea"))).code == "busy"
        store.release_reads()
        await house.rest()
        assert isinstance(ana.reply(request), SearchPage)
        assert isinstance(await bo.ask(Search(query="tea")), SearchPage)


async def test_a_store_that_does_not_answer_is_told_of(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        await fed(house)
        store.read_error = StoreError("too slow")
        assert (await ana.ask(Search(query="tea"))).code == "internal"


async def test_operators_do_not_search(mock_clock: MockClock) -> None:
    async with open_house(index=MemoryIndex()) as house:
        operator = await house.connect(operators=True)
        await operator.hello("", scheme="operator")
        assert (await operator.ask(Search(query="tea"))).code == "forbidden"
