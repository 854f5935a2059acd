"""A chat's own life, cancelled at its every moment: from its first connection to its leave, its events, its saving."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import trio
from anyio.abc import ByteStream
from attrs import define, field

from chatd.messages import Committed, CreateGroup, Post
from chatd.model import RoomId
from chatd.wire import content
from chatd_client import CaughtUp, Chat, Entry, Saved, connect
from tests.house import House, Peer, open_house
from tests.nth import steady
from tests.nth.chats import Keys, chat_of
from tests.nth.remains import hushed, remains
from tests.nth.scene import ADDING, ANA, BO, seqs_stored
from tests.nth.stopper import Stopped, Violation, at_every_moment, stop_after, stop_at

PATIENCE_S = 36_000.0
GATHER_S = 1.0


@define(eq=False)
class SlowStore:
    """An app's store that takes several steps to save, and notes when it is cut short, or called while it saves."""

    saved: Saved = field(factory=Saved)
    wrongs: list[str] = field(factory=list[str])
    _saving: bool = False

    async def load(self) -> Saved:
        await trio.lowlevel.checkpoint()
        return self.saved

    async def save(self, saved: Saved) -> None:
        if self._saving:
            self.wrongs.append("the app's store is called twice at a time")
        self._saving = True
        try:
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
        except trio.Cancelled:
            self.wrongs.append("the app's store is cut short while it saves")
            raise
        self.saved, self._saving = saved, False

    def require_unharmed(self) -> None:
        if self.wrongs:
            raise Violation(self.wrongs[0])


@define(eq=False)
class Home:
    """A house with bo in it, ana's second device, and a group of both."""

    house: House
    bo: Peer
    desk: Peer
    group: RoomId
    keys: Keys

    def require_only_these(self) -> None:
        core = self.house.daemon.core
        left = remains(core, core.sessions.by_id)
        if left or len(core.sessions.by_id) != 2:
            raise Violation(left[0] if left else "a session is left")


@asynccontextmanager
async def open_home() -> AsyncGenerator[Home, None]:
    with trio.fail_after(PATIENCE_S):
        async with open_house(ADDING) as house:
            failures = hushed(house.daemon.core)
            bo, desk = await house.enter(BO), await house.enter(ANA, "desk")
            created = await bo.ask(CreateGroup(key=house.key(), title="friends", members=(ANA,)))
            yield Home(house, bo, desk, created.room, Keys())
            if failures:
                raise Violation(f"a session failed: {failures[0]}")


async def _live(home: Home, chat: Chat) -> Committed:
    """A whole life: connect, post, leave."""
    async with chat:
        await chat.connected()
        return await chat.post(home.group, "hello")


async def _try_life(home: Home, n: int) -> bool:
    drawn = home.keys.drawn
    tasks = trio.lowlevel.current_statistics().tasks_living
    store = SlowStore()
    chat = chat_of(home.house, ANA, home.keys, device="phone", store=store)
    stopped: Stopped[Committed] = await stop_at(n, partial(_live, home, chat))
    await home.house.rest()
    store.require_unharmed()
    home.require_only_these()
    if trio.lowlevel.current_statistics().tasks_living != tasks:
        raise Violation("a task of the chat is left")
    if home.keys.drawn > drawn:
        await _require_once(home, stopped.value)
    return stopped.fired


async def _require_once(home: Home, told: Committed | None) -> None:
    """What was told is stored; what was not is found out by its key."""
    key = home.keys.last
    before = await seqs_stored(home.house, home.group, ANA, key)
    again = await home.desk.ask(Post(room=home.group, key=key, content=content.text("hello"), retry=True))
    after = await seqs_stored(home.house, home.group, ANA, key)
    if (told is not None and before != [told.seq]) or not isinstance(again, Committed) or after != [again.seq]:
        raise Violation(f"E1: told {told}, stored {before}, then {again} with {after} stored")


async def _life() -> int:
    async with open_home() as home:
        return await at_every_moment(partial(_try_life, home))


