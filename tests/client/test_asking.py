"""What every command goes through before it is under way: what could not be sent is refused to who asks for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from chatd.messages import Committed, Unfit
from chatd_client import Chat, Permission
from tests.client.fakes import Network, on_both
from tests.client.scrolls import ROOM

HALF = "half a pair \ud800"

UNSENDABLE: list[Callable[[Chat], Awaitable[object]]] = [
    lambda chat: chat.search(HALF),
    lambda chat: chat.ban(ROOM, "bo", reason=HALF),
    lambda chat: chat.set_profile(name=HALF),
    lambda chat: chat.find(HALF),
    lambda chat: chat.report("spam", user="bo", text=HALF),
    lambda chat: chat.set_filter(ROOM, words=[HALF]),
    lambda chat: chat.set_gates(ROOM, requires={"region": [HALF]}),
    lambda chat: chat.restrict(ROOM, "bo", *[Permission.POST] * 2000),
]

NO_ROOM: list[Callable[[Chat, bytes], object]] = [
    Chat.follow,
    Chat.watch,
    lambda chat, room: chat.set_draft(room, "hello"),
]


@on_both
@pytest.mark.parametrize("ask", UNSENDABLE)
async def test_what_no_frame_holds_is_refused_to_who_asks_and_the_chat_goes_on(
    ask: Callable[[Chat], Awaitable[object]],
) -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        with pytest.raises(Unfit):
            await ask(chat)
        tasks.start_soon(peer.answer, Committed(room=ROOM, seq=1, time=1))
        assert (await chat.set_title(ROOM, "good")).seq == 1


@on_both
@pytest.mark.parametrize("room", [b"", b"r" * 15, b"r" * 17, "r" * 16])
@pytest.mark.parametrize("name", NO_ROOM)
async def test_what_never_blocks_takes_no_room_that_there_cannot_be(
    name: Callable[[Chat, bytes], object], room: bytes
) -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        with pytest.raises(Unfit, match="room"):
            name(chat, room)
        tasks.start_soon(peer.answer, Committed(room=ROOM, seq=1, time=1))
        assert (await chat.set_title(ROOM, "good")).seq == 1


@on_both
@pytest.mark.parametrize("latest", [-1, 101])
async def test_a_stream_begins_with_no_more_than_a_server_skips_ahead_to(latest: int) -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow()
        with pytest.raises(Unfit, match="latest"):
            chat.watch(ROOM, latest=latest)
        chat.watch(ROOM, latest=100)
        assert chat._desk.follower.watches(ROOM)


@on_both
async def test_a_token_that_is_no_utf_8_is_refused_before_there_is_a_connection() -> None:
    async with Network() as network:
        with pytest.raises(Unfit, match="credential"):
            network.connect(user=None, token="\udcff")
