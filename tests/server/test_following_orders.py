"""Whoever comes and goes, in whatever order and in whatever commits: each follower is given what lies between, once.

What must be is computed from the store alone, in the order of its commits: the head of the room at every entry of a
self room that says that its user came or went.
"""

from __future__ import annotations

import random
from typing import Any

import msgpack
import pytest
from attrs import define
from trio.testing import MockClock

from chatd.chain import self_id
from chatd.messages import (
    AddMember,
    Ban,
    CreateGroup,
    Entered,
    Gap,
    Join,
    Leave,
    Post,
    React,
    RemoveMember,
    SetSettings,
    Unban,
)
from chatd.model import RoomId, RoomKind
from chatd.rights import Past
from chatd.wire import content
from tests.house import House, Peer, open_house
from tests.server.stores import GatedStore

FANS = ("fay", "finn", "flo", "fritz")
STEPS = 60


@define(eq=False)
class Crowd:
    house: House
    store: GatedStore
    chance: random.Random
    room: RoomId
    owner: Peer
    fans: list[Peer]

    async def step(self) -> None:
        """Let one of them do something, and, now and then, what waits be committed."""
        fan = self.chance.choice(self.fans)
        who, command = self.chance.choice([
            (self.owner, Post), (self.owner, Post), (fan, Join), (fan, Join), (fan, Leave), (fan, React),
            (self.owner, RemoveMember), (self.owner, Ban), (self.owner, Unban), (self.owner, AddMember),
            (self.owner, SetSettings),
        ])  # fmt: skip
        await who.send(self.made(command, fan))
        await self.house.rest()
        if self.chance.random() < 0.3:
            self.store.release_appends()
            await self.house.rest()
            if self.chance.random() < 0.7:
                self.store.hold_appends()

    def made(self, command: Any, fan: Peer) -> Any:
        values: dict[Any, dict[str, Any]] = {
            Post: {"content": content.text("hello")},
            React: {"seq": 1 + self.chance.randrange(4), "emoji": self.chance.choice("+-")},
            SetSettings: {"history": self.chance.choice(list(Past))},
            AddMember: {"users": (fan.user,)},
        }
        usual: dict[str, Any] = {} if command in (Join, Leave) else {"user": fan.user}
        return command(room=self.room, key=self.house.key(), **values.get(command, usual))

    def seen(self, name: str) -> list[int]:
        """Return the seqs that were committed while somebody followed."""
        head, here, found = 0, False, list[int]()
        for entry in self.store.inner._tables.entries.values():
            if entry.room == self.room:
                head = entry.seq
                if here:
                    found.append(head)
            elif entry.room == self_id(name) and entry.kind == "room" and entry.body:
                here = msgpack.unpackb(entry.body)["state"] == "member"
        return found

    def given(self, fan: Peer) -> list[int]:
        """Return the seqs that were pushed to a follower; require that nothing between two of them goes unnamed."""
        at, found = 0, list[int]()
        for event in fan.events():
            if isinstance(event, Gap) and event.room == self.room:
                assert event.start == at + 1, (fan.user, event)
                at = event.end
            elif isinstance(event, Entered) and event.room == self.room:
                assert event.seq == at + 1, (fan.user, event)
                at = event.seq
                found.append(at)
        return found


@pytest.mark.parametrize("seed", range(12))
async def test_every_follower_is_given_what_was_committed_while_they_followed(mock_clock: MockClock, seed: int) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        owner = await house.enter("ana")
        made = await owner.ask(CreateGroup(key=house.key(), title="news", kind=RoomKind.BROADCAST))
        fans = [await house.enter(name) for name in FANS]
        crowd = Crowd(house, store, random.Random(seed), made.room, owner, fans)
        for _ in range(STEPS):
            await crowd.step()
        store.release_appends()
        await house.rest()
        assert [crowd.given(fan) for fan in fans] == [crowd.seen(fan.user) for fan in fans]
        assert any(crowd.seen(fan.user) for fan in fans)
