from __future__ import annotations

import os
import stat
from pathlib import Path

import anyio
import pytest
from attrs import define, evolve

from chatd import facts, messages
from chatd.chain import pack
from chatd.messages import Post, Refused as RefusedReply, Subscribe
from chatd.wire import codec, content
from chatd_client import (
    CaughtUp,
    Committed,
    Cursor,
    Entry,
    FileStore,
    Hidden,
    MemoryStore,
    Refused,
    Reset,
    Saved,
    Settled,
    StoreFailed,
    Unavailable,
    store as stores,
)  # fmt: skip
from tests.client.fakes import EPOCH, Network, on_both, on_mock_clock, texts, until
from tests.client.scrolls import ROOM, SELF, Scroll

POST = Post(room=ROOM, key=b"k" * 16, content=content.text("hello"))
SAVED = Saved(user="ana", epoch=EPOCH, cursors=(Cursor(ROOM, 2**40, b"h" * 32),), unsent=(POST, POST))
SAVED_HIDDEN = evolve(SAVED, hidden=((ROOM, 7), (SELF, 2**40)))


@define(eq=False)
class BrokenStore(MemoryStore):
    """Its disk fails."""

    reads: bool = True

    async def load(self) -> Saved:
        if not self.reads:
            raise OSError("unreadable")
        return self.saved

    async def save(self, saved: Saved) -> None:
        raise OSError("disk full")


@on_both
async def test_what_was_consumed_does_not_come_again_after_a_restart() -> None:
    scroll, store = Scroll(), MemoryStore()
    scroll.says("one", "two")
    async with Network() as network:
        async with network.connect(store=store) as chat:
            await network.follow(scroll)
            assert await texts(chat, 2) == ["one", "two"]
        scroll.say("three")
        async with network.connect(store=store) as chat:
            peer = await network.welcome()
            await peer.list_rooms(scroll)
            subscribe = await peer.subscribe(Scroll(SELF), scroll)
            assert subscribe.rooms[:3] == (ROOM, 2, scroll.hashes[2][:8])
            told = await until(chat, CaughtUp)
            assert [event.text for event in told if isinstance(event, Entry)] == ["three"]


@on_both
async def test_what_was_in_hand_when_the_app_failed_comes_again() -> None:
    scroll, store = Scroll(), MemoryStore()
    scroll.says("one", "two")

    async def fail(network: Network) -> None:
        async with network.connect(store=store) as chat:
            await network.follow(scroll)
            await texts(chat, 2)
            raise KeyError("while handling two")

    async with Network() as network:
        with pytest.raises(KeyError):
            await fail(network)
    assert [cursor.seq for cursor in store.saved.cursors] == [1]


@on_both
async def test_save_counts_what_is_in_hand_as_consumed() -> None:
    scroll, store = Scroll(), MemoryStore()
    scroll.say("one")
    async with Network() as network, network.connect(store=store) as chat:
        await network.follow(scroll)
        await texts(chat, 1)
        await chat.save()
        assert store.saved == Saved(user="ana", epoch=EPOCH, cursors=(Cursor(ROOM, 1, scroll.hashes[1]),))


@on_mock_clock
async def test_consumed_events_are_saved_within_a_second() -> None:
    scroll, store = Scroll(), MemoryStore()
    scroll.say("one")
    async with Network() as network, network.connect(store=store) as chat:
        await network.follow(scroll)
        await until(chat, CaughtUp)
        await anyio.sleep(1.1)
        assert [cursor.seq for cursor in store.saved.cursors] == [1]


@on_both
async def test_a_command_is_stored_before_its_first_send() -> None:
    store = MemoryStore()
    async with Network() as network, network.connect(store=store) as chat:
        peer = await network.follow()
        chat.post_nowait(ROOM, "hello")
        _, post = await peer.expect(Post)
        assert store.saved.unsent == (post,)


@on_both
async def test_unacknowledged_commands_go_out_after_a_restart_and_tell_how_they_ended() -> None:
    scroll, store = Scroll(), MemoryStore()
    async with Network() as network:
        async with network.connect(store=store) as chat:
            peer = await network.follow(scroll)
            chat.post_nowait(ROOM, "one")
            _, sent = await peer.expect(Post)
            with anyio.move_on_after(0.0):
                await chat.post(ROOM, "withdrawn")
            chat.post_nowait(ROOM, "two")
        async with network.connect(store=store, follow=False) as chat:
            peer = await network.welcome()
            first, second = await peer.until(Post), await peer.until(Post)
            assert first.message == evolve(sent, retry=True)
            assert content.parse(second.message.content).text == "two"
            await peer.ack(first, seq=5)
            await peer.reply(second, RefusedReply(code="not_member", verdict="never"))
            outcomes = [(await until(chat, Settled))[-1] for _ in range(2)]
            assert [type(each.outcome) for each in outcomes if isinstance(each, Settled)] == [Committed, Refused]
            await peer.stream.aclose()
        assert store.saved.unsent == ()


@on_both
async def test_a_stored_command_goes_out_although_its_caller_was_cancelled() -> None:
    store = MemoryStore()
    async with Network() as network:
        async with network.connect(store=store) as chat, anyio.create_task_group() as tasks:
            tasks.start_soon(chat.post, ROOM, "hello")
            while not store.saved.unsent:
                await anyio.lowlevel.checkpoint()
            await network.accept()
            tasks.cancel_scope.cancel()
        async with network.connect(store=store):
            peer = await network.welcome()
            assert content.parse((await peer.until(Post)).message.content).text == "hello"


