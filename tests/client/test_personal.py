from __future__ import annotations

from typing import Any

import anyio
import pytest
from attrs import evolve

from chatd import chain, facts, messages
from chatd.limits import DRAFT_BYTES_MAX
from chatd.messages import (
    Committed,
    Done,
    Hide,
    HistoryPage,
    MarkDelivered,
    MarkRead,
    Readers,
    Receipts as ReceiptsMessage,
    Refused as RefusedReply,
    RoomsPage,
    SetConversation,
    SetDraft,
    Unfit,
    WhoRead,
)
from chatd.model import Conversation
from chatd.wire import content
from chatd_client import CaughtUp, Entry, Hidden, Receipts, Refused, RoomInfo, Sources
from chatd_client.desk import Desk
from chatd_client.errands import Errands
from chatd_client.inbox import Inbox
from chatd_client.ledger import Ledger
from tests.client.fakes import Network, on_both, on_mock_clock, until
from tests.client.scrolls import OTHER, ROOM, SELF, Scroll

ACK = Committed(room=SELF, seq=1, time=1)
KEPT = Conversation(room=ROOM, user="ana", muted_until=7, archived=True, pinned=9, unread=4)


def kept(own: Scroll, **changes: Any) -> messages.Entered:
    return own.add(facts.conversation(evolve(KEPT, **changes)), "conversation")


# Hidden entries.


@on_both
async def test_what_is_hidden_is_named_in_its_place_and_comes_no_more() -> None:
    own, scroll = Scroll(SELF), Scroll()
    scroll.says("one", "two", "three")
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        await peer.list_rooms(scroll)
        await peer.subscribe(own)
        received, _ = await peer.expect(messages.Subscribe)
        await peer.reply(received, messages.Subscribed(rooms=(scroll.sync(0, hidden=(2,)),)))
        await peer.send(*scroll.entries, messages.CaughtUp(request=received.request))
        told = [event for event in await until(chat, CaughtUp) if isinstance(event, Entry | Hidden)]
        assert [(type(event), event.seq) for event in told] == [(Entry, 1), (Hidden, 2), (Entry, 3)]
        await peer.send(own.add(facts.hidden(ROOM, 4), "hide"))
        await peer.send(scroll.say("four"))
        assert (await until(chat, Hidden))[-1] == Hidden(ROOM, 4)


@on_both
async def test_a_page_leaves_out_what_is_hidden_and_says_so() -> None:
    scroll = Scroll()
    one, two = scroll.says("one", "two")
    state = messages.MessageState(seq=1, edits=1)
    page = HistoryPage(
        room=ROOM, entries=(one, two), hash=chain.origin(ROOM), floor=1, head=2, more_before=False, more_after=False,
        messages=(state, evolve(state, seq=2)), hidden=(1,),
    )  # fmt: skip
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        tasks.start_soon(peer.answer, page)
        found = await chat.history(ROOM)
        assert ([entry.text for entry in found.entries], found.hidden, [*found.messages]) == (["two"], (1,), [2])


# How a room is kept.


@on_both
async def test_a_chat_knows_how_each_room_is_kept_from_lists_and_from_its_self_room() -> None:
    own = Scroll(SELF)
    async with Network() as network, network.connect() as chat:
        peer = await network.welcome()
        received, _ = await peer.expect(messages.Rooms)
        summary = Scroll().summary(muted_until=5, archived=True, pinned=6, marked_unread=True, read=3, draft=2)
        await peer.reply(received, RoomsPage(rooms=(summary,), more=False))
        await peer.subscribe(own)
        await peer.subscribe(Scroll())
        await until(chat, CaughtUp)
        known = RoomInfo(room=ROOM, kind=summary.kind, title="friends", muted_until=5, archived=True, pinned=6)
        assert chat.room(ROOM) == evolve(known, marked_unread=True, unread_at=3, draft=2)
        await peer.send(kept(own, archived=False), own.add(facts.draft(ROOM, b"more"), "draft"))
        await peer.send(own.add(facts.draft(ROOM, None), "draft"))
        while (await chat.next_event()).seq < 3:  # type: ignore[union-attr]
            pass
        expected = evolve(known, muted_until=7, pinned=9, archived=False, marked_unread=True, unread_at=4)
        assert chat.room(ROOM) == expected


