from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from chatd.messages import Paused, Subscribe, Subscribed
from chatd.wire import content
from chatd_client import Broken, CaughtUp, Entry
from tests.client.fakes import Network, on_both, texts, until
from tests.client.scrolls import ROOM, SELF, Scroll


def _seqs(events: Sequence[object]) -> list[int]:
    return [event.seq for event in events if isinstance(event, Entry)]


@on_both
async def test_a_hole_is_filled_by_asking_again() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        scroll.says("one", "two")
        await peer.send(scroll.entries[1])
        await peer.subscribe(scroll)
        told = [await chat.next_event() for _ in range(3)]
        assert isinstance(told[0], Broken)
        assert told[0].following
        assert "seq 1 expected" in str(told[0].error)
        assert _seqs([*told]) == [1, 2]


@on_both
async def test_a_gap_that_leaves_a_hole_is_not_believed() -> None:
    scroll = Scroll()
    scroll.says(*"abc")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(Scroll())
        await until(chat, CaughtUp)
        await peer.send(scroll.gap(2, 3))
        await peer.subscribe(scroll)
        assert isinstance(await chat.next_event(), Broken)
        assert await texts(chat, 3) == ["a", "b", "c"]


@on_both
@pytest.mark.parametrize("damage", ["body", "sender", "h8", "salt"])
async def test_a_forged_entry_breaks_the_chain_and_is_asked_for_again(damage: str) -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        changes: dict[str, Any] = {"body": content.text("forged"), "sender": "eve", "h8": b"h" * 8, "salt": None}
        await peer.send(evolve(scroll.say("one"), **{damage: changes[damage]}))
        await peer.subscribe(scroll)
        broken = await chat.next_event()
        assert isinstance(broken, Broken)
        assert (broken.room, broken.error.seq, broken.following) == (ROOM, 1, True)
        assert await texts(chat, 1) == ["one"]


@on_both
async def test_a_room_that_stays_broken_is_given_up_until_it_is_followed_again() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        honest = scroll.say("one")
        scroll.entries[0] = evolve(honest, body=content.text("forged"))
        await peer.send(scroll.entries[0])
        for _ in range(2):
            await peer.subscribe(scroll)
        told = [await chat.next_event() for _ in range(3)]
        assert [event.following for event in told if isinstance(event, Broken)] == [True, True, False]
        await peer.send(honest)
        scroll.entries[0] = honest
        chat.follow(ROOM)
        await peer.subscribe(scroll)
        assert await texts(chat, 1) == ["one"]


@on_both
async def test_a_server_whose_hash_at_the_cursor_is_another_is_caught() -> None:
    scroll = Scroll()
    scroll.say("one")
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        await until(chat, CaughtUp)
        await peer.send(Paused(reason="recovered"))
        received, _ = await peer.expect(Subscribe)
        syncs = (Scroll(SELF).sync(0), scroll.sync(1, hash=b"x" * 32))
        await peer.reply(received, Subscribed(rooms=syncs))
        assert isinstance(await chat.next_event(), Broken)


@on_both
async def test_a_stub_keeps_the_chain_whole() -> None:
    scroll = Scroll()
    async with Network() as network, network.connect() as chat:
        peer = await network.follow(scroll)
        from chatd.chain import body_hash

        entry = scroll.say("regretted")
        stub = evolve(entry, body=None, salt=None, body_hash=body_hash(entry.salt or b"", entry.body or b""))
        await peer.send(stub, scroll.say("two"))
        told = await until(chat, Entry)
        assert isinstance(told[-1], Entry)
        assert told[-1].erased
        assert told[-1].text == ""
        assert await texts(chat, 1) == ["two"]
