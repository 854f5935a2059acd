"""The checkers that others wrote, where a Java runtime and their jars are at hand.

ELLE_CLI_JAR names the standalone jar of elle-cli (github.com/ligurio/elle-cli), MAELSTROM_JAR that of Maelstrom
(github.com/jepsen-io/maelstrom).
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ELLE_CLI_JAR, MAELSTROM_JAR = "ELLE_CLI_JAR", "MAELSTROM_JAR"
ROOT = Path(__file__).parents[2]
VERDICTS = ("true", "false", "unknown")
VALID = "Everything looks good"
"""What Maelstrom says at the end of a test that passed."""


class Missing(Exception):
    """There is no Java runtime, or not this jar. `str()` says which."""


def java_command(variable: str, jar: Path | None) -> list[str]:
    """Return the command that runs a jar: the one given, or else that of the environment. Raises Missing."""
    path = jar or Path(os.environ.get(variable, ""))
    if not path.is_file():
        raise Missing(f"no jar: {variable} names none")
    java = shutil.which("java")
    if java is None:
        raise Missing("no java on the path")
    return [java, "-Djava.awt.headless=true", "-jar", str(path)]


def elle_verdict(output: str) -> str:
    """Return what elle-cli said of the one file it was given. Raises ValueError where it said nothing."""
    words = [line.split()[-1] for line in output.splitlines() if line.strip()]
    said = [word for word in words if word in VERDICTS]
    if not said:
        raise ValueError(f"elle-cli said no verdict: {output[-500:]!r}")
    return said[-1]


def run_elle(history: Path, jar: Path | None = None) -> str:
    """Return elle-cli's verdict on a list-append history: true, false or unknown. Raises Missing and ValueError."""
    command = [*java_command(ELLE_CLI_JAR, jar), "--model", "list-append", str(history)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return elle_verdict(done.stdout + done.stderr)


def write_node_script(path: Path) -> None:
    """Write an executable that is one node, from whatever directory it is started."""
    interpreter, root = shlex.quote(sys.executable), shlex.quote(str(ROOT))
    path.write_text(f"#!/bin/sh\ncd {root} && exec {interpreter} -m tests.outside node\n", "utf-8")
    path.chmod(0o755)


def run_maelstrom(directory: Path, *, nodes: int, seconds: int, jar: Path | None = None) -> bool:
    """Run Maelstrom's kafka workload against chatd; its results stay below `directory`. Raises Missing.

    Returns whether it passed. What it says goes to stderr.
    """
    command = java_command(MAELSTROM_JAR, jar)
    script = directory / "node"
    write_node_script(script)
    options = ["--node-count", str(nodes), "--concurrency", "2n", "--time-limit", str(seconds), "--rate", "100"]
    test = ["test", "-w", "kafka", "--bin", str(script), *options]
    done = subprocess.run([*command, *test], stdout=subprocess.PIPE, text=True, cwd=directory, check=False)
    sys.stderr.write(done.stdout)
    return done.returncode == 0 and VALID in done.stdout
