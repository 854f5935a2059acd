"""Watches from inside the process that tries a mutant: that it tries the copy, and which test failed first.

`python -m tests.mutants.witness MODULE ARGUMENT...` runs a module as `python -m` does, in the copy or not at all. As a
plugin of pytest it ends the output with the first test that failed.
"""

from __future__ import annotations

import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = ("chatd", "chatd_client")
KILLER = "mutants: the first to fail was "
_failed: list[str] = []


def require_copy(tree: Path) -> None:
    """Raise RuntimeError unless the packages under test lie in `tree`."""
    for package in PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None or not Path(spec.origin).resolve().is_relative_to(tree.resolve()):
            raise RuntimeError(f"{package} is that of {spec and spec.origin}, and not of {tree}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.append(report.nodeid)


def pytest_unconfigure() -> None:
    if _failed:
        sys.stdout.write(f"\n{KILLER}{_failed[0]}\n")


if __name__ == "__main__":
    require_copy(Path.cwd())
    module = sys.argv[1]
    sys.argv[:] = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
