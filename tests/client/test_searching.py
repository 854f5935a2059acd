from __future__ import annotations

import anyio
import pytest
from attrs import evolve

from chatd import messages
from chatd.messages import Search, SearchPage, Unfit
from chatd_client import Found
from tests.client.fakes import Network, on_both
from tests.client.scrolls import ROOM, Scroll
from tests.client.test_terminal import session

NEXT = bytes(range(24))


def page(*texts: str, more: bool = False, current: bool = True) -> SearchPage:
    hits = tuple(reversed(Scroll().says(*texts)))
    return SearchPage(hits=hits, more=more, current=current, next=NEXT if more else None)


@on_both
async def test_a_search_asks_for_what_it_is_told_and_returns_what_was_found() -> None:
    asked: list[messages.Command] = []
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()

        async def serve() -> None:
            asked.append(await peer.answer(page("one", "two", more=True)))

        tasks.start_soon(serve)
        found = await chat.search("on*", room=ROOM, sender="bo", before=9, after=3, following=NEXT, limit=2)
        assert asked == [Search(query="on*", room=ROOM, sender="bo", before=9, after=3, next=NEXT, limit=2)]
        assert [(hit.seq, hit.text, hit.mine) for hit in found.hits] == [(2, "two", False), (1, "one", False)]
        assert found == Found(hits=found.hits, more=True, following=NEXT, current=True)


@on_both
@pytest.mark.parametrize("query", ["", "*", "a*", "x" * 65, "ab " * 17])
async def test_what_no_server_takes_is_refused_at_once(query: str) -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow()
        with pytest.raises(Unfit):
            await chat.search(query)


@on_both
async def test_the_terminal_prints_what_is_found_the_newest_last() -> None:
    screen, commands = await session(
        [page("one tea", "two teas", more=True, current=False)], ("connected", "/search tea*"), ("not looked", "/quit")
    )
    assert isinstance(commands[0], Search)
    assert (commands[0].query, commands[0].room) == ("tea*", None)
    assert [text.partition(": ")[2] for text in screen.shown if "tea" in text] == ["one tea", "two teas"]
    assert screen.shown[-2:] == [
        "(there is more: search for more words)",
        "(some posts are not looked through yet)",
    ]


@on_both
async def test_the_terminal_says_where_nothing_was_found_or_the_query_is_none() -> None:
    screen, _ = await session(
        [evolve(page(), more=False)],
        ("connected", "/search *"),
        ("nothing to search for", "/search tea"),
        ("(nothing found", "/quit"),
    )
    assert "(nothing found)" in screen.shown
