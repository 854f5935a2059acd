"""`python -m benchmarks.report add FILE... | draw`: keep figures with their commit, and draw how they moved.

The kept file only grows, a line of JSON for each figure, in order of time. The commit is the one checked out when
figures are added: add them right after they were measured, on the machine that measured them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import asdict, frozen

from benchmarks.moved import Kept, svg
from benchmarks.processes import tell
from benchmarks.results import Figure, Found, Unreadable, read

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).parent / "figures.jsonl"
CHARTS = Path(__file__).parent / "charts"
CHART = "moved.svg"
MEASURED_CODE = (
    "chatd",
    "clients",
    "benchmarks/*.py",
    "benchmarks/*.c",
    "benchmarks/*.h",
    "benchmarks/peers/conf",
    "pyproject.toml",
)
"""What makes a checkout dirty: not what a measurement writes."""
COMMIT_DIGITS = 12
_CPU_INFO = Path("/proc/cpuinfo")


class ReportFailed(RuntimeError):
    """Figures cannot be kept, or drawn. `str()` says why."""


@frozen(kw_only=True)
class Circumstances:
    """What figures depend on beside the work."""

    date: str
    """When they were added: UTC, to the second."""
    commit: str
    dirty: bool
    """Whether the measured code differs from the commit."""
    python: str
    cpu: str
    cores: int


def circumstances(root: Path, now: datetime) -> Circumstances:
    """Return those of the checkout at `root` on this machine. Raises ReportFailed where there is none."""
    return Circumstances(
        date=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        commit=_git(root, "rev-parse", f"--short={COMMIT_DIGITS}", "HEAD"),
        dirty=bool(_git(root, "status", "--porcelain", "--", *MEASURED_CODE)),
        python=platform.python_version(),
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
    )


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ReportFailed(f"the commit cannot be told: {' '.join(command)}: {error}") from error
    return asked.stdout.strip()


def _cpu() -> str:
    """Return the model of the processor; of a system that does not tell it, its architecture."""
    lines = _CPU_INFO.read_text("utf-8", "replace").splitlines() if _CPU_INFO.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def lines_of(found: Found, here: Circumstances) -> list[str]:
    """Return a line of JSON for each figure."""
    about = asdict(here) | ({"python": found.python} if found.python else {})
    return [json.dumps({**about, "source": found.source, **_facts(figure)}) for figure in found.figures]


def _facts(figure: Figure) -> dict[str, str | float]:
    """Return what a line says of a figure: six digits of it mean more than enough."""
    unit = {"unit": figure.unit} if figure.unit else {}
    return {"work": figure.work, "figure": figure.figure, **unit, "value": float(f"{figure.value:.6g}")}


def kept_in(path: Path) -> list[Kept]:
    """Return the figures that a file keeps, in order of time; none of a file that does not exist yet."""
    if not path.exists():
        return []
    try:
        return [Kept(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    except (ValueError, TypeError) as error:
        raise ReportFailed(f"{path}: {error}") from error


def append(path: Path, lines: Sequence[str], here: Circumstances) -> None:
    """Add lines behind those that are kept. Raises ReportFailed, and adds none, if the last is of a later time."""
    before = kept_in(path)
    if before and before[-1].date > here.date:
        raise ReportFailed(f"{path}: its last figure is of {before[-1].date}, which is to come")
    with path.open("a", encoding="utf-8") as kept:
        kept.write("".join(f"{line}\n" for line in lines))


def add(files: Sequence[Path], path: Path) -> int:
    """Keep the figures of all files, or of none. Returns how many. Raises ReportFailed, Unreadable or OSError."""
    here = circumstances(ROOT, datetime.now(UTC))
    found = [read(file) for file in files]
    for each in found:
        for words in each.left_out:
            tell(f"left out: {each.source}: {words}")
    lines = [line for each in found for line in lines_of(each, here)]
    append(path, lines, here)
    return len(lines)


def draw(path: Path, directory: Path) -> Path:
    """Draw what is kept. Returns where the chart is. Raises ReportFailed or OSError."""
    kept = kept_in(path)
    if not kept:
        raise ReportFailed(f"{path}: no figure is kept yet")
    directory.mkdir(parents=True, exist_ok=True)
    chart = directory / CHART
    chart.write_text(svg(kept), "utf-8")
    return chart


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("--kept", type=Path, default=KEPT, metavar="FILE", help=f"default {KEPT.name}")
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add", help="keep the figures of result files")
    adding.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what another tool wrote as JSON")
    drawing = commands.add_parser("draw", help=f"draw them as {CHART}")
    drawing.add_argument("--out", type=Path, default=CHARTS, metavar="DIR", help=f"default {CHARTS.name}")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0, or 1 if nothing could be kept or drawn; 2 is for usage."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "add":
            tell(f"{add(options.files, options.kept)} figures added to {options.kept}")
        else:
            tell(f"drawn as {draw(options.kept, options.out)}")
    except (ReportFailed, Unreadable, OSError) as error:
        tell(f"report: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
