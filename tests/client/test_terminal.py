from __future__ import annotations

from collections.abc import AsyncGenerator

import anyio
import pytest
from attrs import define, evolve, field

from chatd import facts, messages
from chatd.codes import CloseCode
from chatd.limits import DEFAULTS
from chatd.messages import Committed, Greeting, Member, MembersPage, Post
from chatd.model import Answer, MemberState, Role, RoomKind
from chatd.wire import content
from chatd_client import Closed, terminal
from chatd_client.bell import Bell
from chatd_client.terminal import Terminal
from tests.client.fakes import EPOCH, Network, Peer, on_both
from tests.client.scrolls import OTHER, ROOM, SELF, Scroll, self_entry


@define(eq=False)
class Screen:
    """What was printed, and what is typed when it has been."""

    shown: list[str] = field(factory=list)
    _changed: Bell = field(factory=Bell)

    def show(self, text: str) -> None:
        self.shown.append(text)
        self._changed.ring()

    async def shows(self, text: str) -> None:
        while not any(text in each for each in self.shown):
            await self._changed.wait()


async def _typed(screen: Screen, *steps: tuple[str, str]) -> AsyncGenerator[str, None]:
    """Yield each line when what stands before it is on the screen."""
    for awaited, text in steps:
        await screen.shows(awaited)
        yield text + "\n"


async def session(replies: list[messages.Reply], *steps: tuple[str, str]) -> tuple[Screen, list[messages.Command]]:
    """Run a terminal whose commands get `replies` in turn; return the screen and the commands."""
    screen = Screen()
    commands: list[messages.Command] = []
    async with Network() as network, anyio.create_task_group() as tasks:

        async def serve() -> None:
            peer = await network.follow()
            for reply in replies:
                received = await peer.command()
                commands.append(received.message)
                await peer.reply(received, reply)
            await peer.drain()

        tasks.start_soon(serve)
        async with network.connect() as chat:
            assert await Terminal(chat, screen.show).run(_typed(screen, *steps)) is None
        tasks.cancel_scope.cancel()
    return screen, commands


ACK = Committed(room=ROOM, seq=1, time=1)
MADE = evolve(ACK, answers={"bo": Answer.ADDED, "cy": Answer.REFUSED})
PAGE = messages.RoomsPage(
    rooms=(
        Scroll().summary(unread=3),
        Scroll(OTHER).summary(title="", peer="bo", kind=RoomKind.DIRECT, state=MemberState.INVITED),
    ),
    more=False,
)


@on_both
async def test_a_group_is_made_opened_and_posted_to() -> None:
    screen, commands = await session(
        [MADE, ACK, ACK], ("connected", '/new "old friends" bo, cy'), ("open: old friends", "hello"), ("", "//me too")
    )
    assert isinstance(commands[0], messages.CreateGroup)
    assert (commands[0].title, commands[0].members) == ("old friends", ("bo", "cy"))
    posts = [content.parse(each.content).text for each in commands[1:] if isinstance(each, Post)]
    assert posts == ["hello", "/me too"]
    assert "(cy: refused)" in screen.shown


@on_both
async def test_every_command_reaches_the_server() -> None:
    members = MembersPage(
        room=ROOM, members=(Member(user="bo", state=MemberState.MEMBER, role=Role.OWNER),), more=False
    )
    scroll = Scroll()
    scroll.say("long ago")
    history = messages.HistoryPage(
        room=ROOM, entries=tuple(scroll.entries), hash=scroll.hashes[0], floor=1, head=1, more_before=False,
        more_after=False,
    )  # fmt: skip
    lines = ["/title new", "/add bo,cy", "/role bo admin", "/kick cy", "/members", "/history 5", "/join 2", "/leave"]
    replies: list[messages.Reply] = [ACK, PAGE, ACK, MADE, ACK, ACK, members, history, ACK, ACK]
    screen, commands = await session(
        replies, ("connected", "/dm bo"), ("", "/rooms"), *[("", each) for each in lines], ("", "/quit"), ("", "never")
    )
    assert [type(each).__name__ for each in commands] == [
        "OpenDirect", "Rooms", "SetTitle", "AddMember", "SetRole", "RemoveMember", "Members", "History", "Join",
        "Leave",
    ]  # fmt: skip
    assert "  1 friends 3 unread" in screen.shown
    assert "  2 bo (invited)" in screen.shown
    assert "    bo owner member" in screen.shown
    assert "[friends 1] bo: long ago" in screen.shown
    assert "(open: bo)" in screen.shown


