from __future__ import annotations

import anyio

from chatd import messages
from chatd_client import CaughtUp, Entry, Receipts, Typing
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
        await peer.send(*[messages.IsTyping(room=ROOM, user=f"u{number}") for number in range(9)])
        await anyio.wait_all_tasks_blocked()
        scroll = Scroll(SELF)
        await peer.send(scroll.say("after"))
        told = await until(chat, Entry)
        assert 1 <= len(told) - 1 < 9
