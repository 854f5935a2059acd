"""Following a broadcast room: no hole and no double at the moment of coming, and nothing that grows with the many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from attrs import Factory, define
from trio.testing import MockClock

from chatd.chain import group_id
from chatd.messages import (
    Committed,
    CreateGroup,
    Gap,
    History,
    Join,
    Leave,
    Members,
    Post,
    React,
    Reactions,
    RemoveMember,
    SetSettings,
    Summary,
)
from chatd.model import Item, Membership, MemberState, Role, RoomId, RoomKind, RoomRecord, UserRecord
from chatd.rights import Past, Permission, Settings
from chatd.server import signals
from chatd.storage.base import Answers, StoreFull
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import Query
from chatd.wire import content
from tests.house import EPOCH, House, Peer, open_house
from tests.server.people import seqs
from tests.server.stores import GatedStore

NEWS = group_id("ana", bytes(16))


async def channel(house: House, owner: Peer, past: Past = Past.ALL) -> RoomId:
    """Return a broadcast room with two entries."""
    made = await owner.ask(CreateGroup(key=house.key(), title="news", kind=RoomKind.BROADCAST))
    room: RoomId = made.room
    await owner.ask(SetSettings(room=room, key=house.key(), history=past, slow_mode_s=1))
    owner.received.clear()
    return room


def posting(house: House, room: RoomId, text: str = "hello") -> Post:
    return Post(room=room, key=house.key(), content=content.text(text))


async def follow(house: House, peer: Peer, room: RoomId) -> None:
    assert isinstance(await peer.ask(Join(room=room, key=house.key())), Committed)
    peer.received.clear()


def gaps(peer: Peer, room: RoomId) -> list[tuple[int, int, str]]:
    return [(gap.start, gap.end, gap.reason) for gap in peer.events(Gap) if gap.room == room]


@pytest.mark.parametrize(
    ("past", "reason", "floor"), [(Past.ALL, "skipped", 1), (Past.JOINED, "not_visible", 5)], ids=list(Past)
)
async def test_what_is_posted_as_somebody_comes_is_given_once_or_named(
    mock_clock: MockClock, past: Past, reason: str, floor: int
) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, fay = await house.enter("ana"), await house.enter("fay")
        room = await channel(house, ana, past)
        store.hold_appends()
        await ana.send(posting(house, room, "alone in its commit"))
        await ana.send(posting(house, room, "before, in one commit with the coming"))
        await house.rest()
        coming = await fay.send(Join(room=room, key=house.key()))
        await house.rest()
        await ana.send(posting(house, room, "after, in the same commit"))
        await house.rest()
        store.release_appends()
        await house.rest()
        assert len(store.batches[-1]) == 3
        assert isinstance(fay.reply(coming), Committed)
        assert (gaps(fay, room), seqs(fay, room)) == ([(1, 4, reason)], [5])
        assert house.daemon.core.registry.rooms[room].slots["fay"].membership.floor == floor


@pytest.mark.parametrize(("past", "shown"), [(Past.ALL, [1, 2, 3]), (Past.JOINED, [])], ids=list(Past))
async def test_who_catches_up_later_gets_all_that_they_may_see(
    mock_clock: MockClock, past: Past, shown: list[int]
) -> None:
    async with open_house() as house:
        ana, fay = await house.enter("ana"), await house.enter("fay", follow=False)
        room = await channel(house, ana, past)
        await ana.ask(posting(house, room))
        await follow(house, fay, room)
        reply = await fay.subscribe(room)
        assert (reply.rooms[0].attached, reply.rooms[0].head) == (True, 3)
        assert (seqs(fay, room), gaps(fay, room)) == (shown, [] if shown else [(1, 3, "not_visible")])
        await ana.ask(posting(house, room))
        assert seqs(fay, room) == [*shown, 4]


async def test_who_stops_following_hears_no_more_on_any_device_and_reads_what_was_there(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, fay, tablet = (
            await house.enter("ana"),
            await house.enter("fay"),
            await house.enter("fay", "tablet"),
        )
        room = await channel(house, ana)
        await follow(house, fay, room)
        await ana.ask(posting(house, room))
        assert [seqs(each, room) for each in (fay, tablet)] == [[3], [3]]
        await fay.ask(Leave(room=room, key=house.key()))
        await ana.ask(posting(house, room))
        assert [seqs(each, room) for each in (fay, tablet)] == [[3], [3]]
        page = await fay.ask(History(room=room))
        assert ([entry.seq for entry in page.entries], page.head) == ([1, 2, 3], 3)


async def test_who_is_removed_in_one_commit_with_a_post_gets_what_came_before_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, fay = await house.enter("ana"), await house.enter("fay")
        room = await channel(house, ana)
        await follow(house, fay, room)
        store.hold_appends()
        for command in (
            posting(house, room, "alone"),
            posting(house, room, "before"),
            RemoveMember(room=room, key=house.key(), user="fay"),
            posting(house, room, "after"),
        ):
            await ana.send(command)
            await house.rest()
        store.release_appends()
        await house.rest()
        assert (seqs(fay, room), seqs(ana, room)) == ([3, 4], [3, 4, 5])


async def test_a_summary_goes_out_once_a_second_to_all_in_the_same_words(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "PUSHES_A_STEP", 1)  # others have their turn between any two
    async with open_house() as house:
        ana, *fans = [await house.enter(name) for name in ("ana", "fay", "finn", "flo")]
        room = await channel(house, ana)
        for fan in fans:
            await follow(house, fan, room)
        await ana.ask(posting(house, room))
        for fan in fans:
            await fan.ask(React(room=room, key=house.key(), seq=3, emoji="+"))
        assert [each.events(Summary) for each in (ana, *fans)] == [[]] * 4
        await house.sleep(1)
        told = [each.events(Summary) for each in (ana, *fans)]
        assert [len(summaries) for summaries in told] == [1] * 4
        assert told[0][0].posts[0].reactions == {"+": 3}
        assert [summaries for summaries in told if summaries != told[0]] == []


async def test_a_summary_of_a_room_that_left_memory_is_dropped(mock_clock: MockClock) -> None:
    async with open_house() as house:
        gone = Summary(room=bytes(16), members=1)
        await house.daemon.core.signals._tell_summary(gone)


@pytest.mark.parametrize("stored", [False, True], ids=["lost", "stored"])
async def test_a_lost_reaction_is_counted_as_the_store_has_it(mock_clock: MockClock, stored: bool) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, fay, finn = await house.enter("ana"), await house.enter("fay"), await house.enter("finn")
        room = await channel(house, ana)
        for fan in (fay, finn):
            await follow(house, fan, room)
        await ana.ask(posting(house, room))
        store.fail_next(StoreFull("no space left"), stored=stored)
        await fay.send(React(room=room, key=house.key(), seq=3, emoji="+"))
        await house.rest()
        assert (fay.ended, finn.ended) == (True, False)
        assert house.daemon.core.registry.rooms[room].in_flight == 0
        await house.sleep(2)
        await finn.ask(React(room=room, key=house.key(), seq=3, emoji="+"))
        page = await finn.ask(History(room=room))
        assert page.messages[0].reactions == {"+": 1 + stored}


@define(eq=False)
class CountingStore(MemoryStore):
    """Keeps what it is asked."""

    asked: list[type[Query]] = Factory(list)

    async def read(self, queries: Sequence[Query], *, deadline_s: float = 5.0) -> Answers:
        self.asked += [type(query) for query in queries]
        return await super().read(queries, deadline_s=deadline_s)


async def crowded(followers: int) -> CountingStore:
    """Return a store with a broadcast room that so many follow."""
    store = CountingStore(EPOCH)
    settings = Settings(defaults=(Permission.REACT,), history=Past.ALL)
    record = RoomRecord(
        room=NEWS, kind=RoomKind.BROADCAST, title="news", members=followers, owners=1, settings=settings
    )
    names = ["ana", "fay", *[f"fan{number:05}" for number in range(followers - 2)]]
    members = [
        Membership(
            room=NEWS, user=name, state=MemberState.MEMBER, role=Role.OWNER if name == "ana" else Role.MEMBER,
            floor=1, until=None,
        )
        for name in names
    ]  # fmt: skip
    await store.append([Item(records=(record, *members, UserRecord(user="fay", created=1)))])
    return store


async def visited(store: CountingStore) -> tuple[Counter[type[Query]], int, int]:
    """Let an owner and a follower do what they do, and return what the store was asked how often, how many memberships
    came to memory, and how many replies were no refusals."""
    async with open_house(store=store) as house:
        ana, fay = await house.enter("ana"), await house.enter("fay")
        for peer in (ana, fay):
            await peer.subscribe(NEWS)
        done = [
            await ana.ask(posting(house, NEWS)),
            await fay.ask(React(room=NEWS, key=house.key(), seq=1, emoji="+")),
            await fay.ask(Members(room=NEWS)),
            await ana.ask(Members(room=NEWS, limit=10)),
            await ana.ask(Reactions(room=NEWS, seq=1)),
            await fay.ask(Leave(room=NEWS, key=house.key())),
            await ana.ask(RemoveMember(room=NEWS, key=house.key(), user="fan00001")),
        ]
        await house.sleep(2)
        assert ana.events(Summary)
        registry = house.daemon.core.registry
        return (
            Counter(store.asked),
            registry.slots,
            len([each for each in done if "Refused" not in type(each).__name__]),
        )


async def test_no_step_walks_the_memberships(mock_clock: MockClock) -> None:
    """Nothing is asked, and nothing comes to memory, for 20,000 followers that would not be for ten."""
    few, many = await visited(await crowded(10)), await visited(await crowded(20_000))
    assert few == many
    assert few[2] == 7
