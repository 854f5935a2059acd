from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import chatd_client
from chatd import messages
from chatd.messages import (
    Committed,
    Done,
    HistoryPage,
    MarkRead,
    MembersPage,
    Post,
    Refused as RefusedReply,
    RoomsPage,
    Unfit,
)
from chatd.wire import content
from chatd_client import CaughtUp, Chat, Closed, Connected, Entry, Event, Left, Refused, blocking
from tests.client.fakes import Network, Peer
from tests.client.scrolls import OTHER, ROOM, SELF, Scroll
from tests.client.stage import Script, nothing_more, played
from tests.client.test_commands import KEYED

METHODS = [name for name in dir(Chat) if not name.startswith("_")]
BY_HAND = {
    "events": "Iterator[Event]",
    "next_event": "Event",
    "next_event_nowait": "Event | None",
}
"""Written out in the blocking chat, and what each returns there."""
WITH_A_TIMEOUT = ("events", "next_event")


def until_caught_up(chat: blocking.Chat) -> list[Event]:
    events: list[Event] = []
    while not events or not isinstance(events[-1], CaughtUp):
        events.append(chat.next_event(timeout_s=20))
    return events


def answering(*replies: messages.Reply, asked: list[messages.Command] | None = None) -> Script:
    """The script of a server that answers so, one command after the other."""
    heard: list[messages.Command] = [] if asked is None else asked

    async def script(peer: Peer) -> None:
        for reply in replies:
            heard.append(await peer.answer(reply))  # noqa: PERF401 - what was heard before a failure is to be seen

    return script


# The same names, arguments and replies.


@pytest.mark.parametrize("name", METHODS)
def test_every_method_of_the_asynchronous_chat_has_its_own_twin(name: str) -> None:
    twin: Any = getattr(blocking.Chat, name, None)
    assert callable(twin), f"{name}: missing in chatd_client.blocking"
    assert not inspect.iscoroutinefunction(twin)
    if name not in BY_HAND:
        assert twin.__wrapped__ is getattr(Chat, name)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_twin_written_by_hand_takes_the_same_arguments(name: str) -> None:
    ours, theirs = inspect.signature(getattr(blocking.Chat, name)), inspect.signature(getattr(Chat, name))
    taken = dict(ours.parameters)
    if name in WITH_A_TIMEOUT:
        assert taken.pop("timeout_s").default is None
    assert taken == dict(theirs.parameters)
    assert ours.return_annotation == BY_HAND[name]


def test_a_blocking_chat_is_made_with_the_same_arguments_and_refused_for_the_same() -> None:
    assert inspect.signature(blocking.connect).parameters == inspect.signature(chatd_client.connect).parameters
    with pytest.raises(ValueError, match="latest"):
        blocking.connect("tcp://127.0.0.1", user="ana", latest=101)


@pytest.mark.parametrize(("call", "kind"), KEYED, ids=[kind.__name__ for _, kind in KEYED])
def test_a_keyed_command_returns_its_ack(call: Callable[[Any], Awaitable[Committed]], kind: type) -> None:
    ack = Committed(room=ROOM, seq=3, time=5)
    asked: list[messages.Command] = []
    with played(answering(ack, asked=asked)) as chat:
        reply: object = call(chat)
        assert reply == ack
    assert [type(command) for command in asked] == [kind]


def test_the_questions_return_their_pages() -> None:
    scroll = Scroll(OTHER)
    rooms = RoomsPage(rooms=(scroll.summary(title="named"),), more=True, next=b"n" * 24)
    history = HistoryPage(room=ROOM, entries=(), hash=None, floor=1, head=0, more_before=False, more_after=False)
    members = MembersPage(room=ROOM, members=(), more=False)
    asked: list[messages.Command] = []
    with played(answering(rooms, history, members, Done(), asked=asked)) as chat:
        assert chat.rooms(following=b"n" * 24, limit=7) == rooms
        assert chat.room(OTHER).title == "named"
        assert chat.history(ROOM, around=4).entries == ()
        assert chat.members(ROOM, after="bo") == members
        chat.typing(ROOM)
    assert asked == [
        messages.Rooms(next=b"n" * 24, limit=7),
        messages.History(room=ROOM, around=4),
        messages.Members(room=ROOM, after="bo"),
        messages.Typing(room=ROOM),
    ]


def test_a_read_mark_is_told() -> None:
    async def script(peer: Peer) -> None:
        while not isinstance((received := await peer.event()).message, MarkRead):
            continue
        await peer.reply(received, RefusedReply(code="bad_seq", verdict="never"))

    with played(script) as chat, pytest.raises(Refused, match="bad_seq"):
        chat.mark_read(ROOM, 99)


def test_a_chat_follows_what_it_is_told_to() -> None:
    scroll = Scroll(OTHER)
    scroll.say("hello")

    async def script(peer: Peer) -> None:
        await peer.subscribe(scroll)

    with played(script) as chat:
        until_caught_up(chat)
        chat.follow(OTHER)
        told = chat.next_event(timeout_s=20)
        assert isinstance(told, Entry)
        assert told.text == "hello"
        chat.unfollow(OTHER)


