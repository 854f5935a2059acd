"""Who holds the store's file still while it is copied: one operator's session at a time.

Commits go on meanwhile, into the log. A hold that was lost is told to who gives it back, never hidden.
"""

from __future__ import annotations

import structlog
from attrs import define

from chatd.codes import RefusalCode
from chatd.messages import Done, Reply
from chatd.model import Item
from chatd.rooms.effects import InFlight, Refusal, refused
from chatd.server.journal import Journal
from chatd.storage.base import Store, StoreError

BUSY_AFTER_MS = 10_000

_log = structlog.stdlib.get_logger()

_TAKEN = Refusal(RefusalCode.BUSY, "another backup is under way", BUSY_AFTER_MS)
_NOT_HELD = Refusal(RefusalCode.UNCHANGED, "the store's file is not held, or was not held all the time")


@define(eq=False, kw_only=True)
class Holds:
    store: Store
    journal: Journal
    log_bytes_max: int
    """A hold is given up when the log has grown over this."""
    _holder: int | None = None

    async def hold(self, session: int) -> Reply:
        """Hold the file for `session`, until it lets go or ends. Raises StoreError: then recovery has been set off.

        Cancelled, it holds nothing once `leave` has been called, as for every session that ends.
        """
        if self._holder is not None:
            return refused(_TAKEN)
        self._holder = session
        try:
            await self.store.hold(self.log_bytes_max)
        except StoreError:
            self._holder = None
            self._commit_nothing()
            raise
        _log.info("store held", session=session)
        return Done()

    def release(self, session: int) -> Reply:
        """Let go, and say whether the file was held until now."""
        if self._holder != session:
            return refused(_NOT_HELD)
        lasted = self._end()
        self._holder = None
        return Done() if lasted else refused(_NOT_HELD)

    def leave(self, session: int) -> None:
        """Let go of what a session held that has ended."""
        self.release(session)

    def give_up(self) -> None:
        """End the hold, if there is one, because the log needs too much of the disk. Who has it learns that later."""
        if self._holder is not None:
            self._end()

    def _end(self) -> bool:
        lasted = self.store.release()
        _log.info("store released", session=self._holder, lasted=lasted)
        self._commit_nothing()
        return lasted

    def _commit_nothing(self) -> None:
        """Let there be a commit now: it meets what has failed, and moves a log that has grown too long.

        Else the next one would, for which somebody waits; and on a full disk there is none.
        """
        self.journal.submit_nowait(InFlight(item=Item(), session=0, request=0))
