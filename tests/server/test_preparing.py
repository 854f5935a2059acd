"""What is loaded before a post is decided where posts may be held, and before a held one is reviewed."""

from __future__ import annotations

from attrs import evolve
from trio.testing import MockClock

from chatd.chain import pack
from chatd.checked import Checked
from chatd.limits import DEFAULTS
from chatd.messages import Committed, CreateGroup, Origin, Post, Review, SetFilter, SetSettings
from chatd.model import FilterAction, RoomId, RoomKind
from chatd.rooms.effects import NOTHING_LOADED, Actor, First
from chatd.server.preparing import at_hand, prepared
from chatd.storage.memory import MemoryStore
from chatd.wire import content
from tests.house import House, open_house
from tests.server.hooks.rules import dev
from tests.server.people import group
from tests.server.reviews import holding

HOLD = FilterAction.HOLD


def actor_of(house: House, user: str) -> Actor:
    there = house.daemon.core.registry.audience.sessions
    return Actor(next(each.session for each in there.values() if each.user == user), user)


def a_post(house: House, room: RoomId) -> Post:
    return Post(room=room, key=house.key(), content=content.text("hello"))


async def test_only_where_posts_may_be_held_is_the_key_of_each_looked_up(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        loader, actor = house.daemon.core.loader, actor_of(house, "bo")
        command = a_post(house, room)
        await bo.ask(command)
        assert await prepared(loader, actor, command) is NOTHING_LOADED
        await ana.ask(SetFilter(room=room, key=house.key(), words=("spam",), action=HOLD))
        assert isinstance((await prepared(loader, actor, command)).first, First)


async def test_of_most_posts_nothing_is_looked_up_and_of_no_other_that_is_said(mock_clock: MockClock) -> None:
    """Where `at_hand` answers, `prepared` gives the same without asking the store."""
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await house.enter("cy")
        room = await group(house, ana, bo)
        made = await ana.ask(CreateGroup(key=house.key(), title="show", kind=RoomKind.LIVE))
        loader, bo_there = house.daemon.core.loader, actor_of(house, "bo")
        command, reads = a_post(house, room), loader.reads
        assert at_hand(loader, bo_there, command, None) is NOTHING_LOADED
        assert await prepared(loader, bo_there, command) is NOTHING_LOADED
        assert loader.reads == reads
        assert at_hand(loader, bo_there, evolve(command, retry=True), None) is None
        assert at_hand(loader, bo_there, evolve(command, origin=Origin(room=room, seq=1)), None) is None
        assert at_hand(loader, bo_there, command, Checked(type="text", mentions=("ana",))) is None
        assert at_hand(loader, bo_there, command, Checked(type="sticker")) is NOTHING_LOADED
        assert at_hand(loader, bo_there, evolve(command, room=made.room), None) is None
        assert at_hand(loader, bo_there, evolve(command, room=bytes(16)), None) is None
        assert at_hand(loader, actor_of(house, "cy"), command, None) is None
        assert at_hand(loader, actor_of(house, "ana"), evolve(command, room=made.room), None) is None
        await ana.ask(SetSettings(room=room, key=house.key(), requires={"verified": (True,)}))
        assert at_hand(loader, bo_there, command, None) is None
        await ana.ask(SetSettings(room=room, key=house.key(), requires={}))
        assert at_hand(loader, bo_there, command, None) is NOTHING_LOADED
        await ana.ask(SetFilter(room=room, key=house.key(), words=("spam",), action=HOLD))
        assert at_hand(loader, bo_there, command, None) is None


async def test_a_stranger_waits_for_no_key_where_posts_are_held(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.ask(SetFilter(room=room, key=house.key(), words=("spam",), action=HOLD))
        await house.enter("cy")
        reads = house.daemon.core.loader.reads
        assert await prepared(house.daemon.core.loader, actor_of(house, "cy"), a_post(house, room)) is not None
        assert house.daemon.core.loader.reads <= reads + 1


async def test_with_a_held_post_comes_what_it_says_and_whom_it_mentions(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        await house.enter("cy")
        room = await group(house, ana, bo)
        await ana.ask(SetFilter(room=room, key=house.key(), words=("spam",), action=HOLD))
        calling = pack({"type": "text", "text": "spam", "mentions": ["ana"]})
        await bo.ask(Post(room=room, key=house.key(), content=calling))
        loader = house.daemon.core.loader
        command = Review(room=room, key=house.key(), number=1, user="bo", approve=True)
        loaded = await prepared(loader, actor_of(house, "ana"), command)
        assert loaded.checked is not None
        assert (loaded.checked.mentions, loaded.held and loaded.held.user) == (("ana",), "bo")
        assert (await prepared(loader, actor_of(house, "cy"), command)).checked is None


async def test_what_could_not_be_posted_any_more_is_rejected_and_not_approved(mock_clock: MockClock) -> None:
    """It was held by a server that knew other rules."""
    async with open_house() as house:
        _, mo, bo, room = await holding(house)
        await bo.post(room, "spam")
        assert isinstance(house.store, MemoryStore)
        held = house.store._tables.held
        held[room, 1] = evolve(held[room, 1], content=pack({"type": "poll", "fallback": "?", "options": ["one"]}))
        review = Review(room=room, key=house.key(), number=1, user="bo", approve=True)
        assert (await mo.ask(review)).code == "bad_seq"
        assert isinstance(await mo.ask(evolve(review, approve=False)), Committed)


async def test_the_key_of_a_post_that_lets_others_expire_is_looked_up(mock_clock: MockClock) -> None:
    """A repeat is not stored: who is decided on what it would let expire leaves that unerased for ever."""
    async with open_house(dev(limits=evolve(DEFAULTS, live_entries_max=10))) as house:
        hana = await house.enter("hana")
        made = await hana.ask(CreateGroup(key=house.key(), title="show", kind=RoomKind.LIVE))
        command = a_post(house, made.room)
        await hana.ask(command)
        for _ in range(9):
            await hana.post_on_disk(made.room, "hello")
        loader, actor = house.daemon.core.loader, actor_of(house, "hana")
        assert await prepared(loader, actor, command) is NOTHING_LOADED
        await hana.post_on_disk(made.room, "the twelfth entry of ten")
        assert isinstance((await prepared(loader, actor, command)).first, First)
