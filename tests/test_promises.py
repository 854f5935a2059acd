"""README's page of promises is complete, and what it names exists.

A row of its table is `| D1 | what holds | what holds it |`. What holds an invariant is a test, `tests/a.py::test_b`, a
dialogue, `tests/dialogues/c.txt`, or a command, `python -m tests.d`. A row may also say `not built:` and what lacks.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INVARIANTS = (
    *(f"D{number}" for number in range(1, 12)),
    *(f"O{number}" for number in range(1, 10)),
    *(f"E{number}" for number in range(1, 8)),
    *(f"A{number}" for number in range(1, 11)),
    *(f"M{number}" for number in range(1, 8)),
    *(f"L{number}" for number in range(1, 9)),
)
HEADING = re.compile(r"^## Promises$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
DIALOGUE = re.compile(r"`(tests/dialogues/\w+\.txt)`")
COMMAND = re.compile(r"`python -m ((?:tests|benchmarks)(?:\.\w+)+)")
NOT_BUILT = "not built: "


def promises() -> str:
    """Return the page, without what stands before and behind it."""
    found = HEADING.search((ROOT / "README.md").read_text("utf-8"))
    assert found, "README.md has no section `## Promises`"
    return found[1]


def rows() -> dict[str, str]:
    """Return what holds each invariant."""
    return {name: held for name, _, held in ROW.findall(promises())}


@cache
def defined(file: str) -> frozenset[str]:
    """Return the names that a test file defines: its functions, its classes, and what it gives a name to."""
    names: list[str] = []
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return frozenset(names)


def runs(module: str) -> bool:
    """Return whether `python -m module` has something to run."""
    path = ROOT / module.replace(".", "/")
    return (path / "__main__.py").exists() or path.with_suffix(".py").exists()


def test_every_invariant_has_its_row_in_their_order() -> None:
    listed = [name for name, _, _ in ROW.findall(promises())]
    assert listed == list(INVARIANTS)


@pytest.mark.parametrize("name", INVARIANTS)
def test_an_invariant_is_held_by_something_or_said_to_be_missing(name: str) -> None:
    held = rows()[name]
    assert NOT_BUILT in held or TEST.search(held) or DIALOGUE.search(held) or COMMAND.search(held)


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(promises())
    assert named
    missing = [f"{file}::{test}" for file, test in named if not (ROOT / file).exists() or test not in defined(file)]
    assert missing == []


def test_every_dialogue_that_is_named_exists() -> None:
    assert [file for file in DIALOGUE.findall(promises()) if not (ROOT / file).exists()] == []


def test_every_command_that_is_named_can_be_run() -> None:
    assert [module for module in COMMAND.findall(promises()) if not runs(module)] == []


def test_nothing_in_a_row_is_written_as_code_and_meant_for_nobody() -> None:
    """A test that was misspelt would otherwise pass for a remark."""
    patterns = (TEST, DIALOGUE, COMMAND)
    for name, held in rows().items():
        for code in re.findall(r"`tests/[^`]*`|`python [^`]*`", held):
            assert any(pattern.match(code) for pattern in patterns), f"{name}: {code}"
