from __future__ import annotations

import anyio

from chatd import chain, messages
from chatd.messages import Block, Committed, Contacts, ContactsPage, HistoryPage, IsTyping, Refused
from chatd.model import ContactList
from chatd_client import CaughtUp, Entry, Hidden, ProfileOf, Typing
from tests.client.fakes import Network, on_both, until
from tests.client.scrolls import ROOM, SELF, Scroll

ACK = Committed(room=SELF, seq=1, time=1)


def blocks(*users: str, more: bool = False) -> ContactsPage:
    return ContactsPage(which=ContactList.BLOCKS, users=users, more=more)


@on_both
async def test_a_block_and_its_end_are_asked_for() -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        asked: list[messages.Command] = []

        async def serve() -> None:
            asked.extend([await peer.answer(ACK) for _ in range(2)])

        tasks.start_soon(serve)
        assert await chat.block("bo") == ACK
        await chat.block("bo", on=False)
        assert [(each.user, each.on) for each in asked if isinstance(each, Block)] == [("bo", True), ("bo", False)]


@on_both
async def test_a_list_is_asked_for_page_by_page() -> None:
    page = ContactsPage(which=ContactList.MUTUALS, users=("bo",), more=False)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, page)
        assert await chat.contacts(ContactList.MUTUALS, after="ana", limit=7) == page


@on_both
async def test_what_a_blocked_user_says_is_named_in_its_place() -> None:
    scroll = Scroll()
    scroll.says("one", "two")
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        peer.blocks = blocks("bo")
        await peer.welcome()
        await peer.list_rooms(scroll)
        await peer.subscribe(Scroll(SELF))
        await peer.subscribe(scroll)
        told = [event for event in await until(chat, CaughtUp) if isinstance(event, Entry | Hidden)]
        assert [(type(event), event.room, event.seq) for event in told] == [(Hidden, ROOM, 1), (Hidden, ROOM, 2)]
        assert chat.blocked() == {"bo"}


@on_both
async def test_a_page_of_history_leaves_out_what_a_blocked_user_said_and_says_so() -> None:
    scroll = Scroll()
    scroll.says("one", "two")
    state = messages.MessageState(seq=2, edits=1, edited=9)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.accept()
        peer.blocks = blocks("bo")
        await peer.welcome()
        await peer.list_rooms()
        await peer.subscribe(Scroll(SELF))
        await until(chat, CaughtUp)
        page = HistoryPage(
            room=ROOM, entries=tuple(scroll.entries), hash=chain.origin(ROOM), floor=1, head=2, more_before=False,
            more_after=False, messages=(state,), hidden=(1,),
        )  # fmt: skip
        tasks.start_soon(peer.answer, page)
        shown = await chat.history(ROOM)
        assert (shown.entries, shown.messages, shown.hidden) == ((), {}, (1, 2))


@on_both
async def test_a_blocked_user_does_not_type() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        peer.blocks = blocks("bo")
        await peer.welcome()
        await peer.list_rooms()
        await peer.subscribe(Scroll(SELF))
        await until(chat, CaughtUp)
        await peer.send(IsTyping(room=ROOM, user="bo"), IsTyping(room=ROOM, user="cy"))
        assert await until(chat, Typing) == [Typing(ROOM, "cy")]


@on_both
async def test_a_long_list_is_read_to_its_end_and_asked_for_once() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        await peer.welcome()
        first = await peer.event()
        assert first.message == Contacts(which=ContactList.BLOCKS)
        await peer.reply(first, blocks("bo", more=True))
        seen = first
        while not isinstance(seen.message, Contacts) or seen.message.after is None:
            seen = await peer.event()
        assert seen.message.after == "bo"
        await peer.reply(seen, blocks("cy"))
        await peer.close(1000)
        again = await network.accept()
        again.blocks = Refused(code="internal", verdict="never")
        await again.welcome()
        await again.list_rooms()
        await again.subscribe(Scroll(SELF))
        await until(chat, CaughtUp)
        assert chat.blocked() == {"bo", "cy"}


@on_both
async def test_a_server_that_does_not_say_is_asked_again_on_the_next_connection() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.accept()
        peer.blocks = Refused(code="unknown_command", verdict="never")
        await peer.welcome()
        await peer.list_rooms()
        await peer.subscribe(Scroll(SELF))
        await until(chat, CaughtUp)
        assert chat.blocked() == set()
        await peer.close(1000)
        again = await network.accept()
        again.blocks = blocks("bo")
        await again.welcome()
        await again.subscribe(Scroll(SELF))
        await until(chat, CaughtUp)
        assert chat.blocked() == {"bo"}


@on_both
async def test_a_profile_is_set_and_found() -> None:
    ana = ProfileOf(user="ana", name="Ana", version=1)
    replies: list[messages.Reply] = [
        ACK,
        messages.ProfilesPage(profiles=(ana,)),
        messages.ProfilesPage(profiles=(ana,)),
        messages.ProfilesPage(profiles=()),
    ]
    asked: list[messages.Command] = []
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()

        async def serve() -> None:
            asked.extend([await peer.answer(reply) for reply in replies])

        tasks.start_soon(serve)
        assert await chat.set_profile(name="Ana", handle="") == ACK
        assert await chat.profiles("ana", "bo") == (ana,)
        assert await chat.find("ana_li") == ana
        assert await chat.find("nobody") is None
    [setting, *looking] = asked
    assert isinstance(setting, messages.SetProfile)
    assert (setting.name, setting.handle, setting.avatar) == ("Ana", "", None)
    assert looking == [
        messages.Profiles(users=("ana", "bo")),
        messages.Profiles(handle="ana_li"),
        messages.Profiles(handle="nobody"),
    ]
