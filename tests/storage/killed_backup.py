"""Backups and restores that are killed: `killed_backup.py backup|restore FROM DIR` makes them one after the other.

The Nth is killed in place of the Nth call that changes what lies on the disk, and goes to DIR/N. Prints how many were
killed until one came to its end.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

from chatd.storage import backup as backups
from chatd.storage.backup import Partial, copy_at_rest, restore

CALLS = ("write", "fsync", "ftruncate", "rename")
"""Of the module os: Path.rename ends there as well."""
STEPS_MAX = 60


def kill_at(nth: int) -> None:
    """Let this process be killed in place of the NTH of these calls, counted from 1."""
    calls = count(1)

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def maybe(*arguments: Any, **named: Any) -> Any:
            if next(calls) == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **named)

        return maybe

    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))


def back_up(source: Path, target: Path) -> None:
    with closing(Partial.begin(target, 0)) as partial:
        copy_at_rest(source, partial)
        if not partial.verify().faults:
            partial.publish()


def attempt(what: str, source: Path, target: Path, nth: int) -> int:
    """Make one in a process of its own, to be killed at its NTH step; return how that ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        kill_at(nth)
        if what == "backup":
            back_up(source, target)
        else:
            restore(source, target, bytes(16), 0)
        code = 0
    finally:
        os._exit(code)


def main(what: str, source: Path, directory: Path) -> None:
    backups.SLICE_BYTES = 16 * 1024
    codes = [attempt(what, source, directory / "1", 1)]
    while codes[-1] == -signal.SIGKILL and len(codes) < STEPS_MAX:
        codes.append(attempt(what, source, directory / str(len(codes) + 1), len(codes) + 1))
    if codes[-1] != 0:
        raise SystemExit(f"ended with {codes[-1]}")
    sys.stdout.write(f"{len(codes) - 1}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
