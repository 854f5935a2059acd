"""What a replay is asked to do, and how far it is."""

from __future__ import annotations

import time

import anyio
from attrs import define, field, frozen

from benchmarks.logfile import Log
from chatd.limits import DEFAULTS
from chatd.model import EntryKind, UserId
from chatd_client import Entry


@frozen(kw_only=True)
class Script:
    logs: tuple[Log, ...]
    """Each is played into a room of its own, all at once."""
    pipeline: int | None
    """Posts in flight of each sender; None for one in flight in each room."""
    kills: int
    listeners: int
    """In each room, about: the users that are the first to appear."""

    @property
    def lines(self) -> int:
        return sum(log.lines for log in self.logs)

    @property
    def keeper(self) -> UserId:
        """The owner of every room: a name that no log knows."""
        taken = dict.fromkeys(step.user for log in self.logs for step in log.steps)
        name = "keeper"
        while name in taken:
            name += "'"
        return name

    def kill_points(self) -> list[int]:
        """Return after how many lines the daemon is killed each time: evenly spread over the run."""
        return [self.lines * number // (self.kills + 1) for number in range(1, self.kills + 1)]

    def daemon_flags(self) -> list[str]:
        """Return the flags that a daemon needs for these logs: none, unless a room may have more members than usual."""
        most = 1 + max(len(dict.fromkeys(step.user for step in log.steps)) for log in self.logs)
        return ["--limits.group-members-max", str(most)] if most > DEFAULTS.group_members_max else []


@define(eq=False)
class Progress:
    """How many lines are done, and who waits for that."""

    total: int
    done: int = field(default=0, init=False)
    told: int = field(default=0, init=False)
    """Posts that listeners were told."""
    _began: float = field(factory=time.monotonic, init=False)
    _last: float = field(factory=time.monotonic, init=False)
    _waiting: list[tuple[int, anyio.Event]] = field(factory=list[tuple[int, anyio.Event]], init=False)

    @property
    def seconds(self) -> float:
        """From the beginning to the line that was done last."""
        return self._last - self._began

    def tell_line(self) -> None:
        self.done += 1
        self._last = time.monotonic()
        for count, event in self._waiting:
            if self.done >= count:
                event.set()

    def tell_entry(self, _: UserId, entry: Entry) -> None:
        self.told += entry.kind == EntryKind.POST

    async def reach(self, count: int) -> None:
        """Return once so many lines are done."""
        event = anyio.Event()
        self._waiting.append((count, event))
        if self.done < count:
            await event.wait()
