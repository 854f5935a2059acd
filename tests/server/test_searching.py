"""Searches show what history would show at that moment, and nothing else, whatever the index holds."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from attrs import Factory, define, evolve
from trio.testing import MockClock

from chatd.messages import Delete, Edit, Hide, History, Search
from chatd.server import searching
from chatd.server.config import Config
from chatd.storage.following import GetCommits
from chatd.storage.index import Find, Found
from chatd.storage.memory import MemoryStore
from chatd.storage.personal import GetHidden
from chatd.wire import content
from tests.house import EPOCH, open_house
from tests.memory_index import MemoryIndex
from tests.server.people import add, group, remove
from tests.server.races import overtaken
from tests.server.searches import fed, searched, seqs
from tests.server.stores import GatedStore
from tests.storage.scenes import erase


async def test_a_post_is_found_as_the_store_has_it(mock_clock: MockClock) -> None:
    async with open_house(index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        await ana.post(room, "green tea")
        await fed(house)
        [hit] = (await searched(ana, "tea")).hits
        [entry] = (await ana.ask(History(room=room, limit=1))).entries
        assert hit == entry
        assert house.daemon.core.metrics.searches == 1


async def test_what_was_acknowledged_before_a_current_search_is_found(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        await fed(house)
        store.hold_reads(GetCommits)
        await ana.post(room, "tea")
        request = await ana.send(Search(query="tea"))
        await house.rest()
        await house.sleep(1)
        assert (seqs(ana.reply(request)), ana.reply(request).current) == ([], False)
        request = await ana.send(Search(query="tea"))
        await house.rest()
        store.release_reads()
        await house.rest()
        assert (seqs(ana.reply(request)), ana.reply(request).current) == ([2], True)


async def test_a_stranger_finds_nothing_and_learns_nothing(mock_clock: MockClock) -> None:
    """Invariants A1 and A4: a room of others and one that never was are the same."""
    async with open_house(index=MemoryIndex()) as house:
        ana, eve = await house.enter("ana"), await house.enter("eve")
        room, own = await group(house, ana), await group(house, eve)
        await ana.post(room, "tea")
        await eve.post(own, "coffee")
        await fed(house)
        assert (await searched(eve, "tea")).hits == ()
        theirs, nowhere = [await eve.ask(Search(query="tea", room=each)) for each in (room, bytes(16))]
        assert theirs == nowhere
        assert theirs.code == "unknown_room"
        token = room + (2).to_bytes(8, "big")
        guesses = [await eve.ask(Search(query="tea", next=each)) for each in (token, bytes(24), b"\xff" * 24)]
        assert [guess.code for guess in guesses] == ["bad_request"] * 3
        assert guesses[0] == guesses[1] == guesses[2]


async def test_who_is_invited_finds_nothing_yet(mock_clock: MockClock) -> None:
    config = evolve(Config(data=Path("unused"), dev=True), add_members="invited")
    async with open_house(config, index=MemoryIndex()) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post(room, "tea")
        await fed(house)
        assert (await searched(bo, "tea")).hits == ()
        assert (await searched(bo, "tea", room=room)).hits == ()


async def test_who_left_finds_what_they_saw_and_who_returns_what_came_since(mock_clock: MockClock) -> None:
    """Invariant A2."""
    async with open_house(index=MemoryIndex()) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post(room, "tea one")
        await ana.ask(remove(house, room, "bo"))
        await ana.post(room, "tea two")
        await fed(house)
        assert seqs(await searched(bo, "tea")) == seqs(await searched(bo, "tea", room=room)) == [2]
        await ana.ask(add(house, room, "bo"))
        await ana.post(room, "tea three")
        await fed(house)
        assert seqs(await searched(bo, "tea")) == seqs(await searched(bo, "tea", room=room)) == [6]


@define(eq=False)
class GatedIndex(MemoryIndex):
    """Answers when it is released what it found when it was asked."""

    gate: trio.Event = Factory(trio.Event)

    async def find(self, find: Find, *, deadline_s: float) -> Found:
        found = await super().find(find, deadline_s=deadline_s)
        await self.gate.wait()
        return found


async def test_a_search_that_a_removal_overtakes_begins_again(mock_clock: MockClock) -> None:
    """What was found before, and may not be seen any more, is not shown."""
    index = GatedIndex()
    async with open_house(index=index) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post(room, "tea one")
        await fed(house)
        request = await bo.send(Search(query="tea"))
        await house.rest()
        await ana.ask(remove(house, room, "bo"))
        await ana.ask(add(house, room, "bo"))
        index.gate.set()
        await house.rest()
        assert bo.reply(request).hits == ()


async def test_a_search_that_an_erasure_overtakes_begins_again(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, index=MemoryIndex()) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post(room, "tea one")
        await ana.post(room, "tea two")
        await fed(house)
        reply = await overtaken(
            house, store, (ana, Delete(room=room, key=house.key(), seq=2)), (bo, Search(query="tea")), of=GetHidden
        )
        assert seqs(reply) == [3]


async def test_a_search_that_is_overtaken_again_and_again_is_told_to_come_later(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "ATTEMPTS_MAX", 0)
    async with open_house(index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        refusal = await ana.ask(Search(query="tea"))
        assert (refusal.code, refusal.after_ms) == ("busy", searching.AFTER_MS)


async def test_nothing_erased_is_shown_whatever_the_index_holds(mock_clock: MockClock) -> None:
    index, store = MemoryIndex(), MemoryStore(EPOCH)
    async with open_house(store=store, index=index) as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        for text in ("tea one", "tea two", "tea three"):
            await ana.post(room, text)
        await fed(house)
        await erase(store, room, 3)
        page = await searched(ana, "tea", limit=2)
        assert (seqs(page), page.more) == ([4], True)
        assert seqs(await searched(ana, "tea", next=page.next)) == [2]
        assert index.texts[room, 3].erased


async def test_an_edit_is_found_in_the_place_of_its_post(mock_clock: MockClock) -> None:
    async with open_house(index=MemoryIndex()) as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        await ana.post(room, "tea one")
        await ana.post(room, "tea two")
        await ana.ask(Edit(room=room, key=house.key(), seq=2, content=content.text("coffee and tea")))
        await fed(house)
        assert [(hit.kind, hit.seq, hit.target) for hit in (await searched(ana, "tea")).hits] == [
            ("post", 3, None),
            ("edit", 4, 2),
        ]
        await ana.ask(Delete(room=room, key=house.key(), seq=2))
        await fed(house)
        assert seqs(await searched(ana, "tea")) == [3]
        assert (await searched(ana, "coffee")).hits == ()


async def test_who_left_before_an_edit_does_not_find_it(mock_clock: MockClock) -> None:
    async with open_house(index=MemoryIndex()) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post(room, "tea")
        await ana.ask(remove(house, room, "bo"))
        await ana.ask(Edit(room=room, key=house.key(), seq=2, content=content.text("secret tea")))
        await fed(house)
        for query in ("secret", "tea"):
            assert (await searched(bo, query)).hits == ()
        assert seqs(await searched(ana, "secret")) == [4]


async def test_what_the_user_has_hidden_is_not_shown_to_them(mock_clock: MockClock) -> None:
    async with open_house(index=MemoryIndex()) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post(room, "tea")
        await bo.ask(Hide(room=room, key=house.key(), seq=2))
        await fed(house)
        assert (await searched(bo, "tea")).hits == ()
        assert seqs(await searched(ana, "tea")) == [2]


@pytest.mark.parametrize("hidden", [2, 3])
async def test_who_has_hidden_a_post_or_its_edit_does_not_find_what_it_says_now(
    mock_clock: MockClock, hidden: int
) -> None:
    async with open_house(index=MemoryIndex()) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post(room, "tea")
        await ana.ask(Edit(room=room, key=house.key(), seq=2, content=content.text("green tea")))
        await bo.ask(Hide(room=room, key=house.key(), seq=hidden))
        await fed(house)
        assert (await searched(bo, "green")).hits == ()
        assert seqs(await searched(ana, "green")) == [3]
