"""The command line: one line of JSON, and an exit code that says whether anything is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from tests.history.events import History, write_run
from tests.history.plants import PLANTS
from tests.history.sketch import Run, sketch
from tests.outside import jars
from tests.outside.__main__ import main
from tests.outside.elle import anomalies
from tests.outside.ops import read_ops


@pytest.fixture(autouse=True)
def no_jars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(jars.ELLE_CLI_JAR, raising=False)
    monkeypatch.delenv(jars.MAELSTROM_JAR, raising=False)


def written(run: Run, tmp_path: Path) -> str:
    write_run(tmp_path / "run.jsonl", History(run.events), run.stored)
    return str(tmp_path / "run.jsonl")


def test_a_clean_history_is_judged_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["elle", written(sketch(Random(1)), tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["anomalies"], report["violations"]) == ([], 0)
    assert report["elle_cli"].startswith("no jar")


def test_a_history_that_is_not_explained_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = sketch(Random(1))
    PLANTS["a retry is stored again"][1](run, Random(1))
    assert main(["elle", written(run, tmp_path), "--json"]) == 1
    assert "duplicate-elements" in capsys.readouterr().out


def test_the_exported_history_is_kept_where_it_is_asked_for(tmp_path: Path) -> None:
    main(["elle", written(sketch(Random(1)), tmp_path), "--export", str(tmp_path / "history.json")])
    assert anomalies(read_ops(tmp_path / "history.json")) == []


@pytest.mark.slow
def test_simulated_runs_are_explained() -> None:
    command = [sys.executable, "-m", "tests.outside", "sim", "--seeds", "3", "--json"]
    done = subprocess.run(command, cwd=jars.ROOT, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, report["seeds"], report["anomalies"], report["violations"]) == (0, 3, [], 0)
    assert report["operations"] > 100


def test_maelstrom_without_its_jar_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["maelstrom"]) == 2
    assert "MAELSTROM_JAR" in capsys.readouterr().err


@pytest.mark.slow
def test_the_kafka_workload_on_two_nodes_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kafka", "--clients", "3", "--operations", "25", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["operations"] > 150
    assert report["anomalies"] == []
