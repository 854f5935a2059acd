"""What a chat does with polls, on the wire."""

from __future__ import annotations

import anyio
import pytest

from chatd import messages
from chatd.messages import Committed, MessageState, Unfit, Voter, VotesPage
from tests.client.fakes import Network, on_both
from tests.client.scrolls import ROOM


@on_both
async def test_options_are_sent_in_their_order() -> None:
    ack = Committed(room=ROOM, seq=3, time=5)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.extend([await peer.answer(ack), await peer.answer(ack)])

        tasks.start_soon(serve)
        await chat.vote(ROOM, 2, 3, 0)
        await chat.vote(ROOM, 2)
        assert [each.options for each in asked if isinstance(each, messages.Vote)] == [(0, 3), ()]


@on_both
@pytest.mark.parametrize("options", [(1, 1), (-1,), (12,)])
async def test_a_place_that_no_poll_has_is_refused_at_once(options: tuple[int, ...]) -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow()
        with pytest.raises(Unfit, match=r"options: not ascending within 0\.\.11"):
            await chat.vote(ROOM, 2, *options)


@on_both
async def test_who_voted_comes_in_pages() -> None:
    page = VotesPage(room=ROOM, seq=2, votes=(Voter(user="bo", options=(1,)),), more=False)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, page)
        assert await chat.votes(ROOM, 2, after="ana", limit=1) == page


@on_both
async def test_a_page_of_history_tells_how_a_poll_stands() -> None:
    state = MessageState(seq=2, votes=(1, 0), voters=1, closed=True)
    page = messages.HistoryPage(
        room=ROOM, entries=(), hash=None, floor=1, head=3, more_before=False, more_after=False, messages=(state,)
    )
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, page)
        told = (await chat.history(ROOM)).messages[2]
        assert (told.votes, told.voters, told.closed) == ((1, 0), 1, True)