async def _try_event(home: Home, chat: Chat, n: int) -> bool:
    """Cancelled, `next_event` loses no event and tells none twice."""
    for text in ("first", "second"):
        await home.bo.send(Post(room=home.group, key=home.house.key(), content=content.text(f"{text} {n}")))
    stopped = await stop_at(n, chat.next_event)
    told = [] if stopped.value is None else [stopped.value]
    with trio.move_on_after(GATHER_S):
        while True:
            told.append(await chat.next_event())
    texts = [event.text for event in told if isinstance(event, Entry) and event.kind == "post"]
    if texts != [f"first {n}", f"second {n}"]:
        raise Violation(f"E5: {texts} told")
    return stopped.fired


async def _events() -> int:
    async with open_home() as home, chat_of(home.house, ANA, home.keys) as chat:
        while not isinstance(await chat.next_event(), CaughtUp):
            pass
        return await at_every_moment(partial(_try_event, home, chat))


async def _try_save(home: Home, chat: Chat, store: SlowStore, n: int) -> bool:
    """Cancelled, `save` leaves the state of before or the new one, whole; the next one brings it up to date."""
    posted = await home.bo.post_on_disk(home.group, "something new")
    with trio.move_on_after(GATHER_S):
        while True:
            await chat.next_event()
    stopped = await stop_at(n, chat.save)
    store.require_unharmed()
    if not stopped.cancelled and _saved_seq(store, home) != posted.seq:
        raise Violation("save returned, and the store does not hold what was consumed")
    await chat.save()
    if _saved_seq(store, home) != posted.seq:
        raise Violation("a save after a cancelled one does not save")
    return stopped.fired


def _saved_seq(store: SlowStore, home: Home) -> int:
    return next((cursor.seq for cursor in store.saved.cursors if cursor.room == home.group), 0)


async def _saves() -> int:
    store = SlowStore()
    async with open_home() as home, chat_of(home.house, ANA, home.keys, store=store) as chat:
        await chat.connected()
        return await at_every_moment(partial(_try_save, home, chat, store))


async def _leave(home: Home, store: SlowStore, begin: Callable[[], None]) -> None:
    """Connect, give a post, and leave while it is on its way."""
    async with chat_of(home.house, ANA, home.keys, device="phone", store=store) as chat:
        await chat.connected()
        await home.house.rest()
        chat.post_nowait(home.group, "on the way")
        begin()


async def _try_leave(home: Home, n: int) -> bool:
    """Cancelled while it leaves, a chat is gone all the same; the post was sent, or the store has it."""
    store = SlowStore()
    stopped = await stop_after(n, partial(_leave, home, store))
    await home.house.rest()
    store.require_unharmed()
    home.require_only_these()
    key = home.keys.last
    stored = await seqs_stored(home.house, home.group, ANA, key)
    kept = [command.key for command in store.saved.unsent]
    if not stored and kept != [key]:
        raise Violation(f"a post is neither sent nor kept: {kept} are kept")
    return stopped.fired


async def _leaves() -> int:
    async with open_home() as home:
        return await at_every_moment(partial(_try_leave, home))


async def _nobody_answers() -> ByteStream:
    await trio.sleep_forever()
    raise ConnectionRefusedError("nobody listens")


async def _give_for_a_while(chat: Chat, room: RoomId) -> None:
    with trio.move_on_after(GATHER_S):
        await chat.post(room, "never sent")


async def _try_offline(chat: Chat, n: int) -> bool:
    """A command that was never sent is withdrawn when its caller is cancelled."""
    stopped = await stop_at(n, partial(_give_for_a_while, chat, bytes(16)))
    ledger = chat._desk.ledger
    if len(ledger) or ledger.awaited:
        raise Violation("a command that was never sent is not withdrawn")
    return stopped.fired


async def _offline() -> int:
    async with connect(_nobody_answers, user=ANA, sources=Keys().sources()) as chat:
        return await at_every_moment(partial(_try_offline, chat))


def _run(function: Callable[[], Awaitable[int]], seed: int) -> int:
    return steady.run(function, seed=seed, jumps=True)


OPERATIONS: dict[str, Callable[[int], int]] = {
    "chat.connect, post, leave": partial(_run, _life),
    "chat.next_event": partial(_run, _events),
    "chat.post, never sent": partial(_run, _offline),
    "chat.save": partial(_run, _saves),
    "chat.leave by itself": partial(_run, _leaves),
}
