"""`python -m tests.sim`: whole runs of daemon, clients, network and disk under a clock that jumps, seed by seed."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

import structlog

from tests.sim.plan import Plan, plan
from tests.sim.run import Report, run
from tests.sim.shrink import shrunk

SHOWN_MAX = 5


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds (default 100)")
    parser.add_argument("--first", type=int, default=1, help="the first of them (default 1)")
    parser.add_argument("--seed", type=int, help="this one alone, with what happens in it")
    parser.add_argument("--minutes", type=float, help="seed after seed for so long, instead of --seeds")
    parser.add_argument("--no-shrink", action="store_true", help="show the first failure as it is")
    parser.add_argument("--json", action="store_true", help="print the result as one line of JSON")
    return parser


def _seeds(options: argparse.Namespace) -> Iterator[int]:
    if options.seed is not None:
        yield options.seed
    elif options.minutes is None:
        yield from range(options.first, options.first + options.seeds)
    else:
        end_s = time.monotonic() + 60 * options.minutes
        for seed in count(options.first):
            if time.monotonic() >= end_s:
                return
            yield seed


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _show(failed: Report, happened: Plan) -> None:
    _tell(f"seed {failed.seed}: {len(failed.violations)} violations, after these {len(happened.actions)} actions:")
    for action in happened.actions:
        _tell(f"  {action}")
    for violation in failed.violations[:SHOWN_MAX]:
        _tell(f"  {violation}")
    _tell(f"again: python -m tests.sim --seed {failed.seed}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 if nothing was violated, 1 after the first seed that failed; 2 is for usage."""
    options = _parser().parse_args(arguments)
    totals: Counter[str] = Counter()
    seeds, simulated_s, began_s, violations, failing = 0, 0.0, time.perf_counter(), 0, []
    for seed in _seeds(options):
        planned = plan(seed)
        report = run(planned)
        seeds += 1
        simulated_s += report.simulated_s
        totals += report.counts
        if options.seed is not None:
            _tell(f"seed {seed}: trace {report.trace}, {report.simulated_s:.0f} s in {report.took_s:.2f} s")
        if report.violations:
            violations += len(report.violations)
            failing.append(seed)
            smaller, smallest = (planned, report) if options.no_shrink else shrunk(planned, report, run)
            _show(smallest, smaller)
            break
    took_s = time.perf_counter() - began_s
    result = {
        "seeds": seeds,
        "violations": violations,
        "failing": failing,
        "simulated_s": round(simulated_s),
        "seconds": round(took_s, 1),
        "times_real_time": round(simulated_s / took_s),
        **{name: totals[name] for name in sorted(totals)},
    }
    print(json.dumps(result) if options.json else "\n".join(f"{name}: {value}" for name, value in result.items()))
    return 1 if violations else 0


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(main())
