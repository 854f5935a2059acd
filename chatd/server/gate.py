"""Whether a session's command may go on to be decided: credit in the journal, and not too many in flight.

The rule behind every `after_ms`: a session told to come again is told so for all keyed commands until then. Else a
command refused and one accepted behind it would change places, and the client's order would be lost (O3).
"""

from __future__ import annotations

import trio
from attrs import define, evolve

from chatd.codes import RefusalCode
from chatd.rooms.effects import Limit, Refusal
from chatd.server.journal import Journal


@define(eq=False, kw_only=True)
class Gate:
    journal: Journal
    session: int
    in_flight_max: int
    in_flight: int = 0
    """Commands taken whose answer waits for a commit."""
    _answered: trio.Event | None = None
    _held: Refusal | None = None
    _held_until_s: float = 0.0

    def take_nowait(self, limit: Limit) -> bool:
        """Take credit for a command where nothing stands against it; False says that `take` must be asked."""
        return (
            self._held is None
            and not self.journal.full
            and self.in_flight < self.in_flight_max
            and self.journal.credit_nowait(limit, self.session)
        )

    async def take(self, limit: Limit, *, keyed: bool, operator: bool) -> Refusal | None:
        """Take credit for a command, or return why not: the caller gives back what was not used.

        Waits while too many commands of the session are in flight, and `busy_wait_ms_max` for credit of others.
        Cancelled, it took nothing.
        """
        if refusal := self.turn_away(keyed=keyed, operator=operator):
            return refusal
        while self.in_flight >= self.in_flight_max:
            self._answered = trio.Event()
            await self._answered.wait()
        if await self.journal.credit(limit, self.session):
            return None
        return self.hold(Refusal(RefusalCode.BUSY, "come again", self.journal.config.busy_after_ms))

    def turn_away(self, *, keyed: bool, operator: bool) -> Refusal | None:
        """Return why a command is refused before anything is asked about it, if it is.

        That is the answer: a hold may be over at the next look.
        """
        if keyed and (refusal := self._hold_off()):
            return refusal
        if self.journal.full and not operator:
            full = Refusal(RefusalCode.STORAGE_FULL, "the disk is full", self.journal.config.busy_after_ms)
            return self.hold(full)
        return None

    def hold(self, refusal: Refusal) -> Refusal:
        """Answer every keyed command with `refusal` until its time is over; return it."""
        self._held = refusal
        self._held_until_s = trio.current_time() + (refusal.after_ms or 0) / 1000
        return refusal

    def _hold_off(self) -> Refusal | None:
        if self._held is None:
            return None
        left_s = self._held_until_s - trio.current_time()
        if left_s <= 0:
            self._held = None
            return None
        return evolve(self._held, after_ms=int(left_s * 1000) + 1)

    def answered(self, count: int) -> None:
        """Note that so many of the commands in flight have their answer."""
        self.in_flight -= count
        if self._answered is not None:
            self._answered.set()