@on_both
async def test_reading_on_elsewhere_ends_that_a_room_is_marked_as_unread() -> None:
    own = Scroll(SELF)
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(Scroll())
        await peer.send(kept(own))
        await peer.send(ReceiptsMessage(room=ROOM, read={"bo": 9}, delivered={"ana": 9}))
        assert (await until(chat, Receipts))[-1] == Receipts(ROOM, {"bo": 9}, {"ana": 9})
        assert chat.room(ROOM).marked_unread
        await peer.send(ReceiptsMessage(room=ROOM, read={"ana": 5}))
        await until(chat, Receipts)
        assert not chat.room(ROOM).marked_unread


@on_both
@pytest.mark.parametrize("reply", [ACK, RefusedReply(code="unchanged", verdict="never")])
async def test_a_mark_that_moves_nothing_ends_it_too(reply: messages.Reply) -> None:
    own = Scroll(SELF)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow(Scroll())
        await peer.send(kept(own))
        await until(chat, Entry)
        asked: list[Any] = []

        async def serve() -> None:
            asked.append(await peer.answer(reply))

        tasks.start_soon(serve)
        await chat.mark_read(ROOM, 4)
        [command] = asked
        assert isinstance(command, SetConversation)
        assert (command.room, command.unread, command.archived) == (ROOM, False, None)


@on_both
async def test_another_refusal_of_that_is_raised() -> None:
    own = Scroll(SELF)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow(Scroll())
        await peer.send(kept(own))
        await until(chat, Entry)
        tasks.start_soon(peer.answer, RefusedReply(code="unknown_room", verdict="never"))
        with pytest.raises(Refused, match="unknown_room"):
            await chat.mark_read(ROOM, 4)


@on_both
async def test_the_commands_carry_what_they_were_given() -> None:
    readers = Readers(room=ROOM, users=("bo",))
    asked: list[messages.Command] = []
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()

        async def serve() -> None:
            asked.extend([await peer.answer(reply) for reply in (ACK, ACK, Done(), readers)])

        tasks.start_soon(serve)
        assert await chat.hide(ROOM, 3) == ACK
        assert await chat.set_conversation(ROOM, muted_until=5, pinned=True) == ACK
        await chat.mark_delivered(ROOM, 7)
        assert await chat.who_read(ROOM, 7) == readers
    hide, keep, *others = asked
    assert isinstance(hide, Hide)
    assert isinstance(keep, SetConversation)
    assert (hide.room, hide.seq) == (ROOM, 3)
    assert (keep.muted_until, keep.archived, keep.pinned, keep.unread) == (5, None, True, None)
    assert others == [MarkDelivered(room=ROOM, seq=7), WhoRead(room=ROOM, seq=7)]


# Drafts.


@on_mock_clock
async def test_one_draft_a_second_is_told_and_of_each_room_the_newest() -> None:
    async with Network() as network, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)
        told: list[tuple[float, bytes, Any]] = []
        start = anyio.current_time()
        for text in ("h", "he", "hey"):
            chat.set_draft(ROOM, text)
        chat.set_draft(OTHER, b"exact")
        for _ in range(3):
            received, draft = await peer.expect(SetDraft)
            told.append((anyio.current_time() - start, draft.room, draft.content))
            if len(told) == 1:
                chat.set_draft(ROOM, "")
            await peer.reply(received, ACK)
        assert told == [(0, ROOM, content.text("hey")), (1, ROOM, None), (2, OTHER, b"exact")]


