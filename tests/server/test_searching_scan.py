"""A search finds what going through all of history finds, whatever happened in the rooms."""

from __future__ import annotations

import random

import pytest
from trio.testing import MockClock

from chatd import words
from chatd.messages import Delete, Edit, Entered, History, Post
from chatd.model import RoomId
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.memory_index import MemoryIndex, has
from tests.server.people import add, direct, group, remove
from tests.server.searches import fed, searched, seqs

TEXTS = ("tea", "green tea", "Teapot", "お茶を飲む", "茶", "чай", "ЧАЙ и мед", "thé", "tea 😀", "nothing")
QUERIES = ("tea", "te*", "teap*", "茶", "お茶", "чай", "the", "😀", '"green tea"', "tea 😀")


async def history(peer: Peer, room: RoomId) -> list[Entered]:
    """Return all of `room` that the user may see."""
    entries: list[Entered] = []
    more = True
    while more:
        page = await peer.ask(History(room=room, after=entries[-1].seq if entries else 0))
        if not hasattr(page, "entries"):
            return []
        entries += page.entries
        more = page.more_after
    return entries


def naive(seen: list[Entered], everything: list[Entered], query: str) -> list[int]:
    """Return the seqs of the entries that a search must show, newest post first, by going through them all."""
    found: list[tuple[int, int]] = []
    visible = {entry.seq: entry for entry in seen}
    for post in seen:
        edits = [entry.seq for entry in everything if entry.kind == "edit" and entry.target == post.seq]
        newest = visible.get(max([post.seq, *edits]))
        if post.kind != "post" or post.body is None or newest is None or newest.body is None:
            continue
        said = words.words(content.parse(newest.body).text)
        if all(has(said, term) for term in words.terms(query)):
            found.append((post.seq, newest.seq))
    return [seq for _, seq in sorted(found, reverse=True)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
async def test_a_search_finds_what_going_through_all_of_history_finds(mock_clock: MockClock, seed: int) -> None:
    chance = random.Random(seed)
    async with open_house(index=MemoryIndex(), seed=seed) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        rooms = [await group(house, ana, bo), await group(house, ana), await direct(house, ana, bo)]
        for _ in range(40):
            await _something(house, chance, ana, bo, rooms)
        await fed(house)
        for peer in (ana, bo):
            for room in rooms:
                seen, everything = await history(peer, room), await history(ana, room)
                for query in QUERIES:
                    if seen:
                        page = await searched(peer, query, room=room, limit=100)
                        assert (seqs(page), page.current) == (naive(seen, everything, query), True)
            for query in QUERIES:
                in_rooms = [
                    seq for room in rooms for seq in naive(await history(peer, room), await history(ana, room), query)
                ]
                assert sorted(seqs(await searched(peer, query, limit=100))) == sorted(in_rooms)


async def _something(house: House, chance: random.Random, ana: Peer, bo: Peer, rooms: list[RoomId]) -> None:
    peer, room, text = chance.choice((ana, bo)), chance.choice(rooms), content.text(chance.choice(TEXTS))
    seq, key = chance.randrange(1, 12), house.key()
    match chance.randrange(8):
        case 0:
            await ana.ask(remove(house, room, "bo"))
        case 1:
            await ana.ask(add(house, room, "bo"))
        case 2:
            await peer.ask(Delete(room=room, key=key, seq=seq))
        case 3:
            await peer.ask(Edit(room=room, key=key, seq=seq, content=text))
        case _:
            await peer.ask(Post(room=room, key=key, content=text))
