"""One mutant against the tests that must catch it."""

from __future__ import annotations

import json
import tempfile
from enum import Enum
from pathlib import Path
from time import monotonic

from attrs import frozen

from tests.mutants.mutant import DoesNotApplyError, Mutant
from tests.mutants.tree import Ended, copy_tree, forget_compiled, run
from tests.mutants.witness import KILLER

PYTEST = ("pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "tests.mutants.witness")
WITNESS = ("-m", "tests.mutants.witness")
FAILED = 1
"""What pytest exits with when a test failed. All other codes say that nothing was tried, or not all of it."""


class Fate(Enum):
    KILLED = "killed"
    """A test failed, or the time was over."""
    SURVIVED = "survived"
    """Every test passed: there is a hole."""
    BROKEN = "broken"
    """Nothing was learnt: the mutation does not apply, or the tests could not run."""


@frozen
class Verdict:
    mutant: str
    fate: Fate
    killer: str
    """Which test killed it, `timeout of N s`, or why nothing was learnt; empty of a survivor."""
    seconds: float


def judged(ended: Ended, seconds: float) -> tuple[Fate, str]:
    """Return what the end of a process says of the mutant that it tried."""
    if ended.code is None:
        return Fate.KILLED, f"timeout of {seconds:g} s"
    if ended.code == 0:
        return Fate.SURVIVED, ""
    named = [line.removeprefix(KILLER) for line in ended.output.splitlines() if line.startswith(KILLER)]
    if ended.code == FAILED and named:
        return Fate.KILLED, named[-1]
    return Fate.BROKEN, f"exit code {ended.code}: {ended.output.strip()[-300:]}"


def try_tests(tree: Path, tests: tuple[str, ...], seconds: float) -> tuple[Fate, str]:
    """Run `tests` in `tree` and return what came of the mutant in it."""
    return judged(run(tree, [*WITNESS, *PYTEST, *tests], seconds), seconds)


def simulated(tree: Path, seeds: int, seconds: float) -> tuple[Fate, str]:
    """Run the simulator in `tree` and return what came of the mutant in it. An exception kills as a violation does."""
    ended = run(tree, [*WITNESS, "tests.sim", "--seeds", str(seeds), "--no-shrink", "--json"], seconds)
    if ended.code != FAILED:
        return judged(ended, seconds)
    said = ended.output.strip().splitlines()
    try:
        return Fate.KILLED, f"seed {json.loads(said[-1])['failing'][0]}: {_violation(said)}"
    except (ValueError, TypeError, KeyError, IndexError):
        return Fate.KILLED, f"exception: {said[-1] if said else ''}"


def _violation(said: list[str]) -> str:
    """Return the last violation that the simulator told of: it stands right before how to see it again."""
    again = [place for place, line in enumerate(said) if line.startswith("again: ")]
    return said[again[0] - 1].strip() if again else "a violation"


def try_mutant(mutant: Mutant, base: Path, seconds: float, seeds: int = 0) -> Verdict:
    """Plant `mutant` in a copy of the tree `base` and return whether its tests catch it; with `seeds` the simulator."""
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="chatd-mutant-") as folder:
        tree = copy_tree(Path(folder) / "copy", base)
        try:
            mutant.plant(tree)
        except DoesNotApplyError as error:
            return Verdict(mutant.name, Fate.BROKEN, str(error), 0.0)
        forget_compiled(tree / mutant.file)
        fate, killer = simulated(tree, seeds, seconds) if seeds else try_tests(tree, mutant.killers, seconds)
    return Verdict(mutant.name, fate, killer, round(monotonic() - began, 1))
