"""Presence as an app meets it."""

from __future__ import annotations

import anyio

from chatd import messages
from chatd.codes import CloseCode
from chatd.messages import Committed, PresenceNews, Presences, Refused, WatchPresence
from chatd.model import Seen, Shown
from chatd_client import Presence
from tests.client.fakes import Network, on_both, until
from tests.client.scrolls import ROOM, SELF


@on_both
async def test_whom_to_let_know_is_said_with_a_key_and_acked() -> None:
    ack = Committed(room=SELF, seq=3, time=5)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.append(await peer.answer(ack))

        tasks.start_soon(serve)
        assert await chat.set_presence(Shown.CONTACTS) == ack
        assert isinstance(asked[0], messages.SetPresence)
        assert (asked[0].shown, len(asked[0].key)) == (Shown.CONTACTS, 16)


@on_both
async def test_a_watch_is_answered_and_goes_on_as_events() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.append(await peer.answer(Presences(seen={"bo": Seen.ONLINE})))
            await peer.send(PresenceNews(seen={"bo": Seen.RECENTLY}))

        tasks.start_soon(serve)
        assert await chat.watch_presence("bo", room=ROOM) == {"bo": Seen.ONLINE}
        assert asked == [WatchPresence(users=("bo",), room=ROOM)]
        *_, event = await until(chat, Presence)
        assert event == Presence({"bo": Seen.RECENTLY})


@on_both
async def test_a_new_connection_watches_again_and_tells_what_it_is_answered() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, Presences(seen={"bo": Seen.ONLINE}))
        await chat.watch_presence("bo")
        await peer.close(CloseCode.GOING_AWAY)
        again = await network.welcome()
        received = await again.until(WatchPresence)
        assert received.message == WatchPresence(users=("bo",))
        await again.reply(received, Refused(code="rate_limited", verdict="after_ms", after_ms=5))
        await again.send(PresenceNews(seen={"bo": Seen.WEEK}))
        *_, event = await until(chat, Presence)
        assert event == Presence({"bo": Seen.WEEK})


@on_both
async def test_who_watches_nobody_any_more_watches_nobody_again() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, Presences(seen={"bo": Seen.ONLINE}))
        await chat.watch_presence("bo")
        tasks.start_soon(peer.answer, Presences(seen={}))
        assert await chat.watch_presence() == {}
        assert chat._desk.watching is None