@on_both
async def test_the_store_of_another_user_is_refused() -> None:
    async with Network() as network, network.connect(store=MemoryStore(evolve(SAVED, user="eve"))) as chat:
        await network.welcome()
        with pytest.raises(StoreFailed, match="eve"):
            await chat.connected()


@on_both
async def test_a_store_that_cannot_be_read_keeps_the_chat_from_beginning() -> None:
    async with Network() as network:
        with pytest.raises(StoreFailed, match="unreadable"):
            await network.connect(store=BrokenStore(reads=False)).__aenter__()


@on_both
async def test_a_store_that_cannot_be_written_ends_the_chat_before_a_command_goes_out() -> None:
    async with Network() as network, network.connect(store=BrokenStore()) as chat:
        with pytest.raises(StoreFailed, match="disk full"):
            await chat.post(ROOM, "hello")
        with pytest.raises(StoreFailed):
            await chat.next_event()


@on_both
async def test_a_last_save_that_fails_is_told_unless_the_app_failed_before() -> None:
    async def leave(network: Network, error: Exception | None) -> None:
        async with network.connect(store=BrokenStore()) as chat:
            await network.welcome()
            await chat.connected()
            if error is not None:
                raise error

    async with Network() as network:
        with pytest.raises(StoreFailed):
            await leave(network, None)
        with pytest.raises(KeyError):
            await leave(network, KeyError("mine"))


@on_both
async def test_a_room_that_went_away_and_one_that_was_reset_are_stored_so() -> None:
    scroll, store = Scroll(), MemoryStore(evolve(SAVED_HIDDEN, unsent=()))
    async with Network() as network:
        async with network.connect(store=store, follow=False) as chat:
            peer = await network.welcome()
            received, subscribe = await peer.expect(Subscribe)
            assert subscribe.rooms[1] == 2**40
            reset = scroll.sync(0, status="reset", attached=False)
            await peer.reply(received, messages.Subscribed(rooms=(reset, Scroll(SELF).sync(0))))
            await until(chat, Reset)
            await chat.save()
            assert store.saved.cursors[0].seq == 0
            assert store.saved.hidden == ((SELF, 2**40),)
            received, _ = await peer.expect(Subscribe)
            gone = messages.RoomSync(room=ROOM, status="unknown_room")
            await peer.reply(received, messages.Subscribed(rooms=(gone,)))
            await until(chat, Unavailable)
        assert store.saved.cursors == ()


@on_both
async def test_a_file_holds_what_was_saved(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "chat.state")
    assert await store.load() == Saved()
    await store.save(evolve(SAVED, unsent=()))
    await store.save(SAVED_HIDDEN)
    assert await FileStore(tmp_path / "chat.state").load() == SAVED_HIDDEN
    assert [each.name async for each in anyio.Path(tmp_path).iterdir()] == ["chat.state"]


def test_a_file_from_before_entries_were_hidden_is_read() -> None:
    data = pack({"format": 1, "user": "ana", "epoch": EPOCH, "cursors": b"", "unsent": b""})
    assert stores.decode(data) == Saved(user="ana", epoch=EPOCH)


@on_both
async def test_what_is_done_to_a_hidden_post_stays_hidden_after_a_restart() -> None:
    scroll, own, store = Scroll(), Scroll(SELF), MemoryStore()
    scroll.say("one")
    own.add(facts.hidden(ROOM, 1), "hide", sender="ana")
    async with Network() as network:
        async with network.connect(store=store) as chat:
            await network.follow(own, scroll)
            await until(chat, CaughtUp)
        assert store.saved.hidden == ((ROOM, 1),)
        scroll.add(content.text("one, but better"), "edit", target=1)
        async with network.connect(store=store) as chat:
            peer = await network.welcome()
            await peer.list_rooms(scroll)
            await peer.subscribe(own, scroll)
            assert Hidden(ROOM, 2) in await until(chat, CaughtUp)


@on_both
async def test_a_file_is_on_disk_before_it_takes_the_old_one_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut the old or the new state is there: fsync of the file, its new name, fsync of the folder."""
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        steps.append("fsync of a folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "fsync of a file")
        fsync(descriptor)

    def noted_replace(self: Path, target: Path) -> Path:
        steps.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    await FileStore(tmp_path / "chat.state").save(SAVED)
    assert steps == ["fsync of a file", "replace", "fsync of a folder"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        pack({"format": 2}),
        pack({"format": 1, "user": "ana", "epoch": b"", "cursors": b"cut", "unsent": b""}),
        pack({"format": 1, "user": "ana", "epoch": b"", "cursors": b"", "unsent": b"", "hidden": b"cut"}),
        pack({"format": 1, "user": "ana", "epoch": b"", "cursors": b"", "unsent": codec.encode(messages.Ping(), 1)}),
        pack({"format": 1, "user": "ana", "epoch": b"", "cursors": b"", "unsent": b"\0\0\0\2\xc1\xc1"}),
        pack([1]),
    ],
)
def test_a_file_of_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(StoreFailed):
        stores.decode(data)
