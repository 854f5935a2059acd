"""The methods about live rooms: watched by the library over every reconnect, until somebody says otherwise."""

from __future__ import annotations

import anyio
import pytest
from attrs import evolve

from chatd import messages
from chatd.chain import short
from chatd.messages import Committed, Done, Post, Refused as RefusedReply, Subscribed, Watch
from chatd.model import RoomKind
from chatd.rights import Archive
from chatd_client import CaughtUp, Cheers, Entry, Gap, Refused, Unwatched, Watchers
from tests.client.fakes import EPOCH, Network, Peer, on_both, texts, until
from tests.client.scrolls import ROOM, Scroll

ACK = Committed(room=ROOM, seq=3, time=5)


async def let_watch(peer: Peer, scroll: Scroll, watchers: int = 7) -> Watch:
    """Answer one watch in full."""
    received, watch = await peer.expect(Watch)
    sync = evolve(scroll.sync(watch.seq), kind=RoomKind.LIVE, state=None, role=None, watchers=watchers)
    await peer.reply(received, Subscribed(rooms=(sync,)))
    await peer.send(*scroll.entries[watch.seq :], messages.CaughtUp(request=received.request))
    return watch


@on_both
async def test_a_live_room_is_watched_from_its_latest_entries_and_goes_on() -> None:
    scroll = Scroll()
    scroll.says("one", "two")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        chat.watch(ROOM, latest=20)
        chat.watch(ROOM)
        watch = await let_watch(peer, scroll)
        assert (watch.room, watch.epoch, watch.seq, watch.h8, watch.latest) == (
            ROOM, EPOCH, 0, short(scroll.hashes[0]), 20,
        )  # fmt: skip
        await peer.send(scroll.say("three"))
        assert await texts(chat, 3) == ["one", "two", "three"]
        info = chat.room(ROOM)
        assert (info.kind, info.watchers, info.ended) == (RoomKind.LIVE, 7, None)


@on_both
async def test_it_is_watched_again_from_the_cursor_after_a_pause_and_on_a_new_connection() -> None:
    scroll = Scroll()
    scroll.says("one", "two")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        chat.watch(ROOM)
        await let_watch(peer, scroll)
        await until(chat, Entry)
        await chat.next_event()
        await peer.send(messages.Paused(reason="slow"))
        await peer.subscribe(Scroll(chat._desk.room))
        watch = await let_watch(peer, scroll)
        assert (watch.seq, watch.h8, watch.latest) == (2, short(scroll.hashes[2]), None)
        await peer.stream.aclose()
        again = await network.welcome()
        await again.subscribe(Scroll(chat._desk.room))
        assert (await let_watch(again, scroll)).seq == 2


@on_both
@pytest.mark.parametrize("code", ["ended", "forbidden", "unknown_room", "room_full"])
async def test_a_room_that_must_not_be_watched_is_followed_no_more(code: str) -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        chat.watch(ROOM)
        received, _ = await peer.expect(Watch)
        await peer.reply(received, RefusedReply(code=code, verdict="never"))
        assert await chat.next_event() == Unwatched(ROOM, code)
        assert not chat._desk.follower.follows(ROOM)


@on_both
async def test_a_refusal_for_now_alone_is_asked_again() -> None:
    scroll = Scroll()
    scroll.say("one")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        chat.watch(ROOM)
        received, _ = await peer.expect(Watch)
        await peer.reply(received, RefusedReply(code="busy", verdict="after_ms", after_ms=0))
        await let_watch(peer, scroll)
        assert await texts(chat, 1) == ["one"]


@on_both
async def test_what_passes_is_told_and_the_server_may_end_it() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        chat.watch(ROOM)
        await let_watch(peer, scroll)
        await peer.send(
            messages.Cheers(room=ROOM, cheers={"+": 3}),
            messages.Watchers(room=ROOM, count=120),
            messages.Unwatched(room=ROOM, reason="ended"),
        )
        told = await until(chat, Unwatched)
        assert [each for each in told if not isinstance(each, CaughtUp)] == [
            Cheers(ROOM, {"+": 3}), Watchers(ROOM, 120), Unwatched(ROOM, "ended"),
        ]  # fmt: skip
        assert chat.room(ROOM).watchers == 120
        assert not chat._desk.follower.follows(ROOM)


@on_both
async def test_who_watches_no_more_hears_no_more_whatever_the_server_says_of_it() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        await until(chat, CaughtUp)
        chat.watch(ROOM)
        await let_watch(peer, scroll)
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.append(await peer.answer(RefusedReply(code="unchanged", verdict="never")))
            await peer.send(scroll.say("late"))

        tasks.start_soon(serve)
        await chat.unwatch(ROOM)
        await chat.unwatch(ROOM)
        assert asked == [messages.Unwatch(room=ROOM)]
        assert chat.next_event_nowait() is None or not chat._desk.follower.follows(ROOM)


@on_both
async def test_another_refusal_of_unwatching_is_raised() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        chat.watch(ROOM)
        await let_watch(peer, Scroll())
        tasks.start_soon(peer.answer, RefusedReply(code="rate_limited", verdict="never"))
        with pytest.raises(Refused, match="rate_limited"):
            await chat.unwatch(ROOM)


@on_both
async def test_a_cheer_and_an_end_are_asked_for_as_they_were_given() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.extend([await peer.answer(reply) for reply in (Done(), ACK, ACK)])

        tasks.start_soon(serve)
        await chat.cheer(ROOM, "+", 99)
        assert await chat.end_stream(ROOM, Archive.STAFF) == ACK
        await chat.set_settings(ROOM, keep=500)
        cheer, end, settings = asked
        assert cheer == messages.Cheer(room=ROOM, emoji="+", count=20)
        assert isinstance(end, messages.End)
        assert end.archive == Archive.STAFF
        assert isinstance(settings, messages.SetSettings)
        assert settings.keep == 500


@on_both
async def test_offline_a_cheer_is_dropped() -> None:
    async with Network(refusals=1_000) as network, network.connect() as chat:
        await chat.cheer(ROOM, "+")
        assert network.dialled >= 0


@on_both
async def test_who_watches_marks_nothing_as_read_by_posting() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        chat.watch(ROOM)
        await let_watch(peer, scroll)
        sending = chat.post_nowait(ROOM, "hello")
        received, _ = await peer.expect(Post)
        await peer.ack(received, 1)
        await sending.acked()
        assert chat._desk.marks == {}


@on_both
async def test_what_has_expired_is_a_gap_with_its_reason() -> None:
    scroll = Scroll()
    scroll.says(*"abcd")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        chat.watch(ROOM)
        received, _ = await peer.expect(Watch)
        await peer.reply(received, Subscribed(rooms=(evolve(scroll.sync(3), kind=RoomKind.LIVE),)))
        await peer.send(scroll.gap(1, 3, "expired"), scroll.entries[3])
        assert await chat.next_event() == Gap(ROOM, 1, 3, "expired")
