"""Power cuts at every I/O of the store's own statements: `python -m tests.powercut --cuts N [--seed S] [--json]`."""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
from collections.abc import Sequence
from time import monotonic
from typing import Any

import apsw
import trio

from tests.powercut.conditions import small_world
from tests.powercut.cuts import Attack, Tally
from tests.powercut.plants import Plant

VIOLATIONS_MAX = 20
"""After so many it is enough."""

NOT_PROVEN = (
    "SQLite {ran} wrote what was cut, and what recovered to be cut again; {ships} recovered after every last cut. "
    "How {ships} writes was not cut",
    "the shared-memory index and its locks: one process in exclusive mode uses neither",
    "sectors of 512 bytes that lose their old content: powersafe overwrite is believed, as SQLite believes it",
    "a disk that says synced and is not; bits that rot; the entry of the data directory in its parent",
)


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.powercut", description=__doc__)
    options.add_argument("--cuts", type=int, default=1000, help="how many in all (1000)")
    options.add_argument("--seed", type=int, default=1, help="of the first workload; the next ones follow (1)")
    options.add_argument("--only", metavar="CUT", help="the one cut of --seed that a violation named")
    options.add_argument("--plant", type=Plant, choices=list(Plant), help="a bug to be found")
    options.add_argument("--json", action="store_true", help="print one line of JSON")
    return options


async def attack(cuts: int, seed: int, plant: Plant | None = None, only: str | None = None) -> Tally:
    """Cut the workloads of `seed`, `seed` + 1, ... until there were `cuts` in all, or too many violations."""
    tally = Tally()
    while tally.cuts < cuts and len(tally.violations) < VIOLATIONS_MAX:
        with small_world() as directory:
            one = Attack(seed=seed + len(tally.seeds), directory=directory, tally=tally, plant=plant)
            if only is None:
                await one.run(cuts - tally.cuts)
            else:
                await one.only(only)
                break
    return tally


def told(tally: Tally, seconds: float) -> dict[str, Any]:
    """Return what is printed."""
    versions = {"ran": apsw.sqlite_lib_version(), "ships": sqlite3.sqlite_version}
    return {
        "cuts": tally.cuts,
        "violations": len(tally.violations),
        "single": dict(sorted(tally.single.items())),
        "compound": dict(sorted(tally.compound.items())),
        "copying": dict(sorted(tally.copying.items())),
        "recoveries": tally.recoveries,
        "places": tally.places,
        "places_cut": tally.places_cut,
        "disks": tally.images,
        "held_copies": tally.copies,
        "seeds": tally.seeds,
        "workload": dict(sorted(tally.work.items())),
        "sqlite": versions,
        "not_proven": [each.format(**versions) for each in NOT_PROVEN],
        "found": tally.violations,
        "seconds": round(seconds, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code: 0 where no promise was broken."""
    options = parser().parse_args(arguments)
    began = monotonic()
    tally = trio.run(attack, options.cuts, options.seed, options.plant, options.only)
    found = told(tally, monotonic() - began)
    sys.stdout.write(json.dumps(found, indent=None if options.json else 2) + "\n")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
