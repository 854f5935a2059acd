"""A house with a chat of the client library in it, which is cancelled again and again, and must stay whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import Factory, define

from chatd.limits import SEQ_MAX
from chatd.messages import CreateGroup
from chatd.model import Key, RoomId, UserId
from chatd.server.config import Config
from chatd.storage import queries as ask
from chatd_client import CaughtUp, Chat, Entry, Gap, Reset
from tests.house import House, Peer, open_house
from tests.nth.chats import Keys, chat_of
from tests.nth.remains import hushed, remains
from tests.nth.stopper import Violation

ANA, BO = "ana", "bo"
ADDING = Config(data=Path("unused"), dev=True)
INVITING = Config(data=Path("unused"), dev=True, add_members="invited")


async def seqs_stored(house: House, room: RoomId, sender: UserId, key: Key) -> list[int]:
    """Return the seqs of the entries in `room` by `sender` with `key`: none or one, or E1 is broken."""
    query = ask.GetEntries(room=room, first=1, last=SEQ_MAX, entries_max=1 << 20, bytes_max=1 << 30)
    [page] = (await house.store.read([query])).values
    if not isinstance(page, ask.Page):
        raise Violation("no page of entries")
    return [entry.seq for entry in page.entries if (entry.key, entry.sender) == (key, sender)]


@define(eq=False)
class Scene:
    """A house with bo in it, whose group ana is in; her chat, and a second device of hers that repeats commands."""

    house: House
    bo: Peer
    desk: Peer
    chat: Chat
    keys: Keys
    group: RoomId
    n: int = 0
    """The trial that is on."""
    said: int = 0
    """The seq of a post of ana's that nothing has been done to in this trial."""
    stage: RoomId = b""
    """A room beside the group."""
    caught_up: trio.Event = Factory(trio.Event)
    _told: dict[RoomId, int] = Factory(dict[RoomId, int])
    _moved: trio.Event = Factory(trio.Event)

    def at(self, n: int) -> Scene:
        """Begin the n-th trial."""
        self.n = n
        self.desk.received.clear()
        self.bo.received.clear()
        return self

    def user(self) -> str:
        """A user of this trial alone."""
        return f"user{self.n}"

    def title(self) -> str:
        return f"title {self.n}"

    async def settle(self) -> None:
        await self.house.rest()

    async def consume(self) -> None:
        """Take every event; of each room every entry must come once, in order. Runs as a task."""
        async for event in self.chat.events():
            match event:
                case Entry():
                    self._follow(event.room, event.seq, event.seq)
                case Gap():
                    self._follow(event.room, event.start, event.end)
                case Reset():
                    self._told.pop(event.room, None)
                case CaughtUp():
                    self.caught_up.set()
                case _:
                    pass

    def _follow(self, room: RoomId, first: int, last: int) -> None:
        if first != self._told.get(room, 0) + 1:
            raise Violation(f"E5: {first} told after {self._told.get(room, 0)}")
        self._told[room] = last
        self._moved.set()

    def forget(self, room: RoomId) -> None:
        """Let the app be told of a room from its beginning again."""
        self._told.pop(room, None)

    async def until_told(self, room: RoomId, seq: int) -> None:
        """Return once the app has been told the entry of `room` at `seq`."""
        while self._told.get(room, 0) < seq:
            self._moved = trio.Event()
            await self._moved.wait()

    async def stored(self, room: RoomId, key: Key) -> list[int]:
        return await seqs_stored(self.house, room, ANA, key)

    def require_nothing_left(self) -> None:
        ledger = self.chat._desk.ledger
        if len(ledger) or ledger.awaited or ledger._keyed_sent:
            raise Violation(f"{len(ledger)} commands are left in the library")
        if self.chat._desk.ended is not None:
            raise Violation(f"the chat is over: {self.chat._desk.ended}")
        core = self.house.daemon.core
        left = remains(core, core.sessions.by_id)
        if left or len(core.sessions.by_id) != 3:
            raise Violation(left[0] if left else "a session is gone, or one too many")


@asynccontextmanager
async def open_scene(config: Config) -> AsyncGenerator[Scene, None]:
    """Open a house, and ana's chat in it, which has caught up and is consumed."""
    keys = Keys()
    async with open_house(config) as house:
        failures = hushed(house.daemon.core)
        bo, desk = await house.enter(BO), await house.enter(ANA, "desk")
        created = await bo.ask(CreateGroup(key=house.key(), title="friends", members=(ANA,)))
        async with chat_of(house, ANA, keys, device="phone") as chat, trio.open_nursery() as tasks:
            scene = Scene(house, bo, desk, chat, keys, created.room)
            tasks.start_soon(scene.consume)
            await scene.caught_up.wait()
            await house.rest()
            yield scene
            tasks.cancel_scope.cancel()
        if failures:
            raise Violation(f"a session failed: {failures[0]}")
