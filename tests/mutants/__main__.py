"""`python -m tests.mutants`: plant each bug, run the tests that must catch it, and say which did.

Two mutants are tried at a time, each in a copy of the repository. First the copy without a bug must pass all of those
tests: else nothing that fails says anything. Exit code 0: every mutant was killed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import Mutant
from tests.mutants.tree import copy_tree
from tests.mutants.trial import Fate, Verdict, simulated, try_mutant, try_tests

AT_A_TIME = 2
BASELINE_SECONDS = 600


def parser() -> argparse.ArgumentParser:
    """Return what understands the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="try this one; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the planted bugs, and try none")
    parser.add_argument("--sim", type=int, default=0, metavar="SEEDS", help="let the simulator try, instead of tests")
    parser.add_argument("--seconds", type=float, default=120, help="the time limit of each mutant")
    parser.add_argument("--json", action="store_true", help="one line of JSON at the end")
    return parser


def chosen(names: Sequence[str]) -> tuple[Mutant, ...]:
    """Return the planted bugs of these names, all of them without any. Raises ValueError for an unknown name."""
    known = {mutant.name: mutant for mutant in MUTANTS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no such mutant: {', '.join(unknown)}")
    return tuple(known[name] for name in names) or MUTANTS


def files_of(mutants: Iterable[Mutant]) -> tuple[str, ...]:
    """Return the test files and folders that judge `mutants`, each once, none within another."""
    files = dict.fromkeys(killer.partition("::")[0] for mutant in mutants for killer in mutant.killers)
    return tuple(sorted(file for file in files if not any(file.startswith(f"{other}/") for other in files)))


def try_all(
    mutants: Sequence[Mutant], base: Path, seconds: float, seeds: int, say: Callable[[str], None]
) -> list[Verdict]:
    """Try all mutants, two at a time, and say of each what came of it as soon as that is known."""

    def one(mutant: Mutant) -> Verdict:
        verdict = try_mutant(mutant, base, seconds, seeds)
        broken = ", ".join(mutant.breaks)
        say(f"{verdict.fate.value:9}{verdict.seconds:6.1f} s  {mutant.name} ({broken}): {verdict.killer}")
        return verdict

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(one, mutants))


def result(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Return what the line of JSON tells."""
    by_fate = {fate: [verdict for verdict in verdicts if verdict.fate is fate] for fate in Fate}
    return {
        "mutants": len(verdicts),
        "killed": len(by_fate[Fate.KILLED]),
        "survivors": len(by_fate[Fate.SURVIVED]),
        "broken": len(by_fate[Fate.BROKEN]),
        "surviving": [verdict.mutant for verdict in by_fate[Fate.SURVIVED]],
        "unknown": {verdict.mutant: verdict.killer for verdict in by_fate[Fate.BROKEN]},
        "killers": {verdict.mutant: verdict.killer for verdict in by_fate[Fate.KILLED]},
    }


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _try(options: argparse.Namespace) -> dict[str, object]:
    """Return the result of a run. Raises ValueError where nothing can be said."""
    with tempfile.TemporaryDirectory(prefix="chatd-mutants-") as folder:
        base = copy_tree(Path(folder) / "base")
        mutants = chosen(options.only)
        fate, killer = (
            simulated(base, options.sim, BASELINE_SECONDS)
            if options.sim
            else try_tests(base, files_of(mutants), BASELINE_SECONDS)
        )
        if fate is not Fate.SURVIVED:
            raise ValueError(f"without a bug the tests fail, so nothing can be said: {killer}")
        return result(try_all(mutants, base, options.seconds, options.sim, _say))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 clean; 1 a survivor, or something that could not be tried."""
    options = parser().parse_args(arguments)
    if options.list:
        lines = (f"{mutant.name} ({', '.join(mutant.breaks)}): {mutant.why}\n" for mutant in MUTANTS)
        sys.stdout.writelines(lines)
        return 0
    try:
        told = _try(options)
    except ValueError as error:
        _say(str(error))
        return 1
    sys.stdout.write(json.dumps(told) + "\n" if options.json else f"{told['killed']} of {told['mutants']} killed\n")
    return 0 if told["killed"] == told["mutants"] else 1


if __name__ == "__main__":
    sys.exit(main())
