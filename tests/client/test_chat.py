from __future__ import annotations

import anyio
import pytest

from chatd.codes import CloseCode
from chatd.limits import DEFAULTS
from chatd.messages import GoingAway, Greeting, Post
from chatd_client import (
    CaughtUp,
    Closed,
    Connected,
    Disconnected,
    Entry,
    Left,
    ProtocolViolation,
    connect,
)
from tests.client.fakes import EPOCH, Network, on_both, on_mock_clock, texts, until
from tests.client.scrolls import OTHER, ROOM, SELF, Scroll, self_entry


@on_both
async def test_a_chat_tells_its_rooms_and_then_what_happens_in_them() -> None:
    scroll = Scroll()
    scroll.says("one", "two")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        told = await until(chat, CaughtUp)
        assert told[0] == Connected("ana", SELF)
        assert [(each.seq, each.text) for each in told if isinstance(each, Entry)] == [(1, "one"), (2, "two")]
        await peer.send(scroll.say("three"))
        assert await texts(chat, 1) == ["three"]


@on_both
async def test_the_hello_says_who_connects_and_from_which_device() -> None:
    async with Network() as network, network.connect(user=None, token="secret", device="phone"):
        peer = await network.welcome()
        assert (peer.hello.scheme, peer.hello.credential, peer.hello.device) == ("token", "secret", "phone")


@on_both
async def test_a_chat_that_need_not_follow_subscribes_to_its_self_room_alone() -> None:
    async with Network() as network, network.connect(follow=False) as chat:
        peer = await network.welcome()
        subscribe = await peer.subscribe(Scroll(SELF))
        assert subscribe.rooms[::3] == (SELF,)
        await peer.send(Scroll().say("of a room that nobody asked for"))
        await until(chat, CaughtUp)
        chat.follow(ROOM)
        assert (await peer.subscribe(Scroll())).rooms[::3] == (ROOM,)


@on_both
async def test_a_room_learnt_from_the_self_room_is_followed() -> None:
    scroll, own = Scroll(OTHER), Scroll(SELF)
    scroll.says("welcome")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(own)
        await peer.send(self_entry(own, OTHER, "new"))
        await peer.subscribe(scroll)
        assert "welcome" in await texts(chat, 2)
        assert chat.room(OTHER).title == "friends"


@on_both
async def test_a_lost_connection_is_made_again_and_the_rooms_go_on_from_their_cursors() -> None:
    scroll = Scroll()
    scroll.says("one")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        await peer.stream.aclose()
        scroll.say("two")
        again = await network.welcome()
        subscribe = await again.subscribe(Scroll(SELF), scroll)
        assert subscribe.rooms[3:] == (ROOM, 1, scroll.hashes[1][:8])
        told = await until(chat, CaughtUp)
        assert isinstance(told[0], Disconnected)
        assert [each.text for each in told if isinstance(each, Entry)] == ["two"]


@on_both
async def test_nobody_listening_is_told_and_tried_again() -> None:
    async with Network(refusals=3) as network, network.connect() as chat:
        told = await chat.next_event()
        assert isinstance(told, Disconnected)
        assert "nobody is listening" in told.reason
        await network.welcome()
        assert (await chat.connected()).user == "ana"
        assert network.dialled == 4


@on_mock_clock
async def test_the_waits_between_attempts_grow_and_a_caught_up_connection_ends_their_growth() -> None:
    from tests.client.fakes import calm

    async with Network(refusals=3) as network, network.connect(sources=calm(0.5)) as chat:
        waits = []
        for _ in range(3):
            told = await chat.next_event()
            assert isinstance(told, Disconnected)
            waits.append(told.retry_s)
        assert waits == [0.25, 0.5, 1.0]
        peer = await network.follow()
        await until(chat, CaughtUp)
        await peer.stream.aclose()
        told = await chat.next_event()
        assert isinstance(told, Disconnected)
        assert told.retry_s == 0.25


