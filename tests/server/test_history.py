"""What became of posts in pages: it fits, it is as of now, and former members are not told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import asdict
from trio.testing import MockClock

from chatd.chain import origin, short
from chatd.messages import Delete, Edit, Entered, History, React, Reactions, Rooms, Subscribe, Versions
from chatd.model import RoomId
from chatd.server.config import Config, MemoryConfig
from chatd.storage import queries as ask
from chatd.storage.personal import GetRooms
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.people import group, remove
from tests.server.stores import GatedStore

LARGE = "x" * 32_740


async def edit(house: House, who: Peer, room: RoomId, seq: int, text: str) -> None:
    await who.ask(Edit(room=room, key=house.key(), seq=seq, content=content.text(text)))


async def react(house: House, who: Peer, room: RoomId, seq: int, emoji: str) -> None:
    await who.ask(React(room=room, key=house.key(), seq=seq, emoji=emoji))


async def test_a_page_tells_the_newest_edit_and_the_reactions_of_its_posts(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post_on_disk(room, "one")
        await ana.post_on_disk(room, "two")
        await edit(house, ana, room, 2, "uno")
        await react(house, bo, room, 2, "x")
        await react(house, ana, room, 2, "x")
        page = await bo.ask(History(room=room, before=4))
        [state] = page.messages
        assert (state.seq, state.edits, state.edited, state.deleted) == (2, 1, 4, False)
        assert content.parse(state.edit.body).text == "uno"
        assert (state.reactions, state.first) == ({"x": 2}, {"x": "bo ana"})


async def test_a_large_edit_is_left_out_of_a_page_where_it_does_not_fit_and_said_to_be_there(
    mock_clock: MockClock,
) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        room = await group(house, ana)
        await ana.post_on_disk(room, LARGE)
        await edit(house, ana, room, 2, LARGE)
        page = await ana.ask(History(room=room, around=2, limit=1))
        assert [entry.seq for entry in page.entries] == [2]
        [state] = page.messages
        assert (state.edited, state.edit) == (3, None)
        versions = await ana.ask(Versions(room=room, seq=2))
        assert content.parse(versions.edits[0].body).text == LARGE


async def test_who_has_left_is_not_told_what_became_of_posts_since(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post_on_disk(room, "one")
        await ana.ask(remove(house, room, "bo"))
        await edit(house, ana, room, 2, "uno")
        await react(house, ana, room, 2, "x")
        page = await bo.ask(History(room=room))
        assert ([entry.seq for entry in page.entries], page.messages) == ([1, 2, 3], ())
        assert (await bo.ask(Versions(room=room, seq=2))).edits == ()
        assert (await bo.ask(Reactions(room=room, seq=2))).code == "not_member"
        assert (await bo.ask(Versions(room=room, seq=4))).code == "bad_seq"


READS = {History: ask.GetEntries, Versions: ask.GetEdits, Rooms: GetRooms, Subscribe: ask.GetEntries}
"""What is on its way from the store while a post is deleted: not what is brought to memory before."""


async def deleted_while(house: House, store: GatedStore, ana: Peer, room: RoomId, reader: Peer, command: Any) -> int:
    """Delete the post at 2 while what `command` reads is on its way from the store; return the request of `command`."""
    store.hold_appends()
    await ana.send(Delete(room=room, key=house.key(), seq=2))
    await house.rest()
    store.hold_reads(of=READS[type(command)])
    request = await reader.send(command)
    await house.rest()
    store.release_appends()
    await house.rest()
    store.release_reads()
    await house.rest()
    return request


@pytest.mark.parametrize("kind", ["history", "rooms", "versions"])
async def test_what_was_read_before_a_deletion_is_shown_without_it(mock_clock: MockClock, kind: str) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await group(house, ana, bo)
        await ana.post_on_disk(room, "secret")
        await edit(house, ana, room, 2, "secret, too")
        commands: dict[str, Any] = {
            "history": History(room=room),
            "rooms": Rooms(),
            "versions": Versions(room=room, seq=2),
        }
        await bo.ask(commands[kind])
        assert "secret" in repr([asdict(each.message) for each in bo.received])
        bo.received.clear()
        request = await deleted_while(house, store, ana, room, bo, commands[kind])
        assert "secret" not in repr([asdict(each.message) for each in bo.received])
        assert "refused" not in repr(bo.reply(request)).lower()


async def test_a_subscribe_that_was_reading_while_a_post_was_deleted_sends_nothing_of_it(
    mock_clock: MockClock,
) -> None:
    store = GatedStore()
    config = Config(data=Path("unused"), dev=True, memory=MemoryConfig(tail_bytes_max=0))
    async with open_house(config, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await group(house, ana, bo)
        await ana.post_on_disk(room, "secret")
        command = Subscribe(epoch=house.store.epoch, rooms=(room, 0, short(origin(room))))
        request = await deleted_while(house, store, ana, room, bo, command)
        [sync] = bo.reply(request).rooms
        assert (sync.status, sync.attached, sync.more) == ("ok", False, True)  # the deletion itself is still to come
        assert [(each.seq, each.body is None) for each in bo.events(Entered)] == [(1, False), (2, True)]
        bo.received.clear()
        await bo.subscribe(room)
        assert [(each.seq, each.kind, each.body is None) for each in bo.events(Entered)] == [
            (1, "create", False),
            (2, "post", True),
            (3, "delete", False),
        ]
