"""Where a kill tells most: named places of the daemon, as data. `tests.crash.hooks` makes a daemon die at one.

The daemon itself knows nothing of them: they name functions of it, which are wrapped from outside, in its own process.
"""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import Any

from attrs import frozen

DISK = "chatd.storage"
WORLD = "chatd.server"


class Moment(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    """After it has returned; never of an async function, whose call returns before its work."""
    DURING = "during"
    """Some milliseconds after it was called, whatever the process does then."""


class Phase(StrEnum):
    """What the daemon must be doing for the place to be reached."""

    FIRST_START = "first start"
    """Making a new store."""
    START = "start"
    """Opening what an earlier kill left."""
    POSTS = "posts"
    RECOVERY = "recovery"
    """From a full disk. Calls before it do not count."""
    DRAIN = "drain"


@frozen(kw_only=True)
class Failpoint:
    name: str
    phase: Phase
    place: str
    """module:name, or module:class.name."""
    moment: Moment
    calls_max: int = 1
    """It strikes at one of so many calls, drawn by chance."""
    delay_ms_max: float = 0.0
    """Of `DURING`: it strikes so long after the call at most, drawn by chance."""
    settings: tuple[tuple[str, int], ...] = ()
    """Constants of the daemon which make the place come soon: (module:name, value)."""


SOON = ((f"{DISK}.sqlite:CHECKPOINT_PAGES", 100),)
CUT_SOON = ((f"{DISK}.writing:WAL_BYTES_MAX", 64 * 1024),)

FAILPOINTS = (
    Failpoint(
        name="before the migration",
        phase=Phase.FIRST_START,
        place=f"{DISK}.files:_migrate",
        moment=Moment.BEFORE,
    ),
    Failpoint(
        name="within the migration",
        phase=Phase.FIRST_START,
        place=f"{DISK}.files:_migrate",
        moment=Moment.DURING,
        delay_ms_max=4.0,
    ),
    Failpoint(
        name="after the migration",
        phase=Phase.FIRST_START,
        place=f"{DISK}.files:_migrate",
        moment=Moment.AFTER,
    ),
    Failpoint(
        name="before the file is opened",
        phase=Phase.START,
        place=f"{DISK}.sqlite:set_up",
        moment=Moment.BEFORE,
    ),
    Failpoint(
        name="while the log is recovered",
        phase=Phase.START,
        place=f"{DISK}.sqlite:set_up",
        moment=Moment.DURING,
        delay_ms_max=10.0,
    ),
    Failpoint(
        name="after the log is recovered",
        phase=Phase.START,
        place=f"{DISK}.sqlite:SqliteStore._prepare",
        moment=Moment.AFTER,
    ),
    Failpoint(
        name="before it says that it listens",
        phase=Phase.START,
        place=f"{WORLD}.cli:_announce",
        moment=Moment.BEFORE,
    ),
    Failpoint(
        name="before a batch",
        phase=Phase.POSTS,
        place=f"{DISK}.writing:Writer.append",
        moment=Moment.BEFORE,
        calls_max=40,
    ),
    Failpoint(
        name="before the commit",
        phase=Phase.POSTS,
        place=f"{DISK}.writing:Writer._insert",
        moment=Moment.AFTER,
        calls_max=40,
    ),
    Failpoint(
        name="within a commit",
        phase=Phase.POSTS,
        place=f"{DISK}.writing:Writer.append",
        moment=Moment.DURING,
        calls_max=40,
        delay_ms_max=4.0,
    ),
    Failpoint(
        name="after the commit, before anybody knows",
        phase=Phase.POSTS,
        place=f"{DISK}.writing:Writer.append",
        moment=Moment.AFTER,
        calls_max=40,
    ),
    Failpoint(
        name="applied, before the acks",
        phase=Phase.POSTS,
        place=f"{WORLD}.fanout:Fanout.apply",
        moment=Moment.AFTER,
        calls_max=40,
    ),
    Failpoint(
        name="among the acks",
        phase=Phase.POSTS,
        place=f"{WORLD}.sessions:Sessions.reply",
        moment=Moment.BEFORE,
        calls_max=60,
    ),
    Failpoint(
        name="after the acks",
        phase=Phase.POSTS,
        place=f"{WORLD}.fanout:Fanout.answer",
        moment=Moment.AFTER,
        calls_max=40,
    ),
    Failpoint(
        name="in the middle of a fan-out",
        phase=Phase.POSTS,
        place=f"{WORLD}.sessions:Sessions.push",
        moment=Moment.BEFORE,
        calls_max=400,
    ),
    Failpoint(
        name="before a checkpoint",
        phase=Phase.POSTS,
        place=f"{DISK}.writing:Writer._checkpoint",
        moment=Moment.BEFORE,
        calls_max=3,
        settings=SOON,
    ),
    Failpoint(
        name="within a checkpoint",
        phase=Phase.POSTS,
        place=f"{DISK}.writing:Writer._checkpoint",
        moment=Moment.DURING,
        calls_max=3,
        delay_ms_max=4.0,
        settings=SOON,
    ),
    Failpoint(
        name="after a checkpoint",
        phase=Phase.POSTS,
        place=f"{DISK}.writing:Writer._checkpoint",
        moment=Moment.AFTER,
        calls_max=3,
        settings=SOON,
    ),
    Failpoint(
        name="while the log is cut",
        phase=Phase.POSTS,
        place=f"{DISK}.writing:Writer._checkpoint",
        moment=Moment.DURING,
        calls_max=3,
        delay_ms_max=4.0,
        settings=CUT_SOON,
    ),
    Failpoint(
        name="full disk: before the store is reopened",
        phase=Phase.RECOVERY,
        place=f"{DISK}.sqlite:SqliteStore._reopen",
        moment=Moment.BEFORE,
    ),
    Failpoint(
        name="full disk: while the store is reopened",
        phase=Phase.RECOVERY,
        place=f"{DISK}.sqlite:SqliteStore._reopen",
        moment=Moment.DURING,
        delay_ms_max=8.0,
    ),
    Failpoint(
        name="full disk: before memory is brought back",
        phase=Phase.RECOVERY,
        place=f"{WORLD}.recovery:Recovery._part",
        moment=Moment.BEFORE,
    ),
    Failpoint(
        name="full disk: while memory is brought back",
        phase=Phase.RECOVERY,
        place=f"{WORLD}.recovery:Recovery._reset",
        moment=Moment.BEFORE,
    ),
    Failpoint(
        name="full disk: after the next commits",
        phase=Phase.RECOVERY,
        place=f"{DISK}.writing:Writer.append",
        moment=Moment.AFTER,
        calls_max=20,
    ),
    Failpoint(
        name="draining: while sessions are told",
        phase=Phase.DRAIN,
        place=f"{WORLD}.session:Session.go_away",
        moment=Moment.BEFORE,
        calls_max=6,
    ),
    Failpoint(
        name="draining: when the journal is told",
        phase=Phase.DRAIN,
        place=f"{WORLD}.journal:Journal.stop",
        moment=Moment.AFTER,
    ),
    Failpoint(
        name="draining: before the store is closed",
        phase=Phase.DRAIN,
        place=f"{DISK}.sqlite:SqliteStore.aclose",
        moment=Moment.BEFORE,
    ),
    Failpoint(
        name="draining: while the store is closed",
        phase=Phase.DRAIN,
        place=f"{DISK}.sqlite:SqliteStore._close",
        moment=Moment.DURING,
        delay_ms_max=5.0,
    ),
)

BY_NAME = {each.name: each for each in FAILPOINTS}


def locate(place: str) -> tuple[Any, str]:
    """Return the module or class that `place` lies in, and its name there. Raises AttributeError where it is none."""
    module, _, path = place.partition(":")
    owner: Any = import_module(module)
    *owners, name = path.split(".")
    for each in owners:
        owner = getattr(owner, each)
    getattr(owner, name)
    return owner, name
