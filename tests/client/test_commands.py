from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest
from attrs import evolve

from chatd import messages
from chatd.codes import RefusalCode
from chatd.messages import (
    Committed,
    Done,
    History,
    HistoryPage,
    MarkRead,
    Refused as RefusedReply,
    RoomsPage,
    Unfit,
)
from chatd.model import Answer, Role, RoomKind
from chatd.wire import content
from chatd_client import (
    CaughtUp,
    ChainBroken,
    Chat,
    Committed as Ack,
    File,
    InviteLink,
    Permission,
    ProtocolViolation,
    Refused,
    System,
    Voice,
)
from tests.client.fakes import Network, on_both, on_mock_clock, texts, until
from tests.client.scrolls import OTHER, ROOM, Scroll

KEYED: list[tuple[Callable[[Chat], Awaitable[Ack]], type]] = [
    (lambda chat: chat.post(ROOM, "hello"), messages.Post),
    (lambda chat: chat.post(ROOM, "soon gone", ttl_s=60), messages.Post),
    (lambda chat: chat.edit(ROOM, 2, "hello"), messages.Edit),
    (lambda chat: chat.delete(ROOM, 2), messages.Delete),
    (lambda chat: chat.react(ROOM, 2, "x"), messages.React),
    (lambda chat: chat.pin(ROOM, 2), messages.Pin),
    (lambda chat: chat.vote(ROOM, 2, 1, 0), messages.Vote),
    (lambda chat: chat.close_poll(ROOM, 2), messages.ClosePoll),
    (lambda chat: chat.open_direct("bo"), messages.OpenDirect),
    (lambda chat: chat.create_group("friends", ["bo", "cy"]), messages.CreateGroup),
    (lambda chat: chat.create_group("news", kind=RoomKind.BROADCAST), messages.CreateGroup),
    (lambda chat: chat.add_member(ROOM, "bo", "cy"), messages.AddMember),
    (lambda chat: chat.remove_member(ROOM, "bo"), messages.RemoveMember),
    (lambda chat: chat.join(ROOM), messages.Join),
    (lambda chat: chat.leave(ROOM), messages.Leave),
    (lambda chat: chat.set_title(ROOM, "new"), messages.SetTitle),
    (lambda chat: chat.set_role(ROOM, "bo", Role.ADMIN), messages.SetRole),
    (lambda chat: chat.restrict(ROOM, "bo", Permission.POST), messages.Restrict),
    (lambda chat: chat.ban(ROOM, "bo"), messages.Ban),
    (lambda chat: chat.unban(ROOM, "bo"), messages.Unban),
    (lambda chat: chat.set_settings(ROOM, slow_mode_s=5), messages.SetSettings),
    (lambda chat: chat.revoke_invite(ROOM, bytes(32)), messages.RevokeInvite),
    (lambda chat: chat.join_by_invite(InviteLink(ROOM, bytes(16))), messages.JoinByInvite),
    (lambda chat: chat.request_join(ROOM), messages.RequestJoin),
]


@on_both
@pytest.mark.parametrize(("call", "kind"), KEYED, ids=[kind.__name__ for _, kind in KEYED])
async def test_a_keyed_command_has_a_key_and_returns_its_ack(
    call: Callable[[Chat], Awaitable[Ack]], kind: type
) -> None:
    ack = Committed(room=ROOM, seq=3, time=5, answers={"bo": Answer.ADDED})
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.append(await peer.answer(ack))

        tasks.start_soon(serve)
        assert await call(chat) == ack
        assert isinstance(asked[0], kind)
        key: bytes = asked[0].key  # type: ignore[union-attr]
        assert len(key) == 16
        assert key[6] >> 4 == 7


@on_both
async def test_a_text_is_posted_as_a_content_and_bytes_as_they_are() -> None:
    exact = b"\x82\xa4text\xa2hi\xa4type\xa4text"
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        chat.post_nowait(ROOM, "hello")
        chat.post_nowait(ROOM, exact)
        posts = [(await peer.expect(messages.Post))[1] for _ in range(2)]
        assert [post.content for post in posts] == [content.text("hello"), exact]


@on_both
async def test_a_body_is_posted_as_the_content_that_says_it() -> None:
    voice = Voice(file=File(ref="voice/1", mime="audio/ogg"), duration_ms=900, fallback="a voice message")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        chat.post_nowait(ROOM, voice)
        _, post = await peer.expect(messages.Post)
        assert content.typed(content.parse(post.content)) == voice


@on_both
async def test_what_only_a_server_may_say_is_refused_at_once() -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow()
        with pytest.raises(Unfit, match="only the server"):
            chat.post_nowait(ROOM, System(event="warned", fallback="bo was warned"))


@on_both
@pytest.mark.parametrize("body", ["", "\ud800", b"", b"\x80", "x" * 40_000])
async def test_what_no_server_takes_is_refused_at_once(body: str | bytes) -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow()
        with pytest.raises(Unfit):
            chat.post_nowait(ROOM, body)


@on_both
async def test_a_refusal_is_raised_with_its_code() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        sending = chat.post_nowait(ROOM, "hello")
        await peer.answer(RefusedReply(code="not_member", verdict="never", text="you left"))
        with pytest.raises(Refused, match="not_member: you left") as raised:
            await sending.acked()
        assert (raised.value.code, raised.value.verdict) == (RefusalCode.NOT_MEMBER, "never")


