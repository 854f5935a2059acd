"""How a chat hands on what was said elsewhere."""

from __future__ import annotations

import anyio
import pytest
from attrs import evolve

from chatd import messages
from chatd.chain import body_hash
from chatd.messages import Committed, Entered, HistoryPage, MessageState, Origin, Unfit, VersionsPage
from chatd.wire import content, quoting
from chatd_client import Chat
from tests.client.fakes import Network, on_both
from tests.client.scrolls import OTHER, ROOM, Scroll

SCROLL = Scroll()
HELLO = SCROLL.say("hello")
EDITED = evolve(HELLO, seq=2, kind="edit", target=1, body=content.text("bye"))
ACK = Committed(room=OTHER, seq=3, time=5)


def page(*messages: MessageState, entries: tuple[Entered, ...] = (HELLO,)) -> HistoryPage:
    return HistoryPage(
        room=ROOM, entries=entries, hash=SCROLL.hashes[0] if entries else None, floor=1, head=2, more_before=False,
        more_after=False, messages=messages,
    )  # fmt: skip


async def asked(chat: Chat, network: Network, *replies: messages.Reply, text: str = "") -> list[messages.Command]:
    """Forward the first post of ROOM to OTHER, and return what the server was asked."""
    heard: list[messages.Command] = []
    peer = await network.follow()

    async def serve() -> None:
        for reply in replies:
            heard.append(await peer.answer(reply))  # noqa: PERF401 - what was heard before a failure is to be seen

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        assert await chat.forward(OTHER, ROOM, 1, text=text) == ACK
    return heard


@on_both
async def test_a_post_is_forwarded_as_it_reads() -> None:
    async with Network() as network, network.connect() as chat:
        ask, post = await asked(chat, network, page(), ACK, text="look")
    assert ask == messages.History(room=ROOM, around=1, limit=1)
    assert isinstance(post, messages.Post)
    quote = quoting.quote_of(content.text("hello"), "bo", HELLO.time)
    said = (post.room, post.origin, post.content)
    assert said == (OTHER, Origin(room=ROOM, seq=1), quoting.forward(quote, "look"))


@on_both
async def test_what_was_edited_is_forwarded_as_its_newest_edit() -> None:
    state = MessageState(seq=1, edits=1, edited=2, edit=EDITED)
    async with Network() as network, network.connect() as chat:
        _, post = await asked(chat, network, page(state), ACK)
    assert isinstance(post, messages.Post)
    assert post.content == quoting.forward(quoting.quote_of(content.text("bye"), "bo", HELLO.time))


@on_both
async def test_an_edit_that_did_not_fit_its_page_is_looked_for_among_the_versions() -> None:
    last = evolve(EDITED, seq=5, body=content.text("ciao"))
    pages = (
        VersionsPage(room=ROOM, seq=1, edits=(EDITED,), more=True),
        VersionsPage(room=ROOM, seq=1, edits=(last,), more=False),
    )
    async with Network() as network, network.connect() as chat:
        *_, more, post = await asked(chat, network, page(MessageState(seq=1, edits=2, edited=5)), *pages, ACK)
    assert more == messages.Versions(room=ROOM, seq=1, after=2)
    assert isinstance(post, messages.Post)
    assert post.content == quoting.forward(quoting.quote_of(content.text("ciao"), "bo", HELLO.time))


def erased() -> HistoryPage:
    gone = evolve(HELLO, body=None, salt=None, body_hash=body_hash(b"s" * 16, content.text("hello")))
    return page(MessageState(seq=1, edits=1, edited=2, deleted=True), entries=(gone,))


@on_both
@pytest.mark.parametrize(
    "found",
    [page(entries=()), page(entries=(Scroll().add(b"\x80", "pin"),)), erased()],
    ids=["none", "a pin", "deleted"],
)
async def test_where_there_is_no_post_nothing_is_forwarded(found: HistoryPage) -> None:
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, found)
        with pytest.raises(Unfit, match="no such post to forward"):
            await chat.forward(OTHER, ROOM, 1)
