"""How long one session may go on before it is somebody else's turn (invariants L2, L3)."""

from __future__ import annotations

import trio
from attrs import define

COMMANDS_A_TURN = 8
"""One read can hold 7,000 pings, and none of them waits for anything: some 0.2 ms, then others go on."""
FLOOD_S = 0.002
"""A turn that took no longer was a flood: its commands came faster than 4,000 a second."""
REST_S = 0.002
"""After a flood of commands that were mostly answered at once. Without a rest they would leave the interpreter to no
other thread, and everybody's commits would wait for it. With it there are 3,600 a second: a flood is slowed before the
flood guard, at 5,000, has to refuse it."""


@define(eq=False)
class Turn:
    """The commands of one session since it last let others go on, however many reads brought them."""

    taken: int = 0
    at_once: int = 0
    began_s: float = 0.0

    def count(self, *, at_once: bool) -> bool:
        """Note a command that was carried out; return whether the turn is over."""
        if not self.taken:
            self.began_s = trio.current_time()
        self.taken += 1
        self.at_once += at_once
        return self.taken == COMMANDS_A_TURN

    async def pass_on(self) -> None:
        """Let others go on, and begin another turn."""
        if 2 * self.at_once > self.taken and trio.current_time() - self.began_s <= FLOOD_S:
            await trio.sleep(REST_S)
        else:
            await trio.lowlevel.checkpoint()
        self.taken = self.at_once = 0
