"""How fast newcomers are let in: as fast as it goes while nobody is at work, and else as others' work allows.

To let one in, greet it and catch it up is work of several turns, and of the thread that reads the store. A storm of
those who come back (F23) keeps the loop busy, and whoever posts meanwhile waits for it in every turn, and for the
interpreter at every step of a commit. So beside others' work arrivals are spread (L2), and still all are let in (L6).
The pace is one of accepts, not of arrivals that are caught up: who never says hello would hold up all others.
"""

from __future__ import annotations

from collections.abc import Callable

import trio
from attrs import define

ARRIVALS_PER_S = 1_000
"""So many are let in even where turns are long; where they are short, one a turn."""
ARRIVALS_PER_TURN = 16
"""And never more than that at once."""
BESIDE_OTHERS_PER_S = 300
"""Each costs the loop 0.35 ms from the accept to its last page, and the reader's thread as much of the interpreter. At
1,000 a second that tripled the others' p99; at 300 it stays under twice what it is. A storm of n is let in within
n/300 s."""
BESIDE_OTHERS_PER_TURN = 2
"""Turns that have grown long let in fewer, so they do not grow longer."""
SHAKEN = 4
"""Who shakes hands for TLS first costs four times as much."""


def _nobody() -> bool:
    return False


@define(eq=False)
class Arrivals:
    """The pace of all listeners that share it. `others_at_work` says whether somebody would have to wait."""

    others_at_work: Callable[[], bool] = _nobody
    _looked_s: float = 0.0
    _next_s: float = 0.0
    """When the next one may come in beside others. Both on trio's clock."""

    async def due(self, cost: int = 1) -> int:
        """Wait until somebody may be let in, and return how many: 1 or more, each of whom costs `cost`.

        Waits beside others alone, `cost` / `BESIDE_OTHERS_PER_S` seconds at most for each listener that waits.
        """
        now_s = trio.current_time()
        if not self.others_at_work():
            return self._at_full_pace(now_s)
        each_s, place_s = cost / BESIDE_OTHERS_PER_S, self._next_s
        if place_s > now_s:
            self._next_s += each_s
            await trio.sleep_until(place_s)
            return 1
        due = min(1 + int((now_s - place_s) / each_s), BESIDE_OTHERS_PER_TURN)
        self._next_s = max(place_s + due * each_s, now_s)
        return due

    def _at_full_pace(self, now_s: float) -> int:
        due, self._looked_s = int((now_s - self._looked_s) * ARRIVALS_PER_S), now_s
        return max(1, min(due, ARRIVALS_PER_TURN))
