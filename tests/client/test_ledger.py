from __future__ import annotations

import anyio
import pytest
from attrs import evolve

from chatd import messages
from chatd.limits import DEFAULTS
from chatd.messages import (
    Member,
    MembersPage,
    Post,
    Refused as RefusedReply,
)
from chatd.model import MemberState, Role
from chatd.wire import content
from chatd_client import Backlog, CaughtUp, Closed
from tests.client.fakes import Network, on_both, on_mock_clock, until
from tests.client.scrolls import ROOM


@on_both
async def test_an_unacknowledged_post_is_sent_again_in_order_with_its_key_and_bytes() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        sendings = [chat.post_nowait(ROOM, text) for text in ("one", "two", "three")]
        first = [(await peer.expect(Post))[1] for _ in range(3)]
        await peer.stream.aclose()
        again = await network.welcome()
        received = [await again.until(Post) for _ in range(3)]
        assert [each.message for each in received] == [evolve(post, retry=True) for post in first]
        for seq, each in enumerate(received, 1):
            await again.ack(each, seq=seq, duplicate=True)
        assert [(await sending.acked()).seq for sending in sendings] == [1, 2, 3]
        await again.stream.aclose()


@on_mock_clock
async def test_a_command_refused_for_now_goes_again_in_time_and_none_overtakes_it() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        for text in ("one", "two"):
            chat.post_nowait(ROOM, text)
        posts = [await peer.expect(Post) for _ in range(2)]
        busy = RefusedReply(code="busy", verdict="after_ms", after_ms=700)
        since = anyio.current_time()
        await peer.reply(posts[0][0], busy)
        await anyio.wait_all_tasks_blocked()
        chat.post_nowait(ROOM, "three")
        await anyio.wait_all_tasks_blocked()
        await peer.reply(posts[1][0], evolve(busy, after_ms=500))
        again = [(await peer.expect(Post))[1] for _ in range(3)]
        assert [content.parse(post.content).text for post in again] == ["one", "two", "three"]
        assert [post.retry for post in again] == [True, True, False]
        assert [post.key for post in again[:2]] == [post.key for _, post in posts]
        assert anyio.current_time() - since == pytest.approx(0.7, abs=0.01)


@on_mock_clock
async def test_what_was_refused_waits_for_the_answers_to_all_that_was_sent_behind_it() -> None:
    """Else what is given meanwhile would pass the second, whose refusal is still on its way."""
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        for text in ("one", "two"):
            chat.post_nowait(ROOM, text)
        posts = [await peer.expect(Post) for _ in range(2)]
        busy = RefusedReply(code="busy", verdict="after_ms", after_ms=100)
        await peer.reply(posts[0][0], busy)
        await anyio.sleep(1)
        chat.post_nowait(ROOM, "three")
        await anyio.wait_all_tasks_blocked()
        await peer.reply(posts[1][0], busy)
        again = [(await peer.expect(Post))[1] for _ in range(3)]
        assert [content.parse(post.content).text for post in again] == ["one", "two", "three"]


@on_mock_clock
async def test_a_refusal_for_now_without_a_time_waits_a_second() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        chat.post_nowait(ROOM, "one")
        await peer.answer(RefusedReply(code="internal", verdict="after_ms"))
        since = anyio.current_time()
        await peer.expect(Post)
        assert anyio.current_time() - since == pytest.approx(1.0, abs=0.01)


@on_mock_clock
async def test_a_question_refused_for_now_is_asked_again() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        page = MembersPage(
            room=ROOM, members=(Member(user="bo", state=MemberState.MEMBER, role=Role.OWNER),), more=False
        )

        async def serve() -> None:
            await peer.answer(RefusedReply(code="rate_limited", verdict="after_ms", after_ms=300))
            await peer.answer(page)

        tasks.start_soon(serve)
        assert await chat.members(ROOM) == page


@on_both
async def test_questions_go_again_after_a_reconnect() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()

        async def serve() -> None:
            await peer.expect(messages.Members)
            await peer.stream.aclose()
            again = await network.welcome()
            await again.reply(await again.until(messages.Members), MembersPage(room=ROOM, members=(), more=False))

        tasks.start_soon(serve)
        assert (await chat.members(ROOM, after="bo")).members == ()


@on_both
async def test_no_more_requests_are_in_flight_than_the_greeting_allows() -> None:
    limits = evolve(DEFAULTS, requests_in_flight_max=4)
    async with Network(limits=limits) as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        sendings = [chat.post_nowait(ROOM, str(number)) for number in range(5)]
        first = [await peer.command() for _ in range(2)]
        await anyio.wait_all_tasks_blocked()
        with anyio.move_on_after(0.01) as nothing:
            await peer.command()
        assert nothing.cancelled_caught
        for received in first:
            await peer.ack(received)
        assert (await sendings[1].acked()).seq == 1
        assert isinstance((await peer.command()).message, Post)


@on_both
async def test_a_call_that_never_blocks_is_refused_when_too_much_is_under_way() -> None:
    async with Network() as network, anyio.create_task_group() as tasks, network.connect(commands_max=1) as chat:
        peer = await network.follow()
        chat.post_nowait(ROOM, "one")
        with pytest.raises(Backlog):
            chat.post_nowait(ROOM, "two")

        async def serve() -> None:
            for seq in (1, 2):
                await peer.ack((await peer.expect(Post))[0], seq=seq)

            await peer.drain()

        tasks.start_soon(serve)
        assert (await chat.post(ROOM, "two")).seq == 2


@on_both
async def test_a_post_cancelled_before_it_is_sent_is_withdrawn() -> None:
    async with Network(refusals=1) as network, network.connect() as chat:
        with anyio.move_on_after(0):
            await chat.post(ROOM, "never mind")
        chat.post_nowait(ROOM, "instead")
        peer = await network.welcome()
        received = await peer.until(Post)
        assert content.parse(received.message.content).text == "instead"


@on_both
async def test_a_post_cancelled_after_it_was_sent_goes_its_way() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(chat.post, ROOM, "hello")
        await peer.expect(Post)
        tasks.cancel_scope.cancel()
        await peer.stream.aclose()
        with anyio.CancelScope(shield=True):
            again = await network.welcome()
            assert (await again.until(Post)).message.retry


@on_both
async def test_a_chat_that_ends_settles_all_that_waits() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        sendings = [chat.post_nowait(ROOM, text) for text in ("one", "two")]
        await peer.expect(Post)
        await peer.close(1504)
        for sending in sendings:
            with pytest.raises(Closed):
                await sending.acked()
