"""Subscribe and catch up are one act: no window between what was and what comes."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve
from trio.testing import MockClock

from chatd.chain import origin, short
from chatd.limits import DEFAULTS
from chatd.messages import CaughtUp, Entered, Gap, Post, Subscribe
from chatd.model import RoomId
from chatd.server.catchup import REPLY_BYTES_MAX, SYNC_BYTES
from chatd.server.config import Config, MemoryConfig
from chatd.storage.base import StoreError
from chatd.storage.queries import GetEntries, GetHash
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.people import add, direct, group, keep_pushes, remove, seqs, session_of, texts
from tests.server.races import overtaken
from tests.server.stores import GatedStore

WITHOUT_TAIL = Config(data=Path("unused"), dev=True, memory=MemoryConfig(tail_bytes_max=0))


def start(peer: Peer, *rooms: RoomId, latest: int | None = None) -> Subscribe:
    cursors = tuple(part for room in rooms for part in (room, 0, short(origin(room))))
    return Subscribe(epoch=peer.epoch, rooms=cursors, latest=latest)


async def send_post(house: House, peer: Peer, room: RoomId, text: str) -> None:
    await peer.send(Post(room=room, key=house.key(), content=content.text(text)))


async def test_what_commits_while_a_subscribe_reads_is_neither_missed_nor_doubled(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.post(room, "before")
        house.daemon.core.registry.rooms[room].shorten()
        tv = await house.enter("bo", "tv", follow=False)
        store.hold_reads()
        request = await tv.send(start(tv, room))
        await house.rest()
        await send_post(house, ana, room, "while it reads")
        await house.rest()
        assert tv.received == []
        store.release_reads()
        await house.rest()
        [sync] = tv.reply(request).rooms
        assert (sync.start, sync.end, sync.head, sync.attached) == (1, 3, 3, True)
        await ana.post(room, "after")
        assert seqs(tv, room) == [1, 2, 3, 4]


async def test_a_page_without_a_tail_behind_it_asks_for_more(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(WITHOUT_TAIL, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        tv = await house.enter("bo", "tv", follow=False)
        store.hold_reads()
        request = await tv.send(start(tv, room))
        await house.rest()
        await send_post(house, ana, room, "while it reads")
        await house.rest()
        store.release_reads()
        await house.rest()
        [sync] = tv.reply(request).rooms
        assert (sync.start, sync.end, sync.head, sync.attached, sync.more) == (1, 1, 2, False, True)
        assert tv.events(CaughtUp) == []


async def test_who_subscribes_again_from_further_back_hears_nothing_before_it_is_caught_up(
    mock_clock: MockClock,
) -> None:
    """The attachment of before would put the next entry in front of the pages that are still to come (invariant O6)."""
    config = evolve(WITHOUT_TAIL, limits=evolve(DEFAULTS, page_entries_max=2))
    async with open_house(config) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        for text in ("one", "two", "three"):
            await ana.post(room, text)
        bo.received.clear()
        [sync] = (await bo.ask(start(bo, room))).rooms
        assert (sync.end, sync.attached, sync.more) == (2, False, True)
        await ana.post(room, "four")
        assert seqs(bo, room) == [1, 2]


async def test_a_removal_that_commits_while_a_subscribe_reads_clips_it(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(WITHOUT_TAIL, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await group(house, ana, bo)
        store.hold_appends()
        await ana.send(remove(house, room, "bo"))
        await house.rest()
        await send_post(house, ana, room, "not for bo")
        await house.rest()
        store.hold_reads()
        request = await bo.send(start(bo, room))
        await house.rest()
        store.release_appends()
        await house.rest()
        store.release_reads()
        await house.rest()
        [sync] = bo.reply(request).rooms
        assert (sync.state, sync.head, sync.attached) == ("left", 2, False)
        bo.received.clear()
        await bo.subscribe(room, 1, short(await hash_at(house, room, 1)))
        assert seqs(bo, room) == [2]
        assert texts(bo, room) == []


async def hash_at(house: House, room: RoomId, seq: int) -> bytes:
    [value] = (await house.store.read([GetHash(room=room, seq=seq)])).values
    assert isinstance(value, bytes)
    return value


async def test_a_join_that_commits_while_a_subscribe_reads_is_seen(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await group(house, ana, bo)
        await ana.ask(remove(house, room, "bo"))
        house.daemon.core.registry.rooms[room].shorten()
        reply = await overtaken(house, store, (ana, add(house, room, "bo")), (bo, start(bo, room)))
        [sync] = reply.rooms
        assert (sync.status, sync.end, sync.attached, sync.more) == ("ok", 0, False, True)
        await bo.subscribe(room)
        [gap] = bo.events(Gap)
        assert (gap.start, gap.end) == (1, 2)
        assert seqs(bo, room) == [3]


async def test_the_reply_and_what_follows_leave_in_one_object(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await direct(house, ana, bo)
        kept = keep_pushes(session_of(house, bo))
        request = await bo.send(start(bo, room))
        await house.rest()
        assert len(kept.frames) == 1
        assert [each.request for each in bo.received] == [request, 0, 0]
        assert [type(event) for event in bo.events()] == [Entered, CaughtUp]


async def test_no_answer_is_larger_than_64_kib_and_every_one_moves_on(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await direct(house, ana, bo)
        for _ in range(6):
            await ana.post(room, "x" * 32_000)
        kept = keep_pushes(session_of(house, bo))
        seq, h8, subscribes = 0, short(origin(room)), 0
        while not (sync := (await bo.subscribe(room, seq, h8)).rooms[0]).attached:
            assert sync.more
            last = bo.events(Entered)[-1]
            assert last.seq > seq
            seq, h8, subscribes = last.seq, last.h8, subscribes + 1
        assert seqs(bo, room) == [1, 2, 3, 4, 5, 6, 7]
        assert max(map(len, kept.frames)) <= 64 * 1024
        assert len(kept.frames) == subscribes + 1


async def test_of_more_rooms_than_fit_the_first_are_answered(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana", follow=False)
        rooms = [await group(house, ana) for _ in range(100)]
        reply = await ana.ask(start(ana, *rooms, latest=0))
        fitting = REPLY_BYTES_MAX // (SYNC_BYTES + len("friends"))
        assert [sync.room for sync in reply.rooms] == rooms[:fitting]
        assert ana.events(CaughtUp) == []
        rest = await ana.ask(start(ana, *rooms[fitting:], latest=0))
        assert [sync.room for sync in rest.rooms] == rooms[fitting:]
        assert len(ana.events(CaughtUp)) == 1


async def test_only_so_many_rooms_are_looked_at_as_the_greeting_says(mock_clock: MockClock) -> None:
    config = evolve(WITHOUT_TAIL, limits=evolve(DEFAULTS, subscribe_rooms_max=1))
    async with open_house(config) as house:
        ana = await house.enter("ana", follow=False)
        rooms = [await group(house, ana) for _ in range(2)]
        assert [sync.room for sync in (await ana.ask(start(ana, *rooms))).rooms] == rooms[:1]


async def test_a_session_that_ends_while_its_subscribe_reads_is_attached_to_nothing(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(WITHOUT_TAIL, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await direct(house, ana, bo)
        session = session_of(house, bo)
        store.hold_reads()
        await bo.send(start(bo, room))
        await house.rest()
        store.release_reads()
        session.leave()
        await house.rest()
        assert list(house.daemon.core.registry.rooms[room].attachments) == [session_of(house, ana).id]
        assert bo.received == []


async def test_a_subscribe_whose_read_fails_is_refused_and_attaches_nothing(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(WITHOUT_TAIL, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", follow=False)
        room = await direct(house, ana, bo)
        store.read_error = StoreError("too slow")
        assert (await bo.subscribe(room)).code == "internal"
        await ana.post(room, "hi")
        assert bo.events() == []


async def test_who_joins_while_their_subscribe_reads_hears_the_room_in_the_end(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(WITHOUT_TAIL, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        old, new = await direct(house, ana, bo), await group(house, ana)
        await ana.post(old, "a page to read")
        reply = await overtaken(house, store, (ana, add(house, new, "bo")), (bo, start(bo, new, old)), of=GetEntries)
        sync = reply.rooms[0]
        assert (sync.status, sync.more, sync.attached) == ("ok", True, False)
        [sync] = (await bo.ask(start(bo, new))).rooms
        assert (sync.more, sync.attached) == (False, True)
        await ana.post(new, "heard")
        assert seqs(bo, new)[-1] == 3