@on_mock_clock
async def test_a_draft_waits_for_a_connection_and_goes_again_over_the_next() -> None:
    async with Network() as network, network.connect() as chat:
        chat.set_draft(ROOM, "hey")
        peer = await network.welcome()
        first = await peer.until(SetDraft)
        await peer.reply(first, RefusedReply(code="busy", verdict="after_ms", after_ms=5))
        second = await peer.until(SetDraft)
        await peer.stream.aclose()
        peer = await network.welcome()
        third = await peer.until(SetDraft)
        drafts = [each.message for each in (first, second, third)]
        assert [draft.content for draft in drafts] == [content.text("hey")] * 3
        assert len(dict.fromkeys(draft.key for draft in drafts)) == 3


@on_mock_clock
async def test_a_chat_that_is_left_tells_its_last_drafts_first() -> None:
    drafts: list[bytes | None] = []
    async with Network() as network, anyio.create_task_group() as tasks, network.connect() as chat:
        peer = await network.follow()
        await until(chat, CaughtUp)

        async def serve() -> None:
            for _ in range(2):
                received, draft = await peer.expect(SetDraft)
                drafts.append(draft.content)
                await peer.reply(received, ACK)
            await peer.drain()

        tasks.start_soon(serve)
        chat.set_draft(ROOM, "one")
        chat.set_draft(OTHER, "two")
    assert drafts == [content.text("one"), content.text("two")]


@on_both
async def test_a_draft_of_another_device_is_looked_up_where_it_stands() -> None:
    own = Scroll(SELF)
    async with Network() as network, network.connect() as chat, anyio.create_task_group() as tasks:
        peer = await network.follow()
        assert await chat.draft(ROOM) is None
        draft = own.add(facts.draft(ROOM, b"elsewhere"), "draft")
        await peer.send(draft)
        await until(chat, Entry)
        page = HistoryPage(
            room=SELF, entries=(draft,), hash=chain.origin(SELF), floor=1, head=1, more_before=False, more_after=False
        )
        tasks.start_soon(peer.answer, page)
        assert await chat.draft(ROOM) == b"elsewhere"


@on_both
async def test_a_draft_that_no_server_takes_is_not_kept() -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow()
        with pytest.raises(Unfit, match="draft"):
            chat.set_draft(ROOM, bytes(DRAFT_BYTES_MAX + 1))
        assert await chat.draft(ROOM) is None
        chat.set_draft(ROOM, bytes(DRAFT_BYTES_MAX))
        assert await chat.draft(ROOM) == bytes(DRAFT_BYTES_MAX)


# Marks.


def desk_of_ana() -> tuple[Desk, list[messages.Command], Errands]:
    desk = Desk(Inbox(10_000), Ledger(10), Sources(), follows_all=True, latest=None, user="ana", room=SELF)
    said: list[messages.Command] = []
    return desk, said, Errands(desk, lambda command, _: said.append(command))


@on_both
async def test_a_private_mark_that_the_server_lost_is_told_again_as_one() -> None:
    desk, said, errands = desk_of_ana()
    desk.learn_read(ROOM, 2, told=True)
    desk.learn_read(ROOM, 5)
    desk.learn_mark(messages.RoomSync(room=ROOM, status="ok", read=2))
    errands._tell_marks()
    assert said == [MarkRead(room=ROOM, seq=2), MarkRead(room=ROOM, seq=5, private=True)]


@on_both
async def test_who_reads_privately_is_marked_so_when_they_post() -> None:
    desk, said, errands = desk_of_ana()
    desk.private = True
    desk.mark(ROOM, 7)
    errands._tell_marks()
    desk.private = False
    desk.mark(ROOM, 8)
    errands._tell_marks()
    assert said == [MarkRead(room=ROOM, seq=7, private=True), MarkRead(room=ROOM, seq=8)]


@on_both
async def test_reading_privately_is_said_once() -> None:
    async with Network() as network, network.connect() as chat:
        await network.follow()
        chat.read_privately()
        assert chat._desk.private
        chat.read_privately(on=False)
        assert not chat._desk.private
