"""Cancel every public operation at its every moment, and let every limit be reached: `python -m tests.nth`."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence

import structlog
from attrs import Factory, define

from tests.fuzz.engine import leaf
from tests.nth.operations import OPERATIONS
from tests.nth.stopper import Violation

SEEDS = 3


@define(eq=False)
class Tally:
    """What was hindered, and what did not hold."""

    hindrances: int = 0
    by_operation: dict[str, int] = Factory(dict[str, int])
    """The most moments that an operation had under any order of tasks."""
    violations: list[str] = Factory(list[str])

    def run(self, name: str, operation: Callable[[int], int], seed: int) -> None:
        """Run one loop and note how it ended."""
        try:
            moments = operation(seed)
        except (Violation, ExceptionGroup) as error:
            self.violations.append(f"{name}, seed {seed}: {leaf(error)}")
            return
        self.hindrances += moments
        self.by_operation[name] = max(moments, self.by_operation.get(name, 0))


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.nth", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="orders of tasks for each operation (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="the first of them (%(default)s)")
    parser.add_argument("--only", metavar="PART", default="", help="the operations whose name has PART in it")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when everything held, 1 otherwise."""
    options = _arguments(given)
    chosen = {name: operation for name, operation in OPERATIONS.items() if options.only in name}
    tally, began_s = Tally(), time.perf_counter()
    for seed in range(options.seed, options.seed + options.seeds):
        for name, operation in chosen.items():
            tally.run(name, operation, seed)
    for name, moments in tally.by_operation.items():
        sys.stdout.write(f"{name}: hindered at {moments} moments\n")
    for violation in tally.violations:
        sys.stdout.write(f"VIOLATION: {violation}\n")
    if options.json:
        line = {
            "operations": len(chosen),
            "seeds": options.seeds,
            "hindrances": tally.hindrances,
            "violations": len(tally.violations),
            "seconds": round(time.perf_counter() - began_s, 1),
        }
        sys.stdout.write(json.dumps(line) + "\n")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(main())
