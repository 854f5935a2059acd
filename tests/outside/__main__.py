"""Checkers from outside: `python -m tests.outside elle RUN`, `sim`, `kafka`, `maelstrom`; `node` is what they start."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog
import trio

from tests.history.events import History, Stored, read_run
from tests.outside import elle, jars, kafka, listappend, network, node
from tests.outside.ops import write_ops
from tests.sim.plan import plan
from tests.sim.run import run

TOLD_MAX = 20
"""So many anomalies are printed."""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m tests.outside", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    judge = commands.add_parser("elle", help="judge the history in a file as lists that are appended to")
    judge.add_argument("run", type=Path, help="a file of tests.history.events.write_run")
    judge.add_argument("--export", type=Path, metavar="FILE", help="keep the list-append history, as JSON")
    judge.add_argument("--jar", type=Path, help=f"of elle-cli; else {jars.ELLE_CLI_JAR}, else its own checker alone")
    simulated = commands.add_parser("sim", help="judge the histories of simulated runs in the same way")
    simulated.add_argument("--seeds", type=int, default=20, help="how many seeds (default 20)")
    simulated.add_argument("--first", type=int, default=1, help="the first of them (default 1)")
    simulated.add_argument("--jar", type=Path, help=f"of elle-cli; else {jars.ELLE_CLI_JAR}")
    play = commands.add_parser("kafka", help="play the kafka workload against a daemon, and judge it")
    play.add_argument("--seed", type=int, default=0)
    play.add_argument("--nodes", type=int, default=2)
    play.add_argument("--clients", type=int, default=4)
    play.add_argument("--operations", type=int, default=100, help="of each client")
    other = commands.add_parser("maelstrom", help="let Maelstrom do that")
    other.add_argument("--jar", type=Path, help=f"of Maelstrom; else {jars.MAELSTROM_JAR}")
    other.add_argument("--nodes", type=int, default=2)
    other.add_argument("--seconds", type=int, default=20)
    for each in (judge, simulated, play, other):
        each.add_argument("--json", action="store_true", help="print one line of JSON alone")
    commands.add_parser("node", help="be one node of Maelstrom's, on stdin and stdout")
    return top


def judge_file(options: argparse.Namespace) -> dict[str, Any]:
    """Judge a run by its list-append history: by our own checker, and by elle-cli where that is at hand."""
    return _judged(*read_run(options.run), options.jar, options.export)


def judge_sims(options: argparse.Namespace) -> dict[str, Any]:
    """Judge simulated runs so, seed by seed, until one is not explained."""
    operations, seeds, failing, report = 0, 0, list[int](), dict[str, Any]()

    def judge(history: History, stored: list[Stored]) -> None:
        report.update(_judged(history, stored, options.jar))

    for seed in range(options.first, options.first + options.seeds):
        run(plan(seed), judge)
        seeds, operations = seeds + 1, operations + report["operations"]
        if report["violations"]:
            failing.append(seed)
            break
    return {**report, "seeds": seeds, "operations": operations, "failing": failing}


def _judged(history: History, stored: list[Stored], jar: Path | None, keep: Path | None = None) -> dict[str, Any]:
    ops = listappend.exported(history, stored)
    with TemporaryDirectory() as directory:
        export = keep or Path(directory) / "history.json"
        write_ops(export, ops)
        try:
            verdict = jars.run_elle(export, jar)
        except jars.Missing as missing:
            verdict = str(missing)
    told = _told(elle.anomalies(ops))
    told["violations"] += verdict == "false"
    return {"operations": len(ops), "elle_cli": verdict, **told}


def play_kafka(options: argparse.Namespace) -> dict[str, Any]:
    """Play the workload over a small network of our own, and judge its history."""
    workload = network.Workload(options.seed, options.nodes, options.clients, options.operations)
    ops = trio.run(network.play, workload)
    return {"seed": options.seed, "operations": len(ops), **_told(kafka.anomalies(ops))}


def run_maelstrom(options: argparse.Namespace) -> dict[str, Any]:
    with TemporaryDirectory() as directory:
        valid = jars.run_maelstrom(Path(directory), nodes=options.nodes, seconds=options.seconds, jar=options.jar)
    return {"seconds": options.seconds, "valid": valid, "violations": int(not valid)}


def _told(found: Sequence[elle.Anomaly]) -> dict[str, Any]:
    return {"anomalies": [f"{each.name}: {each.text}" for each in found[:TOLD_MAX]], "violations": len(found)}


def main(arguments: Sequence[str]) -> int:
    """Carry out a command line; return 0 when clean, 1 on any violation, 2 where what it needs is missing."""
    options = parser().parse_args(arguments)
    if options.command == "node":
        trio.run(node.run)
        return 0
    commands = {"elle": judge_file, "sim": judge_sims, "kafka": play_kafka, "maelstrom": run_maelstrom}
    try:
        report = commands[options.command](options)
    except jars.Missing as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    if options.json:
        sys.stdout.write(f"{json.dumps(report)}\n")
    else:
        sys.stdout.write("".join(f"{name}: {value}\n" for name, value in report.items()))
    return int(report["violations"] > 0)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # what is printed is the report alone
    sys.exit(main(sys.argv[1:]))