@on_both
async def test_a_room_is_opened_by_its_number_or_its_title() -> None:
    screen, _ = await session(
        [PAGE, PAGE],
        ("connected", "/open friends"), ("open: friends", "/open 2"), ("open: bo", "/open nobody"),
        ("0 rooms", "/open 9"), ("called 9", "/open"),
    )  # fmt: skip
    assert "(0 rooms are called 9)" in screen.shown
    assert any("which room?" in each for each in screen.shown)


@on_both
async def test_what_is_opened_is_read_as_far_as_it_was_listed_and_shown() -> None:
    screen, scroll, peers = Screen(), Scroll(), list[Peer]()
    scroll.says("one", "two")
    left = Scroll(OTHER).summary(title="left", state=MemberState.INVITED, head=5)
    async with Network() as network, anyio.create_task_group() as tasks:

        async def serve() -> None:
            peer = await network.follow(scroll)
            peers.append(peer)
            page = messages.RoomsPage(rooms=(scroll.summary(unread=2), left), more=False)
            await peer.reply(await peer.command(), page)
            await screen.shows("open: friends")
            await peer.send(scroll.say("three"))
            await peer.drain()

        tasks.start_soon(serve)
        async with network.connect() as chat:
            steps = [
                ("two", "/open friends"), ("three", "/open 2"), ("open: left", "/open 1"), ("", "/open 1"),
            ]  # fmt: skip
            await Terminal(chat, screen.show).run(_typed(screen, *steps))
        tasks.cancel_scope.cancel()
    assert [(mark.room, mark.seq) for mark in peers[0].marks][:2] == [(ROOM, 2), (ROOM, 3)]


@on_both
async def test_how_many_entries_and_which_role_are_asked_for_again_where_they_are_none() -> None:
    screen, commands = await session(
        [ACK], ("connected", "/dm bo"), ("open", "/history -1"), ("how many", "/role bo"), ("", "/role bo king")
    )
    assert len(commands) == 1
    assert screen.shown.count("(whom, and what are they to be? owner, admin, moderator, member)") == 2


@on_both
async def test_what_cannot_be_done_is_said_and_the_session_goes_on() -> None:
    screen, _ = await session(
        [messages.Refused(code="unknown_user", verdict="never", text="\x1b[2J")],
        ("connected", ""), ("", "hello"), ("", "/dance"), ("", "/dm eve"), ("", "/new \x07 bo"), ("", "/help open"),
        ("", "/help"),
    )  # fmt: skip
    assert any("no room is open" in each for each in screen.shown)
    assert "(/dance is unknown; /help lists what there is)" in screen.shown
    assert "(unknown_user: \\x1b[2J)" in screen.shown
    assert any("title" in each and each.startswith("(") for each in screen.shown)
    assert "/open N|TITLE              open a room of that list" in screen.shown
    assert any("/history" in each for each in screen.shown)


@on_both
async def test_a_line_that_was_not_posted_is_said() -> None:
    refusal = messages.Refused(code="not_member", verdict="never")
    screen, _ = await session([ACK, refusal], ("connected", "/dm bo"), ("open: bo", "hello"))
    assert "(not posted: not_member)" in screen.shown


@on_both
async def test_it_is_said_as_soon_as_it_is_known_and_not_with_the_next_event() -> None:
    refusal = messages.Refused(code="not_member", verdict="never")
    steps = [("connected", "/dm bo"), ("open: bo", "hello"), ("not posted: not_member", "/quit")]
    screen, _ = await session([ACK, refusal], *steps)
    assert screen.shown.count("(not posted: not_member)") == 1


async def _others(peer: Peer, scroll: Scroll, own: Scroll) -> None:
    await peer.send(scroll.add(facts.created(RoomKind.GROUP, "friends", []), "create"))
    await peer.send(scroll.say("mine", sender="ana"), scroll.say("theirs"), self_entry(own, ROOM, "friends"))
    await peer.send(scroll.add(facts.titled("renamed"), "title"), scroll.say("last"))


