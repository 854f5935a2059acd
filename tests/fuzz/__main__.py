"""Fuzz the decoders, a daemon's sessions and the client library: `python -m tests.fuzz --executions N`."""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import structlog

from tests.fuzz.engine import failure, fuzz
from tests.fuzz.targets import TARGETS, shares

EXECUTIONS = 100_000


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--executions", type=int, default=EXECUTIONS, help="inputs to run, in all (%(default)s)")
    parser.add_argument("--target", choices=list(TARGETS), help="all of them on one target; else each has its share")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (%(default)s)")
    parser.add_argument(
        "--engine", choices=["auto", "own", "atheris"], default="auto", help="auto: atheris if it is here"
    )
    parser.add_argument("--replay", metavar="HEX", help="run one input on --target, and say what is wrong with it")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args(given)
    if options.replay is not None and options.target is None:
        parser.error("--replay needs --target")
    return options


def main(given: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when nothing was found, 1 otherwise."""
    options = _arguments(given)
    if options.replay is not None:
        return _replay(options.target, bytes.fromhex(options.replay))
    engine = _engine(options.engine)
    reports = [
        _under_atheris(name, count, options.seed)
        if engine == "atheris"
        else fuzz(TARGETS[name](), count, options.seed).line
        for name, count in shares(options.executions, options.target).items()
    ]
    for report in reports:
        _tell(report)
    return _summary(reports, engine, options.seed, as_json=options.json)


def _engine(asked: str) -> str:
    if asked != "auto":
        return asked
    return "atheris" if importlib.util.find_spec("atheris") else "own"


def _replay(target: str, data: bytes) -> int:
    wrong = failure(TARGETS[target](), data)
    sys.stdout.write(f"{wrong or 'nothing is wrong'}\n")
    return 1 if wrong else 0


def _under_atheris(name: str, executions: int, seed: int) -> dict[str, Any]:
    """Fuzz in a process of its own. Raises RuntimeError, with its last words, when that did not come to its end."""
    command = [sys.executable, "-m", "tests.fuzz.under_atheris", name, str(executions), str(seed)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = ended.stdout.splitlines()
    if ended.returncode or not lines:
        raise RuntimeError(f"atheris ended with {ended.returncode}: {ended.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(lines[-1])
    return report


def _tell(report: dict[str, Any]) -> None:
    found = report["findings"]
    sys.stdout.write(
        f"{report['target']}: {report['executions']} executions, {report['executions_per_s']}/s, "
        f"{report['outcomes']} outcomes, {len(found)} findings ({report['engine']})\n"
    )
    for each in found:
        sys.stdout.write(f"  {each['what']}\n")
        sys.stdout.write(f"  python -m tests.fuzz --target {report['target']} --replay {each['data']}\n")


def _summary(reports: list[dict[str, Any]], engine: str, seed: int, *, as_json: bool) -> int:
    findings = sum(len(report["findings"]) for report in reports)
    seconds = sum(report["seconds"] for report in reports)
    executions = sum(report["executions"] for report in reports)
    if as_json:
        line = {
            "executions": executions,
            "executions_per_s": round(executions / seconds) if seconds else 0,
            "findings": findings,
            "violations": findings,
            "engine": engine,
            "seed": seed,
            "targets": reports,
        }
        sys.stdout.write(json.dumps(line) + "\n")
    return 1 if findings else 0


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.exit(main())
