"""Operations as Jepsen's checkers read them: a process invokes each, and it completes, or nobody knows how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from attrs import asdict, define, field, frozen

Ending = Literal["ok", "fail", "info"]
"""It happened; it certainly did not; nobody knows."""


@frozen
class Op:
    """One event of an operation. A process has one operation at a time, and after `info` none any more."""

    index: int
    time: int
    """Nanoseconds since the run began."""
    process: int
    type: Literal["invoke", "ok", "fail", "info"]
    f: str
    value: Any
    """Micro-operations, each a list that begins with its name."""


@frozen
class Deed:
    """An operation whole: what became of it, and what was known then."""

    process: int
    f: str
    ending: Ending
    value: Any
    """What was asked, or after `ok` what was answered."""
    invoked: int
    ended: int | None
    """Indices in the history. None: it may still happen."""


@define(eq=False)
class Journal:
    """The operations of a run, in order."""

    ops: list[Op] = field(factory=list[Op])

    def note(self, time: int, process: int, kind: Literal["invoke", "ok", "fail", "info"], f: str, value: Any) -> None:
        self.ops.append(Op(len(self.ops), time, process, kind, f, value))


def deeds(ops: Iterable[Op]) -> list[Deed]:
    """Return the operations of a history in the order in which they were invoked."""
    asked: dict[int, Op] = {}
    done: dict[int, Deed] = {}
    for op in ops:
        if op.type == "invoke":
            asked[op.process] = op
            done[op.index] = Deed(op.process, op.f, "info", op.value, op.index, None)
            continue
        begun = asked.pop(op.process)
        value, ended = (op.value, op.index) if op.type == "ok" else (begun.value, None)
        done[begun.index] = Deed(op.process, op.f, op.type, value, begun.index, ended)
    return list(done.values())


def write_ops(path: Path, ops: Iterable[Op]) -> None:
    """Write a history as the JSON that elle-cli reads."""
    path.write_text(json.dumps([asdict(op) for op in ops]), "utf-8")


def read_ops(path: Path) -> list[Op]:
    """Return what `write_ops` was given. Raises TypeError where a field is missing or not known."""
    return [Op(**fields) for fields in json.loads(path.read_text("utf-8"))]
