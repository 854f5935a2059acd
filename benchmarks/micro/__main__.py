"""`python -m benchmarks.micro [--only SUBJECT,...] [pyperf's options]`: what each part of the road takes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import cast

import pyperf  # type: ignore[import-untyped]

from benchmarks.micro import codec, fanout, journal, outbox, router
from benchmarks.micro.clock import Micro
from chatd.server.console import SWITCH_INTERVAL_S

ALL = (*codec.MICROS, *router.MICROS, *journal.MICROS, *fanout.MICROS, *outbox.MICROS)
SUBJECTS = tuple(dict.fromkeys(each.name.partition(".")[0] for each in ALL))
PROCESSES = 10
"""Half of pyperf's default, so that all of them take a few minutes."""
INHERITED = ("TMPDIR",)
"""Variables of the environment that pyperf's workers need beside those it gives them: where the journal's files lie."""


def subjects(said: str) -> tuple[str, ...]:
    """Return what --only was given, parted by commas. Raises ArgumentTypeError for an unknown subject."""
    asked = tuple(subject for subject in said.split(",") if subject)
    for subject in asked:
        if subject not in SUBJECTS:
            raise argparse.ArgumentTypeError(f"{subject!r} is none of {', '.join(SUBJECTS)}")
    return asked


def chosen(asked: Sequence[str]) -> list[Micro]:
    """Return the benchmarks of these subjects, in their order."""
    return [each for each in ALL if each.name.partition(".")[0] in asked]


def pass_on(command: list[str], options: argparse.Namespace) -> None:
    """Tell a worker what was chosen: it finds its benchmark by its place among those."""
    command.extend(("--only", ",".join(options.only)))


def main() -> None:
    """Run the command line. Exit code as pyperf's; 2 for an unknown subject."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    runner = pyperf.Runner(processes=PROCESSES, program_args=("-m", "benchmarks.micro"), add_cmdline_args=pass_on)
    options = cast("argparse.ArgumentParser", runner.argparser)
    options.add_argument(
        "--only", type=subjects, default=SUBJECTS, metavar="SUBJECT,...", help=f"some of {', '.join(SUBJECTS)}"
    )
    options.set_defaults(inherit_environ=list(INHERITED))
    for each in chosen(vars(runner.parse_args())["only"]):
        runner.bench_time_func(each.name, each.measure, inner_loops=each.inner)


if __name__ == "__main__":
    main()