@on_both
@pytest.mark.parametrize("code", [code for code in CloseCode if code >= 1500])
async def test_a_final_close_code_ends_the_chat(code: CloseCode) -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.close(code, "no more")
        with pytest.raises(Closed, match="no more") as raised:
            await until(chat, CaughtUp)
        assert raised.value.code == code
        with pytest.raises(Closed):
            await chat.post(ROOM, "too late")
        with pytest.raises(Closed):
            await chat.connected()


@on_both
@pytest.mark.parametrize("code", [*(code for code in CloseCode if code < 1500), 1499])
async def test_any_other_close_code_brings_the_chat_back(code: int) -> None:
    async with Network() as network, network.connect():
        peer = await network.welcome()
        await peer.close(code)
        await network.welcome()
        assert network.dialled == 2


@on_both
async def test_a_close_instead_of_a_welcome_says_why() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        await peer.send(Greeting(versions=(1,), epoch=EPOCH, time=0, limits=DEFAULTS))
        await peer.event()
        await peer.close(CloseCode.UNAUTHENTICATED)
        with pytest.raises(Closed, match="1503"):
            await chat.connected()


@on_both
async def test_a_close_instead_of_a_greeting_is_heard() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        await peer.close(CloseCode.TOO_MANY_CONNECTIONS, "full", after_ms=1)
        told = await chat.next_event()
        assert told == Disconnected("full", 0.001)


@on_both
async def test_a_server_of_another_version_ends_the_chat() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        await peer.send(Greeting(versions=(2,), epoch=EPOCH, time=0, limits=DEFAULTS))
        with pytest.raises(ProtocolViolation, match="version"):
            await chat.connected()


@on_both
async def test_bytes_that_are_no_frame_end_the_chat() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        await peer.stream.send(b"\0\0\0\0HTTP/1.1 400")
        with pytest.raises(ProtocolViolation):
            await chat.connected()


@on_both
async def test_a_server_that_goes_away_is_left_when_nothing_is_in_flight() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        await peer.send(GoingAway(after_ms=2))
        told = await chat.next_event()
        assert isinstance(told, Disconnected)
        assert 0 <= told.retry_s <= 0.002


@on_both
async def test_a_server_that_goes_away_is_heard_out_for_what_is_in_flight() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        sending = chat.post_nowait(ROOM, "before")
        received, _ = await peer.expect(Post)
        await peer.send(GoingAway(after_ms=1), scroll.say("read after it"))
        await texts(chat, 1)
        late = chat.post_nowait(ROOM, "after")
        await peer.ack(received, seq=7)
        assert (await sending.acked()).seq == 7
        again = await network.welcome()
        await again.ack(await again.until(Post), seq=8)
        assert (await late.acked()).seq == 8
        await again.stream.aclose()


@on_both
async def test_leaving_ends_the_events_and_later_calls() -> None:
    async with Network() as network:
        chat = network.connect()
        with pytest.raises(Left):
            await chat.post(ROOM, "too early")
        async with chat:
            await network.welcome()
            await chat.connected()
            events = chat.events()
            assert events.__aiter__() is events
            assert isinstance(await anext(events), Connected)
        assert [event async for event in chat.events()] == []
        with pytest.raises(Left):
            chat.follow(ROOM)


@on_both
async def test_the_apps_own_exception_leaves_as_it_is() -> None:
    async def fail(network: Network) -> None:
        async with network.connect():
            await network.welcome()
            raise KeyError("mine")

    async with Network() as network:
        with pytest.raises(KeyError):
            await fail(network)


@on_both
async def test_a_cancelled_app_leaves_without_a_trace() -> None:
    async with Network() as network:
        with anyio.CancelScope() as scope:
            async with network.connect() as chat:
                await network.welcome()
                scope.cancel()
                await chat.next_event()
        assert scope.cancelled_caught


@pytest.mark.parametrize(
    "options", [{}, {"user": "ana", "token": "t"}, {"user": "ana", "latest": 101}, {"user": "ana", "device": "a b"}]
)
def test_bad_options_are_refused_before_anything_is_dialled(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        connect("tcp://127.0.0.1", **options)  # type: ignore[arg-type]
