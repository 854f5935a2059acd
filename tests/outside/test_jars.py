"""What others' checkers are told and what they say; they themselves run only where they are at hand."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.history.events import History
from tests.history.sketch import sketch
from tests.outside import jars
from tests.outside.listappend import exported
from tests.outside.ops import write_ops

AT_HAND = Path(os.environ.get(jars.ELLE_CLI_JAR, "")).is_file()


@pytest.mark.parametrize("verdict", jars.VERDICTS)
def test_the_verdict_is_the_last_word_of_a_line(verdict: str) -> None:
    assert jars.elle_verdict(f"SLF4J: no providers\nhistory.json \t {verdict}\n") == verdict


def test_silence_is_no_verdict() -> None:
    with pytest.raises(ValueError, match="no verdict"):
        jars.elle_verdict("java.lang.OutOfMemoryError: Java heap space\n")


def test_without_a_jar_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(jars.ELLE_CLI_JAR, raising=False)
    with pytest.raises(jars.Missing, match="ELLE_CLI_JAR names none"):
        jars.run_elle(tmp_path / "history.json")


@pytest.mark.slow
def test_the_script_of_a_node_runs_from_anywhere(tmp_path: Path) -> None:
    jars.write_node_script(tmp_path / "node")
    done = subprocess.run([tmp_path / "node"], cwd=tmp_path, input=b"", capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.slow
@pytest.mark.skipif(not AT_HAND, reason="ELLE_CLI_JAR names no jar")
def test_elle_cli_explains_a_clean_history(tmp_path: Path) -> None:
    run = sketch(Random(1))
    write_ops(tmp_path / "history.json", exported(History(run.events), run.stored))
    assert jars.run_elle(tmp_path / "history.json") == "true"