@on_both
async def test_a_reply_of_the_wrong_kind_is_the_servers_fault() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, Done())
        with pytest.raises(ProtocolViolation, match="Committed expected"):
            await chat.post(ROOM, "hello")


@on_both
async def test_a_page_of_history_is_verified_and_parsed() -> None:
    scroll = Scroll()
    scroll.says("one", "two", "three")
    page = HistoryPage(
        room=ROOM, entries=tuple(scroll.entries[1:]), hash=scroll.hashes[1], floor=1, head=3, more_before=True,
        more_after=False,
    )  # fmt: skip
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, page)
        got = await chat.history(ROOM, before=4, limit=2)
        assert [entry.text for entry in got.entries] == ["two", "three"]
        assert (got.floor, got.head, got.more_before, got.more_after) == (1, 3, True, False)


@on_both
@pytest.mark.parametrize("damage", ["body", "hole", "hash"])
async def test_a_page_that_does_not_hold_together_is_refused(damage: str) -> None:
    scroll = Scroll()
    one, two, three = scroll.says("one", "two", "three")
    entries = {
        "body": (one, evolve(two, body=content.text("forged")), three),
        "hole": (one, three),
        "hash": (two, three),
    }[damage]
    page = HistoryPage(
        room=ROOM, entries=entries, hash=scroll.hashes[0], floor=1, head=3, more_before=False, more_after=False
    )
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, page)
        with pytest.raises(ChainBroken):
            await chat.history(ROOM)


@on_both
async def test_the_questions_ask_what_was_asked() -> None:
    scroll = Scroll(OTHER)
    rooms = RoomsPage(rooms=(scroll.summary(title="named"),), more=True, next=b"n" * 24)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            history = HistoryPage(
                room=ROOM, entries=(), hash=None, floor=1, head=0, more_before=False, more_after=False
            )
            asked.extend([await peer.answer(reply) for reply in (rooms, history, Done())])

        tasks.start_soon(serve)
        assert await chat.rooms(following=b"n" * 24, limit=7) == rooms
        assert (await chat.history(ROOM, around=4)).entries == ()
        await chat.typing(ROOM)
        assert asked == [
            messages.Rooms(next=b"n" * 24, limit=7), History(room=ROOM, around=4), messages.Typing(room=ROOM)
        ]  # fmt: skip
        assert chat.room(OTHER).title == "named"


@on_both
async def test_typing_is_dropped_while_there_is_no_connection() -> None:
    async with Network(refusals=1) as network, network.connect() as chat:
        await chat.typing(ROOM)
        peer = await network.welcome()
        chat.post_nowait(ROOM, "hello")
        received = await peer.command()
        while not isinstance(received.message, messages.Post):
            assert not isinstance(received.message, messages.Typing)
            received = await peer.command()


@on_both
async def test_a_post_is_a_read_mark_and_a_lost_mark_is_told_again() -> None:
    scroll = Scroll()
    scroll.says("one", "two")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        chat.post_nowait(ROOM, "three")
        await peer.ack((await peer.expect(messages.Post))[0], seq=3)
        mark = await peer.event()
        assert mark.message == MarkRead(room=ROOM, seq=3)
        await peer.stream.aclose()
        again = await network.welcome()
        await again.subscribe(Scroll(), scroll, Scroll(chat_self := (await chat.connected()).room))
        assert chat_self
        while not isinstance((event := await again.event()).message, MarkRead):
            continue
        assert event.message == MarkRead(room=ROOM, seq=3)


@on_mock_clock
async def test_read_marks_are_told_at_most_once_a_second_and_the_rest_when_leaving() -> None:
    async with Network() as network, anyio.create_task_group() as tasks:
        async with network.connect() as chat:
            peer = await network.follow()
            since = anyio.current_time()
            for seq in (1, 2, 3):
                chat.post_nowait(ROOM, "hello")
                await peer.ack((await peer.expect(messages.Post))[0], seq=seq)
                await anyio.wait_all_tasks_blocked()
            tasks.start_soon(peer.drain)
        assert [mark.seq for mark in peer.marks] == [1, 3]
        assert anyio.current_time() - since < 1


@on_both
async def test_a_read_mark_of_the_app_waits_for_its_reply() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()

        async def serve() -> None:
            received = await peer.event()
            while not isinstance(received.message, MarkRead):
                received = await peer.event()
            await peer.reply(received, RefusedReply(code="bad_seq", verdict="never"))

        tasks.start_soon(serve)
        with pytest.raises(Refused, match="bad_seq"):
            await chat.mark_read(ROOM, 99)


@on_both
async def test_an_app_may_post_from_within_its_event_loop_however_much_waits() -> None:
    scroll = Scroll()
    async with (
        Network(slack=0) as network,
        anyio.create_task_group() as tasks,
        network.connect(buffer_bytes=2000) as chat,
    ):

        async def serve() -> None:
            received, _ = await peer.expect(messages.Post)
            await peer.send(*scroll.says(*["filler"] * 50))
            await peer.ack(received, seq=51)
            await peer.keep_subscribing(scroll)

        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        tasks.start_soon(serve)
        assert (await chat.post(ROOM, "hello")).seq == 51
        assert await texts(chat, 50) == ["filler"] * 50


@on_both
async def test_a_refusal_that_asks_for_it_has_the_room_subscribed_again() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        sending = chat.post_nowait(ROOM, "hello")
        await peer.answer(RefusedReply(code="of a newer server", verdict="resync"))
        with pytest.raises(Refused):
            await sending.acked()
        assert (await peer.subscribe(scroll)).rooms[::3] == (ROOM,)
