"""A client that chooses the key of an entry which the server is about to derive harms nobody but itself."""

from __future__ import annotations

from typing import Any

from trio.testing import MockClock

from chatd.chain import group_id, self_key
from chatd.messages import (
    Command,
    Committed,
    CreateGroup,
    Join,
    Leave,
    Post,
    React,
    Review,
    SetDraft,
    SetRole,
    SetSettings,
    SetTitle,
)
from chatd.model import Role, RoomId, RoomKind, RoomRecord
from chatd.rights import JoinBy, Permission
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.hooks.rules import by_word, plan
from tests.server.people import group
from tests.server.reviews import holding
from tests.server.stores import GatedStore


async def between(
    house: House, store: GatedStore, ana: Peer, room: RoomId, title: str, asked: tuple[Peer, Command]
) -> tuple[Any, RoomRecord]:
    """Let Ana post, then somebody ask, then Ana set the title, all before anything of it is on disk. Return what was
    answered to who asked, and what the room is then."""
    store.hold_appends()
    await ana.send(Post(room=room, key=house.key(), content=content.text("first")))
    await house.rest()
    peer, command = asked
    request = await peer.send(command)
    await house.rest()
    await ana.send(SetTitle(room=room, key=house.key(), title=title))
    await house.rest()
    store.release_appends()
    await house.rest()
    record = house.daemon.core.registry.rooms[room].record
    assert record is not None
    return peer.reply(request), record


async def test_a_derived_key_that_is_taken_is_a_conflict_and_others_go_on(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room, key = await group(house, ana), house.key()
        taken = self_key(group_id("ana", key), key, "ana")
        draft = await ana.ask(SetDraft(room=room, key=taken, content=content.text("mine")))
        assert isinstance(draft, Committed)
        made = await ana.ask(CreateGroup(key=key, title="tea", members=("bo",)))
        assert made.code == "conflict"
        assert isinstance(await bo.ask(CreateGroup(key=house.key(), title="tea")), Committed)
        again = await ana.ask(CreateGroup(key=key, title="tea", members=("bo",), retry=True))
        assert again.code == "conflict"


async def test_what_the_store_would_refuse_is_not_what_others_are_decided_on(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, eve = await house.enter("ana"), await house.enter("eve")
        own, room, key = await group(house, eve), await group(house, ana), house.key()
        await ana.ask(SetSettings(room=room, key=house.key(), join_by=JoinBy.OPEN))
        await eve.ask(SetDraft(room=own, key=self_key(room, key, "eve"), content=content.text("mine")))
        asked = Join(room=room, key=key)
        reply, record = await between(house, store, ana, room, "tea", (eve, asked))
        assert reply.code == "conflict"
        assert (record.title, record.members) == ("tea", 1)


async def test_a_derived_key_in_flight_is_a_conflict_once_it_is_on_disk(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, eve = await house.enter("ana"), await house.enter("eve")
        own, room, key = await group(house, eve), await group(house, ana, eve), house.key()
        store.hold_appends()
        draft = SetDraft(room=own, key=self_key(room, key, "eve"), content=content.text("mine"))
        requests = [await eve.send(draft), await eve.send(Leave(room=room, key=key))]
        await house.rest()
        await ana.send(SetTitle(room=room, key=house.key(), title="tea"))
        await house.rest()
        store.release_appends()
        await house.rest()
        first, second = (eve.reply(each) for each in requests)
        assert isinstance(first, Committed)
        assert second.code == "conflict"
        record = house.daemon.core.registry.rooms[room].record
        assert record is not None
        assert (record.title, record.members) == ("tea", 2)


async def test_the_key_of_what_followed_from_a_command_is_that_of_no_other(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, eve = await house.enter("ana"), await house.enter("eve")
        own, room, key = await group(house, eve), await group(house, ana, eve), house.key()
        assert isinstance(await eve.ask(Leave(room=room, key=key)), Committed)
        draft = SetDraft(room=own, key=self_key(room, key, "eve"), content=content.text("mine"))
        assert (await eve.ask(draft)).code == "conflict"


async def test_a_held_post_whose_key_its_author_has_used_since_is_not_approved(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, mo, bo, room = await holding(house)
        await ana.ask(SetSettings(room=room, key=house.key(), defaults=(Permission.POST, Permission.TITLE)))
        key = house.key()
        assert (await bo.post(room, "spam", key)).held
        assert isinstance(await bo.ask(SetTitle(room=room, key=key, title="tea")), Committed)
        asked = Review(room=room, key=house.key(), number=1, user="bo", approve=True)
        reply, record = await between(house, store, ana, room, "coffee", (mo, asked))
        assert reply.code == "conflict"
        assert (record.title, record.held) == ("coffee", 1)


async def test_a_repeat_of_a_held_post_has_its_answer_while_it_is_being_approved(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        _, mo, bo, room = await holding(house)
        key = house.key()
        first = await bo.post(room, "spam", key)
        store.hold_appends()
        await mo.send(Review(room=room, key=house.key(), number=1, user="bo", approve=True))
        await house.rest()
        meanwhile = await bo.post(room, "spam", key, retry=True)
        store.release_appends()
        await house.rest()
        for again in (meanwhile, await bo.post(room, "spam", key)):
            assert (again.room, again.seq, again.held, again.duplicate) == (first.room, first.seq, True, True)


async def test_the_key_of_a_post_that_is_being_approved_is_no_other_commands(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, mo, bo, room = await holding(house)
        await ana.ask(SetRole(room=room, key=house.key(), user="mo", role=Role.ADMIN))
        await ana.ask(SetSettings(room=room, key=house.key(), defaults=(Permission.POST, Permission.TITLE)))
        key = house.key()
        await bo.post(room, "spam", key)
        store.hold_appends()
        await mo.send(Review(room=room, key=house.key(), number=1, user="bo", approve=True))
        await house.rest()
        title = SetTitle(room=room, key=key, title="tea")
        request = await bo.send(title)
        await house.rest()
        store.release_appends()
        await house.rest()
        assert bo.reply(request).code == "conflict"
        assert (await bo.ask(title)).code == "conflict"


async def test_a_key_is_one_commands_also_where_only_one_of_two_is_an_entry_of_the_room(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        made = await ana.ask(CreateGroup(key=house.key(), title="news", kind=RoomKind.BROADCAST))
        await ana.post_on_disk(made.room, "hello")
        key = house.key()
        first = await ana.ask(React(room=made.room, key=key, seq=2, emoji="+"))
        assert isinstance(first, Committed)
        assert (await ana.post(made.room, "hello again", key)).code == "conflict"
        again = await ana.ask(React(room=made.room, key=key, seq=2, emoji="+", retry=True))
        assert (again.room, again.seq, again.duplicate) == (first.room, first.seq, True)


async def test_what_a_rule_holds_is_not_counted_where_its_key_is_another_commands(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store, plan=plan(by_word)) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room, key = await group(house, ana, bo), house.key()
        await bo.ask(SetDraft(room=room, key=key, content=content.text("mine")))
        asked = Post(room=room, key=key, content=content.text("hold this"))
        reply, record = await between(house, store, ana, room, "tea", (bo, asked))
        assert reply.code == "conflict"
        assert (record.title, record.held, record.held_ever) == ("tea", 0, 0)
