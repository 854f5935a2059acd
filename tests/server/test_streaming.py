"""A live room over a whole daemon: an audience comes, hears, is slow, comes back, and is sent away."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from trio.testing import MockClock

from chatd.chain import invite_hash, origin, short
from chatd.limits import DEFAULTS
from chatd.messages import (
    Ban,
    CaughtUp,
    Cheer,
    Cheers,
    CreateGroup,
    CreateInvite,
    End,
    Entered,
    Gap,
    JoinByInvite,
    Paused,
    Post,
    Refused,
    Subscribed,
    Unwatched,
    Watch,
    Watchers,
)
from chatd.model import RoomId, RoomKind
from chatd.rights import Archive
from chatd.server import feeding, signals
from chatd.server.config import Config
from chatd.storage.memory import MemoryStore
from chatd.wire import content
from tests.house import EPOCH, House, Peer, open_house
from tests.memory_index import MemoryIndex
from tests.server.people import seqs, texts
from tests.server.searches import fed, searched, seqs as found

CODE = bytes(range(16))


async def stream(house: House, host: Peer) -> RoomId:
    """Return a live room; what its host was told of it is forgotten."""
    reply = await host.ask(CreateGroup(key=house.key(), title="show", kind=RoomKind.LIVE))
    host.received.clear()
    room: RoomId = reply.room
    return room


async def watch(peer: Peer, room: RoomId, seq: int = 0, h8: bytes | None = None, latest: int | None = None) -> object:
    h8 = h8 or short(origin(room))
    return await peer.ask(Watch(room=room, epoch=peer.epoch, seq=seq, h8=h8, latest=latest))


async def test_everybody_who_watches_hears_the_same_frames_and_nothing_of_them_is_stored(mock_clock: MockClock) -> None:
    async with open_house() as house:
        hana = await house.enter("hana")
        room = await stream(house, hana)
        crowd = [await house.enter(f"v{number}", follow=False) for number in range(9)]
        for peer in crowd:
            assert isinstance(await watch(peer, room), Subscribed)
        await hana.post_on_disk(room, "hello")
        assert all(texts(peer, room) == ["hello"] for peer in crowd)
        assert all(seqs(peer, room) == [1, 2] for peer in crowd)
        store = house.store
        assert isinstance(store, MemoryStore)
        assert [user for where, user in store._tables.memberships if where == room] == ["hana"]
        await house.sleep(1)
        assert hana.events(Watchers) == [Watchers(room=room, count=9)]
        await house.sleep(5)
        assert len(hana.events(Watchers)) == 1


async def test_who_comes_back_goes_on_from_the_cursor(mock_clock: MockClock) -> None:
    async with open_house() as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False)
        room = await stream(house, hana)
        await watch(vera, room)
        await hana.post_on_disk(room, "one")
        cursor = vera.events(Entered)[-1]
        await vera.stream.aclose()
        await hana.post_on_disk(room, "two")
        again = await house.enter("vera", follow=False)
        reply = await again.subscribe(room, cursor.seq, cursor.h8)
        assert reply.rooms[0].status == "unknown_room"
        again.received.clear()
        await watch(again, room, cursor.seq, cursor.h8)
        assert texts(again, room) == ["two"]
        assert len(again.events(CaughtUp)) == 1
        await hana.post_on_disk(room, "three")
        assert texts(again, room) == ["two", "three"]


async def test_only_the_session_that_watches_listens(mock_clock: MockClock) -> None:
    async with open_house() as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False)
        laptop = await house.enter("vera", "laptop", follow=False)
        room = await stream(house, hana)
        await watch(vera, room)
        reply = await laptop.subscribe(room)
        assert reply.rooms[0].status == "unknown_room"
        await hana.ask(Ban(room=room, key=house.key(), user="vera"))
        await hana.post_on_disk(room, "hello")
        assert texts(laptop, room) == []


async def test_a_slow_watcher_is_paused_and_goes_on_by_either_command(mock_clock: MockClock) -> None:
    usual = Config(data=Path("unused"), dev=True)
    async with open_house(evolve(usual, outbox=evolve(usual.outbox, bytes_max=128 * 1024))) as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False, slowly=True)
        room = await stream(house, hana)
        await watch(vera, room)
        vera.stop_reading()
        for _ in range(8):
            await hana.post_on_disk(room, "x" * 30_000)
        vera.read_again()
        await house.rest()
        assert vera.events(Paused) == [Paused(reason="slow")]
        last = vera.events(Entered)[-1]
        reply = await vera.subscribe(room, last.seq, last.h8)
        assert reply.rooms[0].status == "ok"
        last = vera.events(Entered)[-1]
        assert isinstance(await watch(vera, room, last.seq, last.h8), Subscribed)


async def test_the_end_sends_everybody_away_the_paused_too(mock_clock: MockClock) -> None:
    async with open_house() as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False)
        vito = await house.enter("vito", follow=False)
        room = await stream(house, hana)
        for peer in (vera, vito):
            await watch(peer, room)
            peer.received.clear()
        core = house.daemon.core
        session = core.registry.audience.session_of("vito", "phone")
        assert session
        core.registry.audience.pause(core.registry.audience.sessions[session])
        await hana.ask(End(room=room, key=house.key(), archive=Archive.STAFF))
        assert [type(each) for each in vera.events()] == [Entered, Unwatched]
        assert vito.events() == [Unwatched(room=room, reason="ended")]
        there = core.registry.rooms[room]
        assert [*there.attachments] == [core.registry.audience.session_of("hana", "phone")]
        assert there.live
        assert there.live.sessions == {}
        assert (await watch(vera, room)) == Refused(code="ended", verdict="never", text="the stream is over")


async def test_a_ban_sends_away_all_sessions_of_one_user_and_nobody_else(mock_clock: MockClock) -> None:
    async with open_house() as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False)
        laptop, vito = await house.enter("vera", "laptop", follow=False), await house.enter("vito", follow=False)
        room = await stream(house, hana)
        for peer in (vera, laptop, vito):
            await watch(peer, room)
            peer.received.clear()
        await hana.ask(Ban(room=room, key=house.key(), user="vera"))
        await hana.post_on_disk(room, "and on")
        for peer in (vera, laptop):
            assert seqs(peer, room) == [2]
            assert peer.events(Unwatched) == [Unwatched(room=room, reason="banned")]
        assert (seqs(vito, room), vito.events(Unwatched)) == ([2, 3], [])


async def test_who_watches_and_joins_misses_nothing_and_gets_nothing_twice(mock_clock: MockClock) -> None:
    async with open_house() as house:
        hana, vera = await house.enter("hana"), await house.enter("vera")
        room = await stream(house, hana)
        await hana.ask(CreateInvite(room=room, key=house.key(), hash=invite_hash(room, CODE)))
        await watch(vera, room)
        await hana.post_on_disk(room, "before")
        await vera.ask(JoinByInvite(room=room, key=house.key(), code=CODE))
        await hana.post_on_disk(room, "behind")
        assert seqs(vera, room) == [1, 2, 3, 4, 5]
        assert vera.events(Gap) == []
        await hana.ask(End(room=room, key=house.key()))
        assert vera.events(Unwatched) == []


async def test_what_expires_while_somebody_is_away_is_named(mock_clock: MockClock) -> None:
    config = Config(data=Path("unused"), dev=True, limits=evolve(DEFAULTS, live_entries_max=10))
    async with open_house(config) as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False)
        room = await stream(house, hana)
        await watch(vera, room)
        cursor = vera.events(Entered)[-1]
        await vera.stream.aclose()
        for number in range(30):
            await hana.post_on_disk(room, str(number))
        again = await house.enter("vera", follow=False)
        await watch(again, room, cursor.seq, cursor.h8)
        [gap] = again.events(Gap)
        assert (gap.start, gap.reason) == (2, "expired")
        assert seqs(again, room) == list(range(gap.end + 1, 32))
        assert house.daemon.core.registry.rooms[room].record


async def test_a_watcher_whose_daemon_starts_again_finds_the_room(mock_clock: MockClock) -> None:
    store = MemoryStore(EPOCH)
    async with open_house(store=store) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana)
        await hana.post_on_disk(room, "before")
    async with open_house(store=store) as house:
        vera = await house.enter("vera", follow=False)
        assert isinstance(await watch(vera, room), Subscribed)
        assert texts(vera, room) == ["before"]


async def test_cheers_of_a_second_are_one_signal_and_the_first_to_be_shed(mock_clock: MockClock) -> None:
    async with open_house() as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False)
        slow = await house.enter("slow", follow=False, slowly=True)
        room = await stream(house, hana)
        for peer in (vera, slow):
            await watch(peer, room)
        slow.stop_reading()
        for _ in range(5):
            await hana.post_on_disk(room, "x" * 30_000)
        for _ in range(3):
            await vera.ask(Cheer(room=room, emoji="+", count=2))
        await house.sleep(1)
        slow.read_again()
        await house.rest()
        assert vera.events(Cheers) == hana.events(Cheers) == [Cheers(room=room, cheers={"+": 6})]
        assert slow.events(Cheers) == []


async def test_a_room_of_which_nothing_is_to_be_told_any_more_is_let_go(mock_clock: MockClock) -> None:
    async with open_house() as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False)
        room = await stream(house, hana)
        await watch(vera, room)
        await house.sleep(1)
        audience = house.daemon.core.registry.audience
        assert [*audience.live] == [room]
        await vera.stream.aclose()
        await house.sleep(2)
        assert hana.events(Watchers)[-1].count == 0
        assert [*audience.live] == []


async def test_a_crowd_is_told_in_turns(mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "PUSHES_A_STEP", 2)
    async with open_house() as house:
        hana = await house.enter("hana")
        room = await stream(house, hana)
        crowd = [await house.enter("vera", f"d{number}", follow=False) for number in range(5)]
        for peer in crowd:
            await watch(peer, room, latest=0)
        await crowd[0].ask(Cheer(room=room, emoji="+"))
        await house.sleep(1)
        assert all(peer.events(Cheers) == [Cheers(room=room, cheers={"+": 1})] for peer in crowd)
        assert hana.events(Watchers)[-1].count == 5


async def test_what_has_expired_leaves_the_index_too_and_is_not_found(mock_clock: MockClock) -> None:
    config = Config(data=Path("unused"), dev=True, limits=evolve(DEFAULTS, live_entries_max=10))
    index = MemoryIndex()
    async with open_house(config, index=index) as house:
        hana, vera = await house.enter("hana"), await house.enter("vera", follow=False)
        room = await stream(house, hana)
        await watch(vera, room)
        for number in range(30):
            await hana.post_on_disk(room, f"tea {number}")
        await fed(house)
        record = house.daemon.core.registry.rooms[room].record
        assert record
        assert [seq for (_, seq), text in index.texts.items() if text.erased] == [*range(2, record.expired + 1)]
        kept = list(range(31, record.expired, -1))
        assert found(await searched(hana, "tea", limit=100)) == kept
        assert found(await searched(vera, "tea", room=room, limit=100)) == kept
        assert found(await searched(vera, "tea", limit=100)) == []
        await hana.ask(End(room=room, key=house.key(), archive=Archive.NONE))
        await fed(house)
        assert [seq for (_, seq), text in index.texts.items() if not text.erased] == []


async def test_much_that_expires_at_once_leaves_the_index_step_by_step(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "EXPIRED_A_STEP", 10)
    index = MemoryIndex()
    async with open_house(index=index) as house:
        hana = await house.enter("hana")
        room = await stream(house, hana)
        for number in range(25):
            await hana.send(Post(room=room, key=house.key(), content=content.text(f"tea {number}")))
        await fed(house)
        await hana.ask(End(room=room, key=house.key(), archive=Archive.NONE))
        await fed(house)
        assert (len(index.texts), index.puts.count(10)) == (25, 2)
        assert [seq for (_, seq), text in index.texts.items() if not text.erased] == []
