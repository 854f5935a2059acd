"""The life of one store: daemon after daemon on it is killed while clients post, and at last all is read and judged."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from random import Random

import trio
from attrs import Factory, define

from benchmarks.peers.server import free_port
from chatd.chain import KEY_BYTES
from chatd.messages import Committed, CreateGroup, KeyedCommand
from chatd.model import RoomId, UserId
from chatd.storage.check import check
from chatd_client import ChatError
from tests.crash.account import Account
from tests.crash.app import App
from tests.crash.book import Book, room_of
from tests.crash.deck import Ending
from tests.crash.failpoints import Phase
from tests.crash.hooks import Orders
from tests.crash.items import torn
from tests.crash.listener import Listener
from tests.crash.poster import Poster
from tests.crash.reading import NOTHING_FOUND, Found, read_all
from tests.crash.victim import KILLED, StartFailed, Victim
from tests.crash.wire_client import WireClient
from tests.crash.works import GUEST, Works
from tests.history.checkers import judge
from tests.history.events import History, write_run

OWNER = "ana"
USERS = (OWNER, "bo", "cy", "di", "ed", "fay", "gus", GUEST)
ROOMS: dict[str, tuple[UserId, ...]] = {
    "all": ("bo", "cy", "di", "ed", "fay", "gus"),
    "half": ("bo", "cy", "fay"),
    "pair": ("bo",),
    "others": ("di", "ed", "gus"),
}
"""Title and members besides the owner, all from the first entry on."""
ACKS = (10, 400)
"""So many acks come before a daemon is killed from outside, or told to stop."""
LATER_S_MAX = 0.03
"""And then so much time passes at most, so that it does not always die right after an ack."""
STRIKE_S_MAX = 30.0
"""A daemon that is still there so long after a cycle began missed its failpoint, or hangs."""
HEARD_S_MAX = 10.0
"""Who listens has been given everything so long after all is stored at most, with nothing else going on."""
LIFE_S_MAX = 60.0
CYCLE_S_MAX = 20.0
"""A life may take this for each cycle, and `LIFE_S_MAX` for the rest. More is a hang (L1)."""


@define(eq=False)
class Life:
    chance: Random
    book: Book
    victim: Victim
    rooms: dict[str, RoomId] = Factory(dict[str, RoomId])
    posters: list[Poster] = Factory(list[Poster])
    listeners: list[Listener] = Factory(list[Listener])
    apps: list[App] = Factory(list[App])
    endings: list[str] = Factory(list[str])
    missed: list[str] = Factory(list[str])
    """The failpoints that did not strike."""

    async def run(self, endings: Sequence[Ending], plant: str) -> Found:
        """Live through `endings` and return what clients find at last."""
        rest = list(endings)
        while rest and rest[0].is_of(Phase.FIRST_START):
            await self._die_starting(rest.pop(0))
        await self._begin(plant)
        async with trio.open_nursery() as nursery:
            for app in self.apps:
                nursery.start_soon(app.run, self.victim.url)
            for ending in rest:
                await self._cycle(ending)
            found = await self._settle(plant)
            for app in self.apps:
                app.over.set()
        await self._stop()
        return found

    # -- the cast --------------------------------------------------------------------------------------------------

    async def _begin(self, plant: str) -> None:
        """Make the rooms, and the clients that will use them."""
        await self._start(Orders(plant=plant))
        await self._make_rooms()
        await self._stop()
        for user in ("ana", "bo", "cy", "di", "ed"):
            chance = self._chance()
            poster = Poster(user, "raw", self._works(user, chance), self.book, chance, forgets=user == "ed")
            self.posters.append(poster)
        for user in ("bo", "di"):
            rooms = self._rooms_of(user)
            self.listeners.append(Listener(f"{user} listening", user, "ear", rooms, self.book, self._chance()))
        for user in ("fay", "gus", GUEST):
            chance = self._chance()
            works = None if user == GUEST else self._works(user, chance)
            self.apps.append(App(user, self.book, chance, works))

    def _chance(self) -> Random:
        return Random(self.chance.getrandbits(64))

    def _works(self, user: UserId, chance: Random) -> Works:
        inside = self._rooms_of(user)
        outside = [room for room in self.rooms.values() if room not in inside]
        return Works(user, chance, inside, outside, owns=user == OWNER)

    def _rooms_of(self, user: UserId) -> list[RoomId]:
        return [room for title, room in self.rooms.items() if user == OWNER or user in ROOMS[title]]

    async def _make_rooms(self) -> None:
        async with await WireClient.dial(self.victim.url, OWNER, "setup") as wire:
            for title, members in ROOMS.items():
                command = CreateGroup(key=self.chance.randbytes(KEY_BYTES), title=title, members=members)
                self.rooms[title] = room_of(OWNER, command)
                self.book.invoke("setup", OWNER, "setup", command)
                await wire.send(command)
            while wire.waiting and (received := await wire.receive()):
                for each in received:
                    made = wire.answered(each.request)
                    if isinstance(made, KeyedCommand) and isinstance(each.message, Committed):
                        self.book.ack("setup", OWNER, made, each.message)

    # -- one daemon after another ----------------------------------------------------------------------------------

    async def _start(self, orders: Orders) -> bool:
        listens = await self.victim.start(orders)
        self.book.restart()
        return listens

    async def _die_starting(self, ending: Ending) -> None:
        self.endings.append(ending.name)
        if await self._start(ending.orders):
            self.missed.append(ending.name)
            self.victim.send(signal.SIGKILL)
        await self._gone()

    async def _cycle(self, ending: Ending) -> None:
        if ending.is_of(Phase.START):
            await self._die_starting(ending)
            return
        self.endings.append(ending.name)
        await self._start(ending.orders)
        clients: list[Poster | Listener] = [*self.posters, *self.listeners]
        async with trio.open_nursery() as nursery:
            for client in clients:
                nursery.start_soon(client.attend, self.victim)
            await self._end(ending)
        await self._gone(drained=ending.is_of(Phase.DRAIN))

    async def _end(self, ending: Ending) -> None:
        with trio.move_on_after(STRIKE_S_MAX):
            if not ending.is_of(Phase.POSTS, Phase.RECOVERY):
                await self._enough()
                self.victim.send(signal.SIGTERM if ending.point else signal.SIGKILL)
            await self.victim.gone()
        if not self.victim.is_gone:
            self.missed.append(ending.name)
            self.victim.send(signal.SIGKILL)

    async def _enough(self) -> None:
        """Return a moment after enough acks have come, or when the daemon is gone."""

        async def watch() -> None:
            await self.victim.gone()
            nursery.cancel_scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch)
            await self.book.enough(self.chance.randint(*ACKS))
            await trio.sleep(self.chance.uniform(0, LATER_S_MAX))
            nursery.cancel_scope.cancel()

    async def _gone(self, *, drained: bool = False) -> None:
        """Note the end of a daemon. It must have been killed, or been told to stop and have done so."""
        code = await self.victim.gone()
        self.book.crash()
        if drained and code == 0:
            self.missed.append(self.endings[-1])
        elif code != KILLED:
            self.book.fault(f"the daemon ended with exit code {code}: {self.victim.log_tail()}")

    # -- the end ---------------------------------------------------------------------------------------------------

    async def _settle(self, plant: str) -> Found:
        """Let every client have its answers and hear everything, and read all there is."""
        posting: list[Poster | App] = [*self.posters, *self.apps]
        for client in posting:
            client.settling = True
        await self._start(Orders(plant=plant))
        async with trio.open_nursery() as nursery:
            for listener in self.listeners:
                nursery.start_soon(listener.attend, self.victim)
            async with trio.open_nursery() as settling:
                for poster in self.posters:
                    settling.start_soon(poster.attend, self.victim)
                for app in self.apps:
                    settling.start_soon(app.settled.wait)
            found = await read_all(self.victim.url, OWNER, USERS)
            await self._all_heard(found.heads(self.rooms.values()))
            nursery.cancel_scope.cancel()
        return found

    async def _all_heard(self, heads: dict[RoomId, int]) -> None:
        """Return once everybody who listens for good has been given every entry up to these."""
        listening: list[Listener | App] = [*self.listeners, *(app for app in self.apps if app.works)]
        for client in listening:
            with trio.move_on_after(HEARD_S_MAX) as waiting:
                await client.reached(heads)
            if waiting.cancelled_caught:
                self.book.fault(f"L1 {client.user} was not given all entries within {HEARD_S_MAX:g} s")
                return

    async def _stop(self) -> None:
        self.victim.send(signal.SIGTERM)
        if code := await self.victim.gone():
            self.book.fault(f"the daemon stopped with exit code {code}: {self.victim.log_tail()}")


async def live(directory: Path, endings: Sequence[Ending], chance: Random, plant: str = "") -> Account:
    """Let one store in `directory` live through `endings`, and return the account of it, with all violations.

    Where there are any, the history is left beside the store.
    """
    book = Book()
    async with Victim(directory / "data", free_port()) as victim:
        life = Life(chance, book, victim)
        found: Found | None = None
        try:
            with trio.fail_after(LIFE_S_MAX + CYCLE_S_MAX * len(endings)):
                found = await life.run(endings, plant)
        except* trio.TooSlowError:
            book.fault("L1 a life took too long: somebody waits for what never comes")
        except* (ChatError, StartFailed) as errors:
            book.fault("; ".join(map(str, errors.exceptions)))
    if found is None:
        return Account.of(life, NOTHING_FOUND, judge(History(), ()))
    book.faults += [*check(directory / "data").faults, *torn(found)]
    account = Account.of(life, found, judge(book.history, found.stored()))
    if account.violations:
        write_run(directory / "history.jsonl", book.history, found.stored())
    return account
