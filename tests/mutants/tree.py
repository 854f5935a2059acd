"""A copy of the repository in which a bug may be planted, and the processes that run in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parents[2]
FOLDERS = ("chatd", "clients", "tests", "benchmarks")
FILES = ("pyproject.toml", "README.md", "protocol.md")
LEFT_OUT = shutil.ignore_patterns("figures.jsonl")


def copy_tree(to: Path, source: Path = ROOT) -> Path:
    """Copy what tests need from `source` into the new folder `to` and return it. Compiled files come along."""
    for folder in FOLDERS:
        shutil.copytree(source / folder, to / folder, ignore=LEFT_OUT)
    for file in FILES:
        shutil.copy2(source / file, to / file)
    return to


def forget_compiled(path: Path) -> None:
    """Remove what Python compiled of `path`: it is told from its source by second and size alone."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()


@frozen
class Ended:
    """How a process ended. `code` is None of one that was killed because its time was over."""

    code: int | None
    output: str


def run(tree: Path, arguments: list[str], seconds: float) -> Ended:
    """Run Python with `arguments` in `tree`, whose packages come before the installed ones, for at most `seconds`.

    The process has a group of its own, which is killed whole in the end: no daemon that it started lives on.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("CHATD_", "COV", "PYTEST_"))
    }
    environment["PYTHONPATH"] = os.pathsep.join((str(tree), str(tree / "clients")))
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=seconds)
            code = process.poll()
        finally:
            _end(process)
        output.seek(0)
        return Ended(code, output.read())


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the group of a process, and wait for the process itself."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
