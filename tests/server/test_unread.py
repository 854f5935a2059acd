"""What counts as unread, and as a mention, by formula, against a plain count: over random histories of a room, whole
daemon and all."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgpack
import pytest
from attrs import Factory, define, evolve, field
from trio.testing import MockClock

from chatd.limits import DEFAULTS
from chatd.messages import Committed, CreateGroup, Delete, Done, Edit, Hide, MarkRead, Post, React, Rooms
from chatd.model import EntryKind, RoomId, RoomKind
from chatd.server.config import Config
from chatd.storage.memory import MemoryStore
from chatd.storage.tables import Tables
from chatd.wire import content
from chatd.wire.bodies import Text
from tests.house import House, Peer, open_house
from tests.server.people import add, remove

FORGETFUL = Config(data=Path("unused"), dev=True, limits=evolve(DEFAULTS, live_entries_max=10))
"""A live room keeps its ten newest entries."""
ROUNDS = 7
"""So often each step comes in a history."""


@define(eq=False)
class History:
    """A room of ana's, which bo reads on two devices; what bo has done is kept in the plainest way."""

    house: House
    chance: random.Random
    ana: Peer
    phone: Peer
    laptop: Peer
    room: RoomId
    kind: RoomKind
    floor: int = 1
    """Where bo joined last."""
    read: int = 0
    here: bool = True
    done: list[str] = Factory(list)
    steps: dict[str, Callable[[], Awaitable[Any]]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.steps = {
            "post": lambda: self.ana.post(self.room, "hi"),
            "call": lambda: self.ana.ask(Post(room=self.room, key=self.house.key(), content=self._said())),
            "answer": lambda: self.phone.post(self.room, "hi"),
            "edit": lambda: self.ana.ask(self._edit()),
            "fade": lambda: self.ana.ask(self._fading()),
            "hide": lambda: self.phone.ask(Hide(room=self.room, key=self.house.key(), seq=self._any())),
            "react": lambda: self.ana.ask(self._react()),
            "delete": lambda: self.ana.ask(Delete(room=self.room, key=self.house.key(), seq=self._any())),
            "kick": self._kick,
            "add": self._add,
            "mark": self._mark,
            "time": lambda: self.house.sleep(1),
        }

    @property
    def tables(self) -> Tables:
        """What the store holds."""
        store = self.house.store
        assert isinstance(store, MemoryStore)
        return store._tables

    def _any(self) -> int:
        return self.chance.randint(1, self.tables.head(self.room).seq)

    def _edit(self) -> Edit:
        return Edit(room=self.room, key=self.house.key(), seq=self._any(), content=self._said())

    def _fading(self) -> Post:
        return Post(room=self.room, key=self.house.key(), content=self._said(), ttl_s=self.chance.randint(1, 3))

    def _said(self) -> bytes:
        calls = self.chance.choice(({}, {"mentions": ("bo",)}, {"mentions": ("ana", "bo")}, {"mention_all": True}))
        return content.of(Text(text="come here", **calls))

    def _react(self) -> React:
        return React(room=self.room, key=self.house.key(), seq=self._any(), emoji="+")

    async def _kick(self) -> None:
        if isinstance(await self.ana.ask(remove(self.house, self.room, "bo")), Committed):
            self.here = False

    async def _add(self) -> None:
        reply = await self.ana.ask(add(self.house, self.room, "bo"))
        if isinstance(reply, Committed):
            self.here = True
            self.floor = reply.seq if self.kind is RoomKind.GROUP else 1

    async def _mark(self) -> None:
        device, seq = self.chance.choice((self.phone, self.laptop)), self._any()
        mark = MarkRead(room=self.room, seq=seq, private=self.chance.random() < 1 / 3)
        if await device.ask(mark) == Done():
            self.read = max(self.read, seq)

    def drawn(self) -> list[str]:
        """Return the steps of a history: each as often as the others, in any order."""
        names = [*self.steps] * ROUNDS
        self.chance.shuffle(names)
        return names

    async def step(self, name: str) -> None:
        self.done.append(name)
        await self.steps[name]()

    def counted(self) -> int:
        """Return how many posts bo may see, has not read, and that are still there."""
        entries = [entry for (room, _), entry in self.tables.entries.items() if room == self.room]
        posts = [entry for entry in entries if entry.kind is EntryKind.POST and entry.body is not None]
        return len([post for post in posts if post.seq >= self.floor and post.seq > self.read])

    def mentioned(self) -> int:
        """Return how many of those mention bo by what they say now. An edit may outlive its post in a live room."""
        said: dict[int, bytes | None] = {}
        for (room, seq), entry in self.tables.entries.items():
            if room == self.room and entry.kind in (EntryKind.POST, EntryKind.EDIT):
                said[entry.target if entry.kind is EntryKind.EDIT and entry.target else seq] = entry.body
        there = [seq for seq in said if self.tables.entries[self.room, seq].body is not None]
        now = {seq: msgpack.unpackb(body) for seq in there if (body := said[seq]) is not None}
        called = [seq for seq, each in now.items() if "bo" in each.get("mentions", ()) or each.get("mention_all")]
        return len([seq for seq in called if seq >= self.floor and seq > self.read])


@pytest.mark.parametrize("kind", [RoomKind.GROUP, RoomKind.BROADCAST, RoomKind.LIVE])
@pytest.mark.parametrize("seed", range(8))
async def test_the_formula_counts_what_a_plain_count_counts(mock_clock: MockClock, seed: int, kind: RoomKind) -> None:
    async with open_house(FORGETFUL, seed=seed) as house:
        ana, phone, laptop = await house.enter("ana"), await house.enter("bo"), await house.enter("bo", "laptop")
        created = CreateGroup(key=house.key(), title="ours", members=("bo",), kind=kind)
        room: RoomId = (await ana.ask(created)).room
        history = History(house, random.Random(seed), ana, phone, laptop, room, kind)
        for name in history.drawn():
            await history.step(name)
            for device in (phone, laptop):
                listed = {each.room: (each.unread, each.mentions) for each in (await device.ask(Rooms())).rooms}
                counts = (history.counted(), history.mentioned())
                assert listed == ({room: counts} if history.here else {}), history.done
                device.received.clear()