def test_posts_that_are_not_waited_for_keep_the_order_of_the_calls() -> None:
    async def script(peer: Peer) -> None:
        received = [await peer.expect(Post) for _ in range(3)]
        assert [post.content for _, post in received] == [content.text(text) for text in ("one", "two", "three")]
        for seq, (each, _) in enumerate(received, start=1):
            await peer.ack(each, seq=seq)

    with played(script) as chat:
        sendings = [chat.post_nowait(ROOM, text) for text in ("one", "two", "three")]
        assert [sending.acked().seq for sending in sendings] == [1, 2, 3]
        assert all(sending.done for sending in sendings)
        assert len(dict.fromkeys(sending.key for sending in sendings)) == 3


# Exceptions.


def test_a_refusal_and_a_bad_argument_come_out_as_they_are() -> None:
    with played(answering(RefusedReply(code="not_member", verdict="never", text="you left"))) as chat:
        with pytest.raises(Refused, match="not_member: you left"):
            chat.post(ROOM, "hello")
        with pytest.raises(Unfit):
            chat.post_nowait(ROOM, "")


def test_a_chat_that_the_server_ended_says_why_to_every_call() -> None:
    async def script(peer: Peer) -> None:
        await peer.close(1504, "revoked")

    with played(script, begin=Network.welcome) as chat:
        with pytest.raises(Closed, match="revoked"):
            until_caught_up(chat)
        for call in (chat.connected, chat.rooms, chat.next_event_nowait, lambda: list(chat.events())):
            with pytest.raises(Closed):
                call()


def test_a_call_outside_with_raises_left() -> None:
    chat = blocking.connect("tcp://127.0.0.1", user="ana")
    with pytest.raises(Left, match="not been entered"):
        chat.room(ROOM)
    with played() as chat:
        sending = chat.post_nowait(ROOM, "never answered")
    for call in (chat.rooms, lambda: chat.room(ROOM), chat.next_event, sending.acked):
        with pytest.raises(Left, match="has been left"):
            call()
    assert list(chat.events()) == []


def test_what_waits_too_long_raises_a_timeout_and_the_chat_goes_on() -> None:
    async def script(peer: Peer) -> None:
        await peer.reply(await peer.until(messages.Rooms), RoomsPage(rooms=(), more=False))

    with played(script) as chat:
        chat.connected()
        chat.call_s_max = 0.01
        with pytest.raises(TimeoutError, match=r"no answer within 0\.01 s"):
            chat.post(ROOM, "never answered")
        chat.call_s_max = 20
        assert chat.rooms().rooms == ()


def test_a_timeout_of_the_call_s_own_is_told_as_it_is() -> None:
    async def fail(_: Chat) -> None:
        raise TimeoutError("mine")

    with played() as chat, pytest.raises(TimeoutError, match="mine"):
        chat.run(fail)


# Events.


def test_events_come_in_order_and_end_when_none_comes_in_time() -> None:
    scroll = Scroll()
    scroll.says("one", "two")
    with played(nothing_more, scroll) as chat:
        told = until_caught_up(chat)
        assert told[0] == Connected("ana", SELF)
        assert [each.text for each in told if isinstance(each, Entry)] == ["one", "two"]
        assert list(chat.events(timeout_s=0.01)) == []
        assert chat.next_event_nowait() is None
        with pytest.raises(TimeoutError, match="no event within 0 s"):
            chat.next_event(timeout_s=0)


def test_a_timeout_of_nought_hands_out_what_has_come() -> None:
    scroll = Scroll()
    scroll.says("one", "two")
    with played(nothing_more, scroll) as chat:
        until_caught_up(chat)
        for _ in range(2):
            chat.give_back()
            assert isinstance(chat.next_event_nowait(), CaughtUp)
        chat.give_back()
        assert [type(event) for event in chat.events(timeout_s=0)] == [CaughtUp]


def test_an_event_that_is_waited_for_ends_the_wait() -> None:
    scroll = Scroll()

    async def script(peer: Peer) -> None:
        await peer.ack((await peer.expect(Post))[0])
        await peer.send(*scroll.says("one", "two"))

    with played(script, scroll) as chat:
        until_caught_up(chat)
        chat.post(ROOM, "go")
        texts: list[str] = []
        for event in chat.events(timeout_s=20):
            texts.append(event.text if isinstance(event, Entry) else "")
            if texts[-1] == "two":
                break
        assert texts == ["one", "two"]


def test_an_async_function_runs_in_the_chats_own_thread() -> None:
    async def both(inner: Chat) -> list[bool]:
        return [isinstance(inner, Chat), (await inner.connected()).user == "ana"]

    async def recursive(_: Chat) -> None:
        chat.room(ROOM)

    with played() as chat:
        assert chat.run(both) == [True, True]
        with pytest.raises(RuntimeError, match="event loop thread"):
            chat.run(recursive)
