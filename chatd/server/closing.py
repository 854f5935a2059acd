"""The task that takes users who were closed out of their rooms: one room after another, each in an item of its own.

Nothing may be atomic over two rooms, and a user may be in a thousand. So closing commits a mark alone, and what follows
from it is done from the store, where it goes on after every restart.
"""

from __future__ import annotations

import structlog
import trio
from attrs import Factory, define, evolve

from chatd.messages import RemoveMember, SetRole
from chatd.model import PRESENT, Item, Key, Membership, Role, UserRecord
from chatd.rooms.effects import InFlight
from chatd.server.core import Core
from chatd.server.inner import carry_out
from chatd.server.lapsing import reject
from chatd.server.loader import expect_all
from chatd.storage.accounts import GetHeir, GetLeaving, GetStandings
from chatd.storage.base import StoreError
from chatd.storage.held import GetHeldOf, HeldPlace
from chatd.storage.queries import GetRoom, RoomState

STANDINGS_A_READ = 64
USERS_A_READ = 64
HELD_A_READ = 64
CLOSED = "its author is no user any more"
RETRY_S = 10.0
"""After a failure: a full disk does not pass sooner."""

log = structlog.stdlib.get_logger()


@define(eq=False)
class Closing:
    core: Core
    _wake: trio.Event = Factory(trio.Event)

    def on_user(self, user: UserRecord) -> None:
        """Look again, because a user was closed."""
        if user.leaving:
            self._wake.set()

    async def run(self) -> None:
        """Take closed users out of their rooms until cancelled. Raises nothing else."""
        while True:
            self._wake = trio.Event()
            if await self._all():
                await self._wake.wait()
            else:
                await trio.sleep(RETRY_S)

    async def _all(self) -> bool:
        """Take out everybody who is leaving; return False where that must be tried again."""
        try:
            while users := await self._leaving():
                if self.core.journal.full or not all([await self._take_out(user) for user in users]):
                    return False
        except StoreError as error:
            log.warning("closing waits", error=str(error))
            return False
        return True

    async def _leaving(self) -> list[UserRecord]:
        [found] = await self.core.loader.read([GetLeaving(limit=USERS_A_READ)])
        return expect_all(found, UserRecord)

    async def _take_out(self, user: UserRecord) -> bool:
        """Take a user out of all rooms, and what waits of them for review; return whether nothing is left."""
        await self._pass(Item())  # what was decided before the user was closed may still be on its way
        for standing in await self._standings(user):
            await self._leave(standing)
        if await self._standings(user) or not await self._reject(user):
            return False
        await self._pass(Item(records=(evolve(user, leaving=False),)))
        return True

    async def _standings(self, user: UserRecord) -> list[Membership]:
        """Return where a user takes part, in pages of which each is one read: `rooms_per_user_max` bounds them."""
        found: list[Membership] = []
        while True:
            after = found[-1].room if found else b""
            [page] = await self.core.loader.read([GetStandings(user=user.user, after=after, limit=STANDINGS_A_READ)])
            rows = expect_all(page, Membership)
            found += rows
            if len(rows) < STANDINGS_A_READ:
                return found

    async def _reject(self, user: UserRecord) -> bool:
        """Reject all that waits of a user for review; return whether nothing does any more."""
        while True:
            [found] = await self.core.loader.read([GetHeldOf(user=user.user, limit=HELD_A_READ)])
            if not (held := expect_all(found, HeldPlace)):
                return True
            if not all([await reject(self.core, each, CLOSED) for each in held]):
                return False

    async def _leave(self, standing: Membership) -> None:
        """Take the user out of one room. Who was its only owner is followed by an heir first."""
        room, user = standing.room, standing.user
        state, heirs = await self.core.loader.read([GetRoom(room), GetHeir(room, user)])
        owns = standing.state in PRESENT and standing.role is Role.OWNER
        if owns and isinstance(state, RoomState) and state.record.owners == 1:
            for heir in expect_all(heirs, str):
                await carry_out(self.core, SetRole(room=room, key=self._key(), user=heir, role=Role.OWNER))
        refusal = await carry_out(self.core, RemoveMember(room=room, key=self._key(), user=user))
        if refusal is not None:
            log.warning("closed user stays for now", user=user, room=room.hex(), code=refusal.code)

    def _key(self) -> Key:
        """Return a new key: what has been done by an earlier one is refused, or finds nobody there."""
        return self.core.router.judge.salts()

    async def _pass(self, item: Item) -> None:
        """Commit `item`; return when it, and all that was submitted before it, has been applied, or is unknown.

        The batch under way may be another's: the one behind it is not.
        """
        for each in (item, Item()):
            self.core.journal.submit_nowait(InFlight(item=each, session=0, request=0))
            await self.core.fanout.applied.moved()
