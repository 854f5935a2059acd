"""When Python looks for cycles among what a daemon holds: seldom, and what newcomers bring a little at a time.

What a daemon makes is freed by its counts, sessions that end too; cycles are for errors and libraries. A look takes as
long as there is to look at, and everybody waits for it.
"""

from __future__ import annotations

import gc

from attrs import define

LOOK_AFTER_OBJECTS = 10_000
"""At 700, Python's own number, a busy daemon spent a twelfth of its time looking for garbage among the frames it keeps,
90 ms of it in one pause."""
MIDDLE_AFTER, OLD_AFTER = 3, 4_000
"""Python has 10 and 10. What is new is looked through a second time after so many looks, before it has grown. All is
looked through once there were so many of those and of the looks at newcomers (64,000 connections), when Python looks
next."""
NEWCOMERS_A_LOOK = 16
"""Each brings some 70 objects that stay. Left to `LOOK_AFTER_OBJECTS`, 300 a second held up others' commits for 7 ms
twice a second and for 30 ms every three seconds, which was others' p99; so many are looked at in 1 ms."""
_MIDDLE = 1


def calm() -> None:
    """Let Python look for cycles seldom in this process, and never again at what stays for good."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOK_AFTER_OBJECTS, MIDDLE_AFTER, OLD_AFTER)


@define(eq=False)
class Collector:
    """Looks at what newcomers bring."""

    _came: int = 0
    """Since the last look."""

    def came(self) -> None:
        """Note a newcomer. After every `NEWCOMERS_A_LOOK` look at all that is new; what stays is old then."""
        self._came += 1
        if self._came == NEWCOMERS_A_LOOK:
            self._came = 0
            gc.collect(_MIDDLE)
