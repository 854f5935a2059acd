from __future__ import annotations

import anyio
import pytest

from chatd import messages
from chatd_client import CaughtUp, Emergency, Entry, Left, MemoryStore, Receipts, Summary, Typing
from tests.client.fakes import Network, on_both, texts, until
from tests.client.scrolls import ROOM, SELF, Scroll


@on_both
async def test_a_full_inbox_leaves_the_socket_alone_until_the_app_has_consumed() -> None:
    scroll = Scroll()
    async with Network(slack=0) as network, network.connect(buffer_bytes=2000) as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        sent: list[int] = []

        async def speak() -> None:
            for number in range(20):
                await peer.send(scroll.say(str(number)))
                sent.append(number)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(speak)
            await anyio.wait_all_tasks_blocked()
            assert 2 <= len(sent) <= 6
            assert await texts(chat, 20) == [str(number) for number in range(20)]


@on_both
async def test_past_the_limit_entries_are_left_for_later_and_none_is_lost() -> None:
    scroll = Scroll()
    async with Network() as network, anyio.create_task_group() as tasks, network.connect(buffer_bytes=2000) as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        waiting = chat.post_nowait(ROOM, "waits for its ack")
        received, _ = await peer.expect(messages.Post)
        await peer.send(*scroll.says(*map(str, range(40))))
        await peer.ack(received, seq=99)
        await waiting.acked()
        tasks.start_soon(peer.keep_subscribing, scroll)
        assert await texts(chat, 40) == [str(number) for number in range(40)]


@on_both
async def test_signals_are_told_and_give_way_when_there_is_no_room() -> None:
    async with Network() as network, network.connect(buffer_bytes=1600) as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        await peer.send(messages.IsTyping(room=ROOM, user="bo"), messages.Receipts(room=ROOM, read={"bo": 4}))
        assert [await chat.next_event() for _ in range(2)] == [Typing(ROOM, "bo"), Receipts(ROOM, {"bo": 4})]
        posts = (messages.PostSummary(seq=7, reactions={"+": 3}), messages.PostSummary(seq=8))
        polls = (messages.PollSummary(seq=9, votes=(2, 0), voters=2),)
        await peer.send(messages.Summary(room=ROOM, members=5, posts=posts, polls=polls))
        assert await chat.next_event() == Summary(ROOM, 5, {7: {"+": 3}, 8: {}}, {9: (2, 0)}, {9: 2})
        await peer.send(messages.ServerLevel(level=2))
        assert await chat.next_event() == Emergency(2)
        await peer.send(*[messages.IsTyping(room=ROOM, user=f"u{number}") for number in range(9)])
        await anyio.wait_all_tasks_blocked()
        scroll = Scroll(SELF)
        await peer.send(scroll.say("after"))
        told = await until(chat, Entry)
        assert 1 <= len(told) - 1 < 9


@on_both
async def test_an_event_that_is_given_back_comes_again_and_is_not_consumed() -> None:
    scroll, store = Scroll(), MemoryStore()
    scroll.says("one", "two")
    async with Network() as network:
        async with network.connect(store=store) as chat:
            await network.follow(scroll)
            assert await texts(chat, 2) == ["one", "two"]
            for _ in range(2):
                chat.give_back()
            assert await texts(chat, 1) == ["two"]
            chat.give_back()
        assert [cursor.seq for cursor in store.saved.cursors if cursor.room == ROOM] == [1]


@on_both
async def test_a_call_that_never_blocks_hands_out_what_has_come_and_then_nothing() -> None:
    async with Network() as network:
        async with network.connect() as chat:
            assert chat.next_event_nowait() is None
            await network.follow()
            await until(chat, CaughtUp)
            chat.give_back()
            assert [chat.next_event_nowait() for _ in range(2)] == [CaughtUp(), None]
        with pytest.raises(Left):
            chat.next_event_nowait()
