"""The command line of the micro-benchmarks, with pyperf behind it."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pyperf  # type: ignore[import-untyped]
import pytest

from benchmarks.micro.__main__ import ALL, SUBJECTS, chosen, pass_on, subjects

ROOT = Path(__file__).parents[3]


def test_every_part_of_the_road_is_a_subject() -> None:
    assert SUBJECTS == ("codec", "router", "journal", "fanout", "outbox")


def test_all_subjects_are_all_benchmarks() -> None:
    assert chosen(SUBJECTS) == list(ALL)


def test_some_subjects_are_their_benchmarks_alone() -> None:
    assert [each.name for each in chosen(subjects("router,"))] == ["router.handle_post"]


def test_an_unknown_subject_is_named() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'tea'"):
        subjects("codec,tea")


def test_a_worker_is_told_the_same_choice() -> None:
    command: list[str] = []
    pass_on(command, argparse.Namespace(only=("codec", "outbox")))
    assert command == ["--only", "codec,outbox"]


@pytest.mark.slow
def test_pyperf_runs_what_was_chosen_and_keeps_it(tmp_path: Path) -> None:
    kept = tmp_path / "found.json"
    command = [sys.executable, "-m", "benchmarks.micro", "--only", "router", "--debug-single-value", "-q"]
    subprocess.run([*command, "-o", str(kept)], cwd=ROOT, check=True, capture_output=True, timeout=60)
    [measured] = pyperf.BenchmarkSuite.load(str(kept)).get_benchmarks()
    assert measured.get_name() == "router.handle_post"
