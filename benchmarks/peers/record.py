"""What a run has measured so far, in a file that is whole whenever one looks: a run that was cut keeps what it has."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from attrs import asdict, define, field

from benchmarks.peers.table import Measured

Facts = dict[str, Any]
"""By name: numbers, words and truth values."""


class RecordRefused(ValueError):
    """A file that a run cannot go on with. `str()` says why."""


@define(eq=False)
class Record:
    """`settings` and `machine` are what figures depend on beside the servers: equal for all of one record."""

    settings: Facts
    machine: Facts
    path: Path | None = None
    """Where it is kept; None to keep it in memory alone."""
    began: str = ""
    """The day of the first measurement."""
    measured: list[Measured] = field(factory=list[Measured])

    def add(self, one: Measured) -> None:
        """Take one measurement and keep it at once. Raises OSError."""
        self.measured.append(one)
        self.save()

    def save(self) -> None:
        """Write the file anew beside the old one, and put it in its place in one step. Raises OSError."""
        if self.path is None:
            return
        facts = {"began": self.began, "machine": self.machine, "settings": self.settings}
        text = json.dumps({**facts, "measured": [asdict(each) for each in self.measured]}, indent=1)
        beside = self.path.with_name(f"{self.path.name}.new")
        beside.write_text(text + "\n", "utf-8")
        os.replace(beside, self.path)

    def resume(self) -> None:
        """Take over what its file holds. Raises RecordRefused of a file made by something else, and OSError."""
        if self.path is None:
            return
        try:
            found = json.loads(self.path.read_text("utf-8"))
            measured = [Measured(**each) for each in found["measured"]]
            before = {"machine": found["machine"], "settings": found["settings"]}
            began = str(found["began"])
        except (ValueError, TypeError, KeyError) as error:
            raise RecordRefused(f"{self.path} holds no run: {error!r}") from None
        for name, now in (("machine", self.machine), ("settings", self.settings)):
            if before[name] != now:
                raise RecordRefused(f"{self.path} differs in its {name}: {before[name]}, now {now}")
        self.began, self.measured = began, measured

    def has(self, run: int, work: str, peer: str) -> bool:
        """Return whether this turn was taken already, whatever came of it."""
        return any((each.run, each.work, each.peer) == (run, work, peer) for each in self.measured)