@on_both
async def test_what_others_do_is_printed_as_it_comes_and_a_reconnect_is_said() -> None:
    screen, scroll, own = Screen(), Scroll(), Scroll(SELF)
    refused = messages.Refused(code="not_member", verdict="never")
    async with Network() as network, anyio.create_task_group() as tasks:

        async def serve() -> None:
            peer = await network.follow(scroll)
            await _others(peer, scroll, own)
            received = await peer.until(messages.OpenDirect)
            await peer.reply(received, ACK)
            await peer.reply(await peer.until(Post), refused)
            await peer.send(scroll.say("after"))
            await screen.shows("after")
            await peer.stream.aclose()
            again = await network.welcome(epoch=b"f" * 16)
            await again.send(evolve(scroll.entries[0], h8=b"h" * 8))
            await again.drain()

        tasks.start_soon(serve)
        async with network.connect() as chat:
            steps = [("last", "/dm bo"), ("open: bo", "hello"), ("does not continue", "/quit")]
            await Terminal(chat, screen.show).run(_typed(screen, *steps))
        tasks.cancel_scope.cancel()
    wanted = ["(connected as ana)", "[renamed 5] bo: last"]
    assert [each for each in screen.shown if each.endswith("] bo: theirs")]
    assert [each for each in screen.shown if each in wanted] == [*wanted, wanted[0]]
    assert not any("mine" in each for each in screen.shown)
    assert "(not posted: not_member)" in screen.shown
    assert any("trying again in 0.0 s" in each for each in screen.shown)
    assert any("begins again" in each for each in screen.shown)


@on_both
async def test_a_chat_that_the_server_ends_says_why_and_what_was_not_acknowledged() -> None:
    screen = Screen()
    async with Network() as network, anyio.create_task_group() as tasks:

        async def serve() -> None:
            peer = await network.follow()
            await peer.reply(await peer.command(), ACK)
            await peer.expect(Post)
            await peer.close(1505, "another session")

        async def typed() -> AsyncGenerator[str, None]:
            await screen.shows("connected")
            yield "/dm bo"
            yield "hello"
            await anyio.sleep_forever()

        tasks.start_soon(serve)
        async with network.connect() as chat:
            ended = await Terminal(chat, screen.show).run(typed())
    assert isinstance(ended, Closed)
    assert "(1 lines are not acknowledged)" in screen.shown


async def script(*texts: str) -> AsyncGenerator[str, None]:
    """Yield what a script pipes in, whether there is a connection or not."""
    for each in texts:
        yield each


@on_both
async def test_who_is_not_let_in_is_told_so_though_the_input_has_ended_by_then() -> None:
    screen = Screen()
    async with Network() as network, anyio.create_task_group() as tasks:

        async def serve() -> None:
            peer = await network.accept()
            await peer.send(Greeting(versions=(1,), epoch=EPOCH, time=0, limits=DEFAULTS))
            await peer.event()
            await peer.close(CloseCode.UNAUTHENTICATED, "these credentials are not accepted")

        tasks.start_soon(serve)
        async with network.connect() as chat:
            ended = await Terminal(chat, screen.show).run(script("hello"))
    assert isinstance(ended, Closed)
    assert str(ended) == "these credentials are not accepted (close code 1503)"


@on_both
async def test_a_script_is_told_that_the_server_does_not_answer_and_who_quits_does_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(terminal, "LAST_ACKS_S_MAX", 0)
    async with Network() as network, network.connect() as chat:
        assert str(await Terminal(chat, Screen().show).run(script("hello"))) == "the server does not answer"
        assert await Terminal(chat, Screen().show).run(script("hello", "/quit", "more")) is None


@on_both
async def test_an_input_without_a_line_says_whether_the_user_is_let_in() -> None:
    async with Network() as network, anyio.create_task_group() as tasks:
        tasks.start_soon(network.welcome)
        async with network.connect() as chat:
            assert await Terminal(chat, Screen().show).run(script()) is None
        tasks.cancel_scope.cancel()
