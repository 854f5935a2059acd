"""Deletes posts whose time has come: durably scheduled, for the store knows them, and at most `POSTS_A_TURN` at a time.
Beside them, what live rooms keep no more (`retaining.py`).

Never early, by the wall clock; late by `EXPIRY_LATE_S_MAX` at most while the disk has space. What came due while the
daemon was off is deleted when it runs again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import structlog
import trio
from attrs import Factory, define

from chatd.model import SERVER
from chatd.rooms.effects import NOTHING, Actor, InFlight
from chatd.rooms.expiring import expire
from chatd.rooms.registry import Registry
from chatd.server.journal import Journal
from chatd.server.loader import Loader, expect_all
from chatd.server.retaining import Retention
from chatd.server.watermark import Watermark
from chatd.storage.base import StoreError
from chatd.storage.following import Expiring, GetExpiring

POSTS_A_TURN = 64
LOOK_S_MAX = 1.0
"""The wall clock is looked at so often while anything is to come: it may be set forward."""
RETRY_MS = 1_000
"""When to look again where nothing could be done: somebody else may be deleting it."""

_NOBODY = Actor(0, SERVER)

log = structlog.get_logger()


@define(eq=False, kw_only=True)
class Expiries:
    registry: Registry
    loader: Loader
    journal: Journal
    applied: Watermark
    now: Callable[[], int]
    salts: Callable[[], bytes]
    retention: Retention
    _next: float = 0
    """When there may be something to do, by the wall clock. At first: at once."""
    _sooner: trio.Event = Factory(trio.Event)

    def note(self, expires: float) -> None:
        """Something expires at that time; 0: look at once, for it is not known what does."""
        if expires < self._next:
            self._next = expires
            self._sooner.set()
            self._sooner = trio.Event()

    async def run(self) -> None:
        """Delete what is due until cancelled. Raises nothing else: where the store does not answer, it tries again."""
        while True:
            await self._due()
            self._next = math.inf  # what is committed from here on is noted
            try:
                self.note(await self._turn())
                self.note(await self.retention.turn())
            except* StoreError as group:
                log.warning("expiry waits", error=str(group.exceptions[0]))
                self.note(self.now() + RETRY_MS)

    async def _due(self) -> None:
        """Return when the time has come, and the disk has space. Not while the daemon stops: the next one goes on."""
        while (held_up := self.journal.full or self.journal.stopping) or self._next > self.now():
            idle = self._next == math.inf and not held_up
            with trio.move_on_after(math.inf if idle else LOOK_S_MAX):
                await self._sooner.wait()

    async def _turn(self) -> float:
        """Delete some of what is due; return when to look again."""
        [found] = await self.loader.read([GetExpiring(limit=POSTS_A_TURN)])
        posts = expect_all(found, Expiring)
        due = [post for post in posts if post.expires <= self.now()]
        if not due:
            return posts[0].expires if posts else math.inf
        flights = await self._delete(due)
        while any(flight.key in self.registry.in_flight for flight in flights):
            await self.applied.moved()
        return 0 if flights else self.now() + RETRY_MS

    async def _bring(self, post: Expiring) -> None:
        await self.loader.bring(_NOBODY, [post.room], ())
        await self.loader.bring_message(_NOBODY, NOTHING, (post.room, post.seq))

    async def _delete(self, due: Sequence[Expiring]) -> list[InFlight]:
        """Submit what deletes the posts, in their order, where nobody else is about to."""
        with self.loader.held(list(dict.fromkeys(post.room for post in due))):
            async with trio.open_nursery() as nursery:
                for post in due:
                    nursery.start_soon(self._bring, post)
            decided = [expire(self.registry, post.room, post.seq, self.now(), self.salts()) for post in due]
            flights = [flight for flight in decided if flight is not None]
            for flight in flights:
                self.journal.submit_nowait(flight)
            return flights
