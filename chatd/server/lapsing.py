"""The task that rejects posts which have waited for review too long (protocol 5.104): as the server itself, whose acts
are decided and noted like an operator's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog
import trio
from attrs import Factory, define

from chatd.limits import HELD_LATE_S_MAX, SEQ_MAX
from chatd.messages import Review
from chatd.rooms.room import Room
from chatd.server.core import Core
from chatd.server.inner import carry_out
from chatd.server.loader import expect_all
from chatd.storage.base import StoreError
from chatd.storage.held import GetHeldSince, HeldPlace

POSTS_A_READ = 64
LAPSED = "nobody has looked at it in time"

log = structlog.stdlib.get_logger()


async def reject(core: Core, held: HeldPlace, reason: str) -> bool:
    """Reject a post that waits; return False where it could not be. Raises StoreError."""
    command = Review(
        room=held.room,
        key=core.router.judge.salts(),
        number=held.number,
        user=held.user,
        approve=False,
        reason=reason,
    )
    refusal = await carry_out(core, command)
    if refusal is not None:
        log.warning("a held post stays for now", room=held.room.hex(), number=held.number, code=refusal.code)
    return refusal is None


@define(eq=False)
class Lapses:
    core: Core
    _held: trio.Event = Factory(trio.Event)
    """Set as long as posts may wait somewhere."""

    def __attrs_post_init__(self) -> None:
        registry = self.core.registry
        registry.on_held = partial(self._on_held, registry.on_held)

    def _on_held(self, told: Callable[[Room], None], room: Room) -> None:
        """Take note that another number of posts waits in a room, once others are `told`."""
        told(room)
        if room.record is not None and room.record.held:
            self._held.set()

    async def run(self) -> None:
        """Look every `HELD_LATE_S_MAX` seconds while anything waits, until cancelled. Raises nothing else: where the
        store does not answer, it looks again."""
        self._held.set()
        while True:
            await self._held.wait()
            try:
                if not self.core.journal.full:
                    await self._reject_all()
            except StoreError as error:
                log.warning("held posts wait on", error=str(error))
                self._held.set()
            await trio.sleep(HELD_LATE_S_MAX)

    async def _reject_all(self) -> None:
        """Reject what has waited too long, as far as that can be done."""
        self._held = trio.Event()  # what is held from here on is noted
        due = self.core.now() - self.core.config.limits.held_s_max * 1000
        while late := await self._since(due):
            if not all([await reject(self.core, each, LAPSED) for each in late]):
                break
        if await self._since(SEQ_MAX):
            self._held.set()

    async def _since(self, before: int) -> list[HeldPlace]:
        [found] = await self.core.loader.read([GetHeldSince(before=before, limit=POSTS_A_READ)])
        return expect_all(found, HeldPlace)
