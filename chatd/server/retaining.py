"""Lets go of what live rooms keep no more: of one that is kept for nobody all, of the others what is too old.

The store knows how far each has come, so nothing is forgotten over a restart. One step of one room is one commit, and
other commits go between two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from attrs import define

from chatd.model import SERVER, RoomId
from chatd.rooms import retaining
from chatd.rooms.commands.streaming import EXPIRED_AT_MOST
from chatd.rooms.effects import Actor, InFlight
from chatd.rooms.registry import Registry
from chatd.server.journal import Journal
from chatd.server.loader import Loader, expect_all
from chatd.server.watermark import Watermark
from chatd.storage.following import Aged, GetAged, GetErasing

ROOMS_A_READ = 64
RETRY_MS = 1_000
"""When to look again where nothing could be done."""
LOOK_MS = 10_000
"""Between two looks at how old the entries of streams are: they go many at a time."""

_NOBODY = Actor(0, SERVER)


@define(eq=False, kw_only=True)
class Retention:
    registry: Registry
    loader: Loader
    journal: Journal
    applied: Watermark
    now: Callable[[], int]
    live_s_max: int
    _next: float = 0
    """When there may be something old again, by the wall clock. At first: at once."""

    async def turn(self) -> float:
        """Take a step in every room that has one to take; return when to look again, by the wall clock.

        Raises StoreError, and then has taken some of them. Cancelled, a step may be on disk all the same.
        """
        again = await self._erase()
        return min(again, await self._age()) if self.live_s_max else again

    async def _erase(self) -> float:
        """Take a step in the rooms that are kept for nobody; return when to go on with them."""
        rooms: Sequence[RoomId] = (b"",)
        again = math.inf
        while rooms := await self._read_erasing(rooms[-1]):
            for room in rooms:
                stepped = await self._step(room, partial(retaining.erase, self.registry, room))
                again = min(again, 0 if stepped else self.now() + RETRY_MS)
        return again

    async def _read_erasing(self, after: RoomId) -> Sequence[RoomId]:
        [rooms] = await self.loader.read([GetErasing(after=after, limit=ROOMS_A_READ)])
        return expect_all(rooms, bytes)

    async def _age(self) -> float:
        """Let the streams under way let go of what is old; return when the next of it will be, `LOOK_MS` ahead at
        least, or 0 where there was more than one step takes."""
        if self.now() < self._next:
            return self._next
        life_ms = self.live_s_max * 1000
        before = self.now() - life_ms
        soonest: float = self.now() + life_ms  # what is posted from here on is not old sooner
        after, stepped = b"", False
        while rooms := await self._read_aged(before, after):
            after = rooms[-1].room
            for each in rooms:
                if each.last:
                    decide = partial(retaining.age, self.registry, each.room, each.last)
                    stepped = await self._step(each.room, decide) or stepped
                # Of what could not go now the time has come already: it is looked at again as soon as may be.
                soonest = min(soonest, each.oldest + life_ms)
        self._next = 0 if stepped else max(soonest, self.now() + LOOK_MS)
        return self._next

    async def _read_aged(self, before: int, after: RoomId) -> list[Aged]:
        asked = GetAged(before=before, most=EXPIRED_AT_MOST, after=after, limit=ROOMS_A_READ)
        [rooms] = await self.loader.read([asked])
        return expect_all(rooms, Aged)

    async def _step(self, room: RoomId, decide: Callable[[], InFlight | None]) -> bool:
        """Commit the step that `decide` says; return when it is applied, or unknown. False where there is none to take,
        no space, or the daemon stops."""
        with self.loader.held([room]):
            await self.loader.bring(_NOBODY, [room], ())
            flight = None if self.journal.full or self.journal.stopping else decide()
        if flight is None:
            return False
        self.journal.submit_nowait(flight)
        while flight.key in self.registry.in_flight:
            await self.applied.moved()
        return True
